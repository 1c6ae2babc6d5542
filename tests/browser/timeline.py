"""The timeline in a real browser: `pytest tests/browser/timeline.py`, which needs Chromium (package `chromium`) and so is asked for by name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.journal import Line, Response
from localnet.report.timeline import Focus, timeline
from tests.browser.chromium import Chromium
from tests.localnet.journal.telling import CROSSPOST, POST, VIDEO, hop

REFUSED = replace(
    CROSSPOST[10], outcome="500", response=Response(500, {}, '{"error":"Broken & <b>bold</b>"}', 30)
)
FAULT = hop("bridge→pds", "answer 500 to createRecord", "fault", "hit")
CLOCK = hop(None, "advance 3h", "clock", "moved")
STORY = [*CROSSPOST[:10], FAULT, REFUSED, CLOCK, *CROSSPOST[10:]]
MANY = 100_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


def timed(lines: list[Line]) -> list[Line]:
    return [replace(line, at=1_700_000_000 + number / 100) for number, line in enumerate(lines)]


@pytest.fixture
def page(browser: Chromium, tmp_path: Path) -> Chromium:
    lines = timed(STORY)
    file = tmp_path / "timeline.html"
    file.write_text(timeline(lines, Focus("a run", "what was printed", line=lines[11])), "utf-8")
    browser.opens(file)
    return browser


def painted(browser: Chromium, canvas: str = "canvas") -> int:
    """How many pixels are not blank."""
    return int(
        browser.does(
            f"(() => {{ const c = at('{canvas}'); const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "let n = 0; for (let i = 3; i < p.length; i += 4) n += p[i] > 0; return n; })()"
        )
    )


def counted(browser: Chromium) -> str:
    return str(browser.does("at('count').textContent")).partition(" hops")[0]


def filtered(browser: Chromium, words: str) -> str:
    browser.does(f"at('filter').value = '{words}'; at('filter').dispatchEvent(new Event('input'))")
    return counted(browser)


def test_it_draws_and_asks_nobody_for_anything(page: Chromium) -> None:
    assert [url for url in page.requests if not url.startswith("file:")] == []
    assert page.errors == []
    assert counted(page) == "17 of 17"
    assert painted(page) > 10_000
    assert painted(page, "map") > 100
    assert (
        page.does("[...at('lanes').children].map(lane => lane.textContent).join()")
        == "harness,relay,media,public,bridge,postgres,pds,reader"
    )


def test_it_opens_at_the_hop_that_differs_with_its_body(page: Chromium) -> None:
    assert page.does("at('detail').querySelector('h2').textContent") == REFUSED.op
    assert '"error": "Broken & <b>bold</b>"' in page.does("at('detail').querySelector('pre').textContent")
    assert page.does("at('detail').querySelector('pre b')") is None
    assert page.does("at('text').textContent") == "what was printed"


def test_an_id_is_followed_across_lanes(page: Chromium) -> None:
    page.does("[...document.querySelectorAll('.id')].find(id => id.textContent.startsWith('at://')).click()")

    assert page.does("at('chosen-id').textContent").startswith(POST[:20])
    assert page.does("at('chosen-count').textContent") == "in 5 hops"
    page.does("at('alone').click()")
    assert counted(page) == "5 of 17"
    page.does("at('release').click()")
    assert counted(page) == "17 of 17"
    assert page.does("at('chosen').hidden") is True


def test_filters(page: Chromium) -> None:
    assert filtered(page, "createrecord") == "3 of 17"
    assert filtered(page, f"postgres {VIDEO[:10]}") == "5 of 17"
    assert filtered(page, "nothing at all") == "0 of 17"
    assert filtered(page, "") == "17 of 17"
    page.does("at('failures').click()")
    assert counted(page) == "3 of 17"
    page.does("at('failures').click(); at('kinds').children[2].click()")
    assert "SQL" not in page.does("shown.map(group => data.ops[rows[group[0]][OP]]).join()")


def test_a_transaction_is_one_row_unless_each_statement_is_wanted(page: Chromium) -> None:
    rows = page.does("shown.length")
    page.does("at('statements').click()")

    assert page.does("shown.length") > rows
    page.does("at('statements').click(); open(3)")
    assert page.does("at('detail').querySelectorAll('li').length") == 4


def test_keys_move_from_hop_to_hop(page: Chromium) -> None:
    for key in ("ArrowDown", "ArrowUp", "n", "Escape"):
        page.does(
            f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        )
    assert page.does("at('detail').hidden") is True
    assert page.errors == []


def test_a_hundred_thousand_hops_are_usable(browser: Chromium, tmp_path: Path) -> None:
    file = tmp_path / "many.html"
    lines = timed((STORY * (MANY // len(STORY) + 1))[:MANY])
    file.write_text(timeline(lines, Focus("many")), "utf-8")

    browser.opens(file)

    browser.does("at('routine').click()")
    assert counted(browser) == "100,000 of 100,000"
    frame = "(() => { const t = performance.now(); for (let i = 0; i < 20; i++) { at('scroll').scrollTop = i * 30011; draw(); } return (performance.now() - t) / 20; })()"
    assert browser.does(frame) < 100
    assert (
        browser.does(
            "(() => { const t = performance.now(); at('filter').value = 'commit'; at('filter').dispatchEvent(new Event('input')); return performance.now() - t; })()"
        )
        < 3000
    )
    assert painted(browser) > 10_000

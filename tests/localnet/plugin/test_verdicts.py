"""What pytest makes of scenarios: verdicts, table, exit codes, files; alone and under pytest-xdist."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.localnet.world.doubles import StarterDouble

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
QUIET = ("-p", "no:cacheprovider")
CATALOGUE = """
    [identity]
    sentence = "They get an identity."
    covers = ["B10"]
    [video]
    sentence = "Their video appears."
    covers = ["B17"]
    needs = ["identity"]
    [slow]
    sentence = "It is fast."
    capability = "speed"
"""
SCENARIOS = """
    from localnet.errors import UndecidedError
    from localnet.world import BrokenPromise, claims, own_network

    @claims("video")
    def test_holds(world):
        pass

    @claims("identity")
    def test_fails(world):
        raise BrokenPromise("identity", "the directory said 404", ["p" * 64])

    @claims("video")
    def test_is_blocked(world):
        raise BrokenPromise("identity", "the directory said 404")

    @claims("video")
    def test_fails_of_the_same_cause(world):
        raise BrokenPromise("video", "no post")

    @claims("bridge-starts")
    def test_cannot_be_decided(world):
        raise UndecidedError("the relay refused the event", "look at the relay")
"""


@pytest.fixture
def scenarios(pytester: pytest.Pytester, starter: type[StarterDouble]) -> pytest.Pytester:
    """A folder with a catalogue; `starter` is what plays."""
    del starter
    (pytester.path / "catalogue.toml").write_text("\n".join(line.strip() for line in CATALOGUE.splitlines()))
    return pytester


def play(pytester: pytest.Pytester, text: str, *options: str) -> tuple[pytest.RunResult, dict[str, str]]:
    """The run, and scenario -> verdict (with who blocks it)."""
    pytester.makepyfile(text)
    file = pytester.path / "results.json"
    result = pytester.runpytest_inprocess(*QUIET, f"--localnet-json={file}", *options)
    if not file.exists():
        return result, {}
    found = {
        entry["scenario"].partition("::")[2]: " by ".join(
            filter(None, (entry["verdict"], entry["blocked_by"]))
        )
        for entry in json.loads(file.read_text())["results"]
    }
    return result, found


EXPECTED = {
    "test_holds": "pass",
    "test_fails": "fail",
    "test_is_blocked": "blocked by identity",
    "test_fails_of_the_same_cause": "blocked by identity",
    "test_cannot_be_decided": "undecided",
}


def test_every_scenario_gets_its_verdict(scenarios: pytest.Pytester) -> None:
    result, verdicts = play(scenarios, SCENARIOS)

    assert verdicts == EXPECTED
    assert result.ret == 1


def test_the_failure_is_told_in_the_users_words_with_its_evidence(scenarios: pytest.Pytester) -> None:
    result, _ = play(scenarios, SCENARIOS)

    result.stdout.fnmatch_lines(
        [
            "*test_fails*",
            "promised They get an identity. (identity)",
            "seen     the directory said 404",
            "covers   B10",
            "*the first hop that differs*",
            "no hop mentions any of the people concerned",
            "*how to go on*",
            "again     localnet test *::test_fails --seed 7",
            "*promises: 1 pass, 1 fail, 2 blocked, 1 undecided*",
            "blocked  *::test_is_blocked  ← identity",
        ]
    )
    assert "no post" not in result.stdout.str().partition("promises:")[0].partition("FAILURES")[0]


def test_junit_is_written_beside(scenarios: pytest.Pytester) -> None:
    play(scenarios, SCENARIOS, "--localnet-junit=results.xml")

    suite = ElementTree.parse(scenarios.path / "results.xml").getroot()[0]
    assert {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
    }


def test_workers_report_to_the_one_who_tells(scenarios: pytest.Pytester) -> None:
    scenarios.makeconftest(
        """
        from localnet.world import stage
        from tests.localnet.world.doubles import StarterDouble
        stage.Backends = StarterDouble
        """
    )
    scenarios.makepyfile(SCENARIOS)
    scenarios._monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    )

    result = scenarios.runpytest_subprocess(*QUIET, "-n", "2", "--localnet-json=results.json")

    document = json.loads((scenarios.path / "results.json").read_text())
    assert document["totals"] == {"pass": 1, "fail": 1, "blocked": 2, "undecided": 1}
    assert result.ret == 1


def test_a_promise_nobody_claims_brings_its_evidence(scenarios: pytest.Pytester) -> None:
    result, verdicts = play(scenarios, SCENARIOS, "-k", "test_is_blocked")

    assert verdicts == {"test_is_blocked": "blocked by identity"}
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*claimed by none of these scenarios: identity*", "seen     the directory*"])


def test_an_assertion_breaks_the_promise_that_is_claimed(scenarios: pytest.Pytester) -> None:
    result, verdicts = play(
        scenarios,
        """
        from localnet.world import claims
        @claims("video")
        def test_asserts(world):
            assert 1 == 2, "one is not two"
        """,
    )

    assert verdicts == {"test_asserts": "fail"}
    result.stdout.fnmatch_lines(["promised Their video appears. (video)", "seen     one is not two*"])


def test_a_mistake_in_a_scenario_is_no_verdict_on_the_bridge(scenarios: pytest.Pytester) -> None:
    result, verdicts = play(
        scenarios,
        """
        from localnet.world import claims
        @claims("video")
        def test_errs(world):
            world.nobody()
        """,
    )

    assert verdicts == {"test_errs": "undecided"}
    assert result.ret == 3


def test_a_bridge_that_does_not_start_blocks_what_does_not_claim_that(
    scenarios: pytest.Pytester, starter: type[StarterDouble]
) -> None:
    starter.broken = ("bridge",)

    result, verdicts = play(scenarios, SCENARIOS, "-k", "test_holds")

    assert verdicts == {"test_holds": "blocked by bridge-starts"}
    assert result.ret == 1


def test_a_machine_without_postgres_decides_nothing(
    scenarios: pytest.Pytester, starter: type[StarterDouble]
) -> None:
    starter.broken = ("machine",)

    result, verdicts = play(scenarios, SCENARIOS, "-k", "test_holds")

    assert verdicts == {"test_holds": "undecided"}
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*there is no PostgreSQL*"])


def test_where_nothing_can_be_started_only_one_scenario_tries(
    scenarios: pytest.Pytester, starter: type[StarterDouble]
) -> None:
    starter.broken = ("machine",)

    result, verdicts = play(scenarios, SCENARIOS)

    assert list(verdicts.values()) == ["undecided"]
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*nothing could be started, so no scenario can be played*"])


def test_what_cannot_be_tidied_up_spoils_a_pass(scenarios: pytest.Pytester) -> None:
    _, verdicts = play(
        scenarios,
        """
        import pytest
        from localnet.world import claims

        @pytest.fixture
        def untidy():
            yield
            raise RuntimeError("it would not end")

        @claims("video")
        def test_holds(untidy, world):
            pass
        """,
    )

    assert verdicts == {"test_holds": "undecided"}

"""The pytest plugin: plays scenarios on networks and turns their ends into verdicts. Inert in a run
that collects none.

A scenario is a test that says with `@claims` what it is about, and takes the fixture `world`.
Nothing of Localnet is imported before the first one is collected. Verdicts travel with pytest's
reports, so pytest-xdist needs nothing of its own; whoever writes the summary (the only process, or
xdist's controller) judges them together. Who plays is in `localnet.report.playing`, who tells in
`localnet.report.telling`.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from localnet.report.playing import Playing
    from localnet.report.telling import Telling
    from localnet.world.world import World

PLAYING: "pytest.StashKey[Playing]" = pytest.StashKey()
PROPERTY = "localnet"
CLAIMS = "localnet_claims"
STATUSES = {
    "pass": ("passed", ".", "PASS"),
    "fail": ("failed", "F", "FAIL"),
    "blocked": ("blocked", "b", "BLOCKED"),
    "expected failure": ("expected to fail", "x", "EXPECTED FAILURE"),
    "not applicable": ("not applicable", "n", "NOT APPLICABLE"),
    "undecided": ("error", "U", "UNDECIDED"),
}
"""verdict -> pytest's category, letter and word"""


OPTIONS: dict[str, dict[str, Any]] = {
    "backend": {"default": "auto", "help": "auto, processes or containers"},
    "bridge": {"default": "bundled", "help": "the bridge under test: a name or an adapter file"},
    "use": {"action": "append", "default": [], "metavar": "SERVICE=FILE", "help": "a service file of yours"},
    "set": {"action": "append", "default": [], "metavar": "SERVICE.KEY=VALUE", "help": "a service's setting"},
    "env": {"action": "append", "default": [], "metavar": "NAME=VALUE", "help": "for the bridge"},
    "seed": {"type": int, "help": "where all randomness comes from"},
    "promise": {"action": "append", "default": [], "metavar": "ID", "help": "only what claims it"},
    "keep-on-fail": {"action": "store_true", "help": "keep the network of a scenario that failed"},
    "json": {"type": Path, "metavar": "FILE", "help": "the results as JSON"},
    "junit": {"type": Path, "metavar": "FILE", "help": "the results as JUnit XML, with verdicts"},
    "summary": {"type": Path, "metavar": "FILE", "help": "append the results as Markdown"},
    "stories": {
        "type": Path,
        "metavar": "DIRECTORY",
        "help": "keep what happened to each scenario's people here",
    },
    "logs": {"type": Path, "metavar": "DIRECTORY", "help": "keep every network's logs here"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("localnet", "scenarios on a local network")
    for name, settings in OPTIONS.items():
        group.addoption(f"--localnet-{name}", **settings)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{CLAIMS}(*promises): what a scenario is about")
    config.addinivalue_line("markers", "localnet_own_network(wish): a network of its own")
    if config.getoption("--localnet-keep-on-fail") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--localnet-keep-on-fail needs the terminal for itself: leave out -n")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Audience(config), "localnet-audience")


def pytest_unconfigure(config: pytest.Config) -> None:
    playing = config.stash.get(PLAYING, None)
    if playing is not None:
        playing.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    scenarios = [item for item in items if is_scenario(item)]
    if not scenarios:
        return
    from localnet.report.playing import Playing

    config.stash[PLAYING] = playing = Playing(config, scenarios)
    unwanted = [item for item in scenarios if not playing.is_wanted(item)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def is_scenario(item: pytest.Item) -> bool:
    """By its mark, not by its fixtures: other projects have a `world` of their own."""
    return item.get_closest_marker(CLAIMS) is not None


@pytest.fixture
def world(request: pytest.FixtureRequest) -> "Iterator[World]":
    """Fresh people on a running network."""
    if not is_scenario(request.node):
        raise pytest.UsageError(f"{request.node.nodeid} takes a world and claims no promise: use @claims")
    with request.config.stash[PLAYING].world(request.node) as prepared:
        yield prepared


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A scenario that held is followed by the oracle, as part of the same call."""
    outcome = yield
    if is_scenario(pyfuncitem):
        pyfuncitem.config.stash[PLAYING].verify(pyfuncitem)
    return outcome


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if is_scenario(item):
        item.config.stash[PLAYING].judge(item, call, report)
    return report


class Audience:
    """Hears every report, in the process that writes the summary; idle until a verdict is among them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._telling: Telling | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        result = result_in(report)
        if result is None:
            return
        if self._telling is None:
            from localnet.report.telling import Telling

            self._telling = Telling(self._config)
        self._telling.hear(result)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._telling is not None:
            session.exitstatus = self._telling.conclude(session.exitstatus)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._telling is not None:
            self._telling.tell(terminalreporter)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    result = result_in(report) if isinstance(report, pytest.TestReport) else None
    return STATUSES.get(json.loads(result)["verdict"]) if result else None


def result_in(report: pytest.TestReport) -> str | None:
    """The verdict that travels with a report, as JSON."""
    found = [value for name, value in report.user_properties if name == PROPERTY]
    return str(found[-1]) if found else None

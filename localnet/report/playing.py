"""Scenarios being played in this process: which network, which verdict. The plugin's hooks ask;
nothing is printed here.

One per process that runs tests, so one per pytest-xdist worker.
"""

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.errors import LocalnetError, UndecidedError, UsageError
from localnet.network.record import Adapter
from localnet.network.spec import NetworkSpec
from localnet.report import evidence, repetition
from localnet.report.inquiry import Case, Findings, Inquiry
from localnet.report.verdicts import Ending, Result, Verdict, judge
from localnet.world.catalogue import Catalogue, load_catalogue
from localnet.world.promises import CLAIMS, OWN_NETWORK, BrokenPromise, NetworkWish, NotApplicable
from localnet.world.stage import Stage
from localnet.world.world import World

PROPERTY = "localnet"
HISTORIC_ID = re.compile(r"\b(?:[A-Z]{2}-\d\d|[A-Z]\d\d)\b")
"""as a scenario's docstring names what it shows"""
WORLD = pytest.StashKey[World]()
SECONDS = pytest.StashKey[float]()
"""what the scenario took so far, its network included"""


class Playing:
    def __init__(self, config: pytest.Config, scenarios: Sequence[pytest.Item]) -> None:
        """Raises pytest.UsageError for a scenario that claims nothing, or something no catalogue knows."""
        self._config = config
        try:
            self._catalogue = load_catalogue(item.path.parent for item in scenarios)
            for item in scenarios:
                _check(item, self._catalogue)
            self._wanted = self._catalogue.named(config.getoption("--localnet-promise"))
            self._spec = spec_of(config)
            self._inquiry = Inquiry()
            self._stage = Stage(self._spec, self._catalogue, logs=config.getoption("--localnet-logs"))
            _check_expectations(self._stage.adapter, self._catalogue)
        except LocalnetError as error:
            raise pytest.UsageError(str(error)) from error

    def is_wanted(self, item: pytest.Item) -> bool:
        return self._wanted is None or bool(self._wanted & set(_claims(item)))

    @contextmanager
    def world(self, item: pytest.Item) -> Iterator[World]:
        wishes = [mark.args[0] for mark in item.iter_markers(OWN_NETWORK)]
        wish: NetworkWish | None = wishes[0] if wishes else None
        with self._stage.world(_claims(item), wish, item.path.parent / "schemas") as world:
            item.stash[WORLD] = world
            if self._stage.network:
                self._inquiry.begins(self._stage.network)
            yield world

    def verify(self, item: pytest.Item) -> None:
        item.stash[WORLD].verify()

    def judge(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Give the report its verdict; a phase that only prepares or tidies up and does well has none."""
        item.stash[SECONDS] = item.stash.get(SECONDS, 0.0) + call.duration
        if report.when != "call" and report.passed:
            return
        if report.skipped and not isinstance(call.excinfo and call.excinfo.value, NotApplicable):
            return
        ending = self._ending(item, call, report)
        if (
            self._stage.network
            and WORLD in item.stash
            and (stories := self._config.getoption("--localnet-stories"))
        ):
            told = repetition.episodes(self._stage.network, item.stash[WORLD].people)
            repetition.keep(stories, item.nodeid, told)
        if ending == Ending() and self._stage.network and WORLD in item.stash:
            self._inquiry.went_well(self._stage.network, item.stash[WORLD].people)
        result = judge(
            item.nodeid,
            _claims(item),
            item.stash[SECONDS],
            ending,
            self._catalogue,
            self._stage.adapter.expected_failures,
            HISTORIC_ID.findall(inspect.getdoc(getattr(item, "obj", None)) or ""),
        )
        if network := self._stage.network:
            result = replace(result, egress=network.egress, clock=network.clock.followed)
        report.user_properties.append((PROPERTY, json.dumps(result.to_json())))
        if result.verdict is not Verdict.PASS:
            self._stage.retire()
        if self._stage.is_hopeless and not hasattr(self._config, "workerinput"):
            item.session.shouldfail = "nothing could be started, so no scenario can be played"
        if result.exit_code and self._config.getoption("--localnet-keep-on-fail"):
            self._stage.keep()
        _shape(report, result, item)

    def close(self) -> None:
        """Where a network is to be kept, only after somebody has asked for its end: `localnet down`,
        or Ctrl-C.
        """
        try:
            if kept := self._stage.kept:
                print(
                    f"\nThe network stays up for you: {kept.id}. `localnet down --run {kept.id}` or Ctrl-C ends it.",
                    flush=True,
                )
                kept.wait_down()
        except KeyboardInterrupt:
            pass
        finally:
            self._stage.close()

    def _ending(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Ending:
        error = call.excinfo.value if call.excinfo else None
        if error is None:
            return Ending()
        if isinstance(error, NotApplicable):
            return Ending(not_applicable=str(error))
        if isinstance(error, BrokenPromise):
            promise = self._catalogue.promise(error.promise)
            found = self._found_out(item, evidence.headline(promise, error.wrong), error.concerns)
            return Ending(broken=error.promise, seen=found.seen, evidence=found.sections)
        if isinstance(error, AssertionError) and report.when == "call":
            promise = self._catalogue.promise(_claims(item)[0])
            found = self._found_out(item, evidence.headline(promise, str(error) or report.longreprtext))
            return Ending(broken=promise.id, seen=found.seen, evidence=found.sections)
        code = error.exit_code if isinstance(error, LocalnetError) else UsageError.exit_code
        seen = str(error) if isinstance(error, LocalnetError) else report.longreprtext
        if not isinstance(error, UndecidedError):
            return Ending(undecided=code, seen=seen)
        found = self._found_out(item, seen)
        return Ending(undecided=code, seen=found.seen, evidence=found.sections)

    def _options(self) -> list[str]:
        """What `localnet test` was told about the network, where it is not what it does anyway."""
        bridge, backend = (self._config.getoption(f"--localnet-{name}") for name in ("bridge", "backend"))
        given = [*(["--backend", backend] if backend != "auto" else [])]
        given += ["--bridge", bridge] if bridge != "bundled" else []
        return given + [
            word
            for name in ("use", "set")
            for pair in self._config.getoption(f"--localnet-{name}")
            for word in (f"--{name}", pair)
        ]

    def _found_out(self, item: pytest.Item, seen: str, concerns: Sequence[str] = ()) -> Findings:
        network = self._stage.network
        if network is None:
            return Findings(seen, {})
        world = item.stash.get(WORLD, None)
        again = evidence.command_again(item.nodeid, network.seed, self._options())
        people, sentinel = (world.people, world.sentinel) if world else ((), None)
        case = Case(item.nodeid, seen, people, concerns, self._stage.subjects_running(), again)
        return self._inquiry.find_out(network, case, sentinel)


def spec_of(config: pytest.Config) -> NetworkSpec:
    """The network that the run's options ask for."""
    bridge = config.getoption("--localnet-bridge")
    return NetworkSpec(
        backend=config.getoption("--localnet-backend"),
        bridge=Path(bridge) if bridge.endswith(".toml") else bridge,
        use={name: Path(file) for name, file in _pairs(config, "--localnet-use")},
        set=dict(_pairs(config, "--localnet-set")),
        env=dict(_pairs(config, "--localnet-env")),
        seed=config.getoption("--localnet-seed"),
    )


def _pairs(config: pytest.Config, option: str) -> list[tuple[str, str]]:
    pairs = [entry.partition("=") for entry in config.getoption(option)]
    for name, equals, _ in pairs:
        if not equals:
            raise UsageError(f"{option} {name!r} gives no value", f"write {option} {name}=...")
    return [(name, value) for name, _, value in pairs]


def _claims(item: pytest.Item) -> list[str]:
    return [promise for mark in item.iter_markers(CLAIMS) for promise in mark.args]


def _check(item: pytest.Item, catalogue: Catalogue) -> None:
    for promise in _claims(item):
        catalogue.promise(promise, said_by=item.nodeid)
    if "world" not in getattr(item, "fixturenames", ()):
        raise UsageError(
            f"{item.nodeid} claims a promise and looks at no world", "give it the argument `world`"
        )


def _check_expectations(adapter: Adapter, catalogue: Catalogue) -> None:
    for name in adapter.expected_failures:
        if not any(promise.is_named(name) for promise in catalogue):
            catalogue.promise(name, said_by=f"`expected_failures` of {adapter.name}")


def _shape(report: pytest.TestReport, result: Result, item: pytest.Item) -> None:
    """What pytest itself makes of the verdict: red for a failure or an error, else not."""
    if result.verdict in (Verdict.FAIL, Verdict.UNDECIDED):
        report.outcome, report.longrepr = "failed", result.seen
        report.sections += result.evidence.items()
    elif result.verdict is not Verdict.PASS:
        why = f"blocked by {result.blocked_by}" if result.blocked_by else result.seen
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"{result.verdict.value}: {why}")

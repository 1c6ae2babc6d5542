"""Which tests the plugin takes for scenarios, which it refuses, and that it leaves all others alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.localnet.network.little import little_adapter
from tests.localnet.world.doubles import StarterDouble

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider")
TWO = """
    from localnet.world import claims

    @claims("video-appears")
    def test_video(world):
        pass

    @claims("account-is-active")
    def test_account(world):
        pass
"""
REFUSED = {
    "a promise that no catalogue has": (
        "from localnet.world import claims\n@claims('nobodys')\ndef test_a(world): pass",
        "*'nobodys', which no catalogue has*",
    ),
    "a scenario that looks at no world": (
        "from localnet.world import claims\n@claims('video-appears')\ndef test_a(): pass",
        "*looks at no world*",
    ),
}


def test_scenarios_are_chosen_by_promise_or_historic_id(
    pytester: pytest.Pytester, starter: type[StarterDouble]
) -> None:
    pytester.makepyfile(TWO)

    result = pytester.runpytest_inprocess(*QUIET, "-v", "--localnet-promise=B14")

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["*::test_account PASS*"])
    assert len(starter.started) == 1


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("starter")
def test_it_is_refused(pytester: pytest.Pytester, text: str, says: str) -> None:
    pytester.makepyfile(text)

    result = pytester.runpytest_inprocess(*QUIET)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])


@pytest.mark.usefixtures("starter")
def test_a_world_without_a_claim_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(world): pass")

    result = pytester.runpytest_inprocess(*QUIET)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*claims no promise*"])


OPTIONS = {
    "a setting without a value": (("--localnet-set=pds.dialect",), "*gives no value*"),
    "a bridge that does not exist": (("--localnet-bridge=bundeled",), "*bundled*"),
    "a promise to select by that does not exist": (("--localnet-promise=B99",), "*B99*"),
    "a kept network beside workers": (("--localnet-keep-on-fail", "-n", "2"), "*leave out -n*"),
}


@pytest.mark.parametrize(("options", "says"), OPTIONS.values(), ids=OPTIONS)
@pytest.mark.usefixtures("starter")
def test_options_are_refused_with_the_reason(
    pytester: pytest.Pytester, options: tuple[str, ...], says: str
) -> None:
    pytester.makepyfile(TWO)

    result = pytester.runpytest_inprocess(*QUIET, *options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])


def test_another_projects_world_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def world():
            return "theirs"

        def test_theirs(world):
            assert world == "theirs"

        def test_fails(world):
            assert world == "ours"
        """
    )

    result = pytester.runpytest_inprocess(*QUIET)

    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1
    assert "promises:" not in result.stdout.str()


def test_an_adapter_that_expects_an_unknown_promise_to_break_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TWO)
    adapter = little_adapter(pytester.path)
    adapter.write_text(adapter.read_text() + '[expected_failures]\nvideo-apears = "it is dark"\n')

    result = pytester.runpytest_inprocess(*QUIET, f"--localnet-bridge={adapter}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*`expected_failures` of little speaks of the promise 'video-apears'*"])


def test_a_run_without_scenarios_imports_nothing_of_localnet(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] in ('localnet', 'fakes', 'bridge')}\n"
        "    assert ours == {'localnet', 'localnet.pytest_plugin'}\n"
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *QUIET, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


def test_another_test_beside_scenarios_still_fails_the_run(
    pytester: pytest.Pytester, starter: type[StarterDouble]
) -> None:
    del starter
    pytester.makepyfile(TWO + "\n    def test_plain():\n        assert False\n")

    result = pytester.runpytest_inprocess(*QUIET)

    assert result.ret == 1
    result.stdout.fnmatch_lines(["*promises: 2 pass*"])

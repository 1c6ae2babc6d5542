"""What operators get to read: whole cause chains, readiness part by part, and never a secret."""

import asyncio
import json
import logging

import pytest

from bridge.context import Context
from bridge.database import Pool
from bridge.errors import BridgeError, Refused, Transient, causes, chain
from bridge.health import Health
from bridge.logs import JsonLines
from bridge.supervision import supervise
from tests.bridge.rows import link, run
from tests.bridge.town import Town, configured, context_of

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"


def raised(outer: Exception, inner: BaseException | None) -> Exception:
    try:
        raise outer from inner
    except Exception as error:
        return error


def test_a_chain_reads_from_the_outside_in() -> None:
    refusal = raised(Refused("createAccount failed (400): InvalidHandle"), ValueError("bad\n label"))

    text = chain(raised(BridgeError("creating account on PDS"), refusal))

    assert text == "creating account on PDS: createAccount failed (400): InvalidHandle: ValueError: bad label"


def test_an_error_met_while_handling_another_keeps_it_unless_told_not_to() -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")  # noqa: B904
    except ValueError as error:
        followed = [type(cause) for cause in causes(error)]
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second") from None
    except ValueError as error:
        alone = [type(cause) for cause in causes(error)]

    assert followed == [ValueError, KeyError]
    assert alone == [ValueError]


SECRETS = {
    "a token": f"refused {TOKEN}",
    "a bearer": "Authorization: Bearer abcdefghijkl",
    "admin's": "Basic YWRtaW46cGFzcw==",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_credentials_are_taken_out_of_a_chain(text: str) -> None:
    printed = chain(BridgeError(text))

    assert "redacted" in printed
    assert not any(secret in printed for secret in (TOKEN, "abcdefghijkl", "YWRtaW46"))


def line(
    error: BaseException | None = None, secrets: tuple[str, ...] = (), **extra: object
) -> dict[str, object]:
    record = logging.getLogger("bridge.test").makeRecord(
        "bridge.test",
        logging.WARNING,
        __file__,
        1,
        "it happened to %s",
        ("alice",),
        (type(error), error, error.__traceback__) if error else None,
        extra=extra,
    )
    found: dict[str, object] = json.loads(JsonLines(secrets).format(record))
    return found


def test_a_line_says_what_happened_to_whom_and_why() -> None:
    error = raised(BridgeError("provisioning"), Transient("no answer"))

    found = line(error, pubkey="ab")

    assert found["message"] == "it happened to alice"
    assert (found["level"], found["logger"], found["pubkey"]) == ("warning", "bridge.test", "ab")
    assert found["causes"] == ["BridgeError: provisioning", "Transient: no answer"]
    assert "traceback" not in found


def test_an_error_nobody_expected_comes_with_its_traceback() -> None:
    assert "ZeroDivisionError" in str(line(raised(ZeroDivisionError(), None))["traceback"])


def test_a_line_holds_no_secret() -> None:
    found = line(BridgeError("password hunter2 and " + TOKEN), secrets=("hunter2", ""), note="hunter2")

    assert "hunter2" not in json.dumps(found)
    assert TOKEN not in json.dumps(found)


class TestHealth:
    def test_a_part_is_not_ready_before_it_has_reported(self) -> None:
        health = Health()
        health.announce("relay")

        assert health.report() == {"relay": "has not started yet"}

    def test_the_last_report_counts(self) -> None:
        health = Health()
        health.good("relay")
        health.bad("relay", "connection refused")
        bad = health.report()
        health.good("relay")

        assert (bad, health.report()) == ({"relay": "connection refused"}, {"relay": None})

    def test_a_good_report_grows_old(self) -> None:
        now = 100.0
        health = Health(lambda: now)
        health.announce("relay", within=30)
        health.good("relay")
        now = 130.0
        fresh = health.report()
        now = 131.0

        assert fresh == {"relay": None}
        assert health.report() == {"relay": "last good report 31 s ago, expected every 30 s"}


@pytest.fixture
def context(pool: Pool) -> Context:
    return context_of(Town(), pool, configured())


@pytest.mark.anyio
class TestSupervision:
    async def test_a_part_that_fails_is_not_ready_and_is_started_again(self, context: Context) -> None:
        starts: list[dict[str, str | None]] = []

        async def part() -> None:
            starts.append(context.health.report())
            if len(starts) == 1:
                raise BridgeError("the relay hung up")
            context.stopping.set()

        async with asyncio.timeout(5):
            await supervise(context, "ingest", part)

        assert starts == [{}, {"ingest": "failed, starts again in 1 s: the relay hung up"}]

    async def test_a_part_that_ends_by_itself_has_failed(self, context: Context) -> None:
        async def part() -> None:
            pass

        supervised = asyncio.create_task(supervise(context, "ingest", part))
        async with asyncio.timeout(5):
            while "ended of itself" not in str(context.health.report()):
                await asyncio.sleep(0)
        context.stopping.set()
        await supervised

        assert context.health.report() == {"ingest": "failed, starts again in 1 s: ingest ended of itself"}

    async def test_cancelling_the_supervision_cancels_the_part(self, context: Context) -> None:
        started, cancelled = asyncio.Event(), asyncio.Event()

        async def part() -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        supervised = asyncio.create_task(supervise(context, "ingest", part))
        await started.wait()
        async with asyncio.timeout(5):
            while context.health.report() != {"ingest": None}:
                await asyncio.sleep(0)
        supervised.cancel()
        await asyncio.gather(supervised, return_exceptions=True)

        assert supervised.cancelled()
        assert cancelled.is_set()


@pytest.mark.anyio
async def test_the_figures_operators_watch(context: Context) -> None:
    await link(context.pool)
    await link(context.pool, "bob", state="failed")
    jobs = [("pending", False), ("failed", False), ("failed", True), ("published", True)]
    for number, (state, completed) in enumerate(jobs):
        await run(
            context.pool,
            "INSERT INTO publish_jobs (nostr_event_id, state, completed_at)"
            " VALUES (%s, %s, CASE WHEN %s THEN NOW() END)",
            str(number),
            state,
            completed,
        )
    context.metrics.failed("provisioning create", Refused("no"))

    text = (await context.metrics.render(context.pool)).decode()

    for expected in (
        'bridge_jobs{lane="live",state="pending"} 1.0',
        'bridge_jobs{lane="live",state="retrying"} 1.0',
        'bridge_jobs{lane="live",state="dead"} 1.0',
        'bridge_account_links{state="failed"} 1.0',
        "bridge_syncs_pending 0.0",
        'bridge_failures_total{error="Refused",stage="provisioning create"} 1.0',
    ):
        assert expected in text

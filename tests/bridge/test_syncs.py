"""The neighbours end up knowing what is, each for itself, whatever was in the way when it changed."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest

from bridge.accounts import AccountLink
from bridge.context import Context
from bridge.control_plane.lifecycle import Lifecycle
from bridge.control_plane.syncs import Syncs
from bridge.database import Connection, Pool
from tests.bridge.rows import link, rows, run
from tests.bridge.signing import person
from tests.bridge.town import Town, answered, configured, context_of, syncs_of

pytestmark = pytest.mark.anyio

ALICE = person("alice").public_key
HANDLE = "alice.localnet.test"
DID = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"
KEYCAST, NAMES = "/api/internal/atproto/state", "/api/internal/username/set-atproto"
DOWN = httpx.Response(500)


async def town_with(pool: Pool) -> tuple[Town, Context, Syncs]:
    town = Town()
    await town.claim(ALICE, "alice")
    context = context_of(town, pool, configured())
    return town, context, syncs_of(context)


async def current(context: Context) -> AccountLink:
    found = await context.accounts.by_pubkey(ALICE)
    assert found is not None
    return found


async def work(context: Context, syncs: Syncs, *, until: str) -> None:
    """Let the background part run until a query of the database is empty."""
    running = asyncio.create_task(syncs.run())
    async with asyncio.timeout(10):
        while await rows(context.pool, until):
            await asyncio.sleep(0.01)
    context.stopping.set()
    await running


ALL_TOLD = "SELECT 1 FROM account_links LEFT JOIN account_syncs USING (nostr_pubkey) WHERE told IS NULL"


async def test_both_are_told_keycast_first(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)

    behind = await syncs.tell(await current(context))

    assert behind == []
    assert [call.split()[1] for call in town.calls] == ["keycast", "names"]
    assert (await town.told_keycast(ALICE))["did"] == DID
    assert await town.resolves(HANDLE) == DID


async def test_telling_again_what_is_known_tells_nobody(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)
    await syncs.tell(await current(context))

    await syncs.tell(await current(context))

    assert len(town.calls) == 2


@pytest.mark.parametrize(
    ("path", "behind"), [(KEYCAST, ["keycast"]), (NAMES, ["names"])], ids=["keycast", "the name server"]
)
async def test_one_neighbour_in_trouble_does_not_keep_the_other_from_knowing(
    pool: Pool, path: str, behind: list[str]
) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)
    await syncs.tell(await current(context))
    await Lifecycle(pool).disable(ALICE)
    town.mishap = answered(path, DOWN)

    assert await syncs.tell(await current(context)) == behind

    assert (await town.resolves(HANDLE) is None) == (behind == ["keycast"])
    assert ((await town.told_keycast(ALICE))["state"] == "disabled") == (behind == ["names"])


async def test_who_was_in_trouble_is_told_later_without_a_restart(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)
    town.mishap = answered(NAMES, DOWN)
    await syncs.tell(await current(context))
    town.mishap = None

    await work(context, syncs, until=ALL_TOLD)

    assert await town.resolves(HANDLE) == DID
    assert town.sent("keycast") == 1


async def test_a_person_keycast_does_not_know_loses_their_handle_all_the_same(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)
    await syncs.tell(await current(context))
    await Lifecycle(pool).disable(ALICE)
    town.mishap = answered(KEYCAST, httpx.Response(404))

    assert await syncs.tell(await current(context)) == ["keycast"]
    assert await town.resolves(HANDLE) is None


async def test_rows_written_by_others_are_told_once_each_in_the_order_they_were_made(pool: Pool) -> None:
    town = Town()
    context = context_of(town, pool, configured())
    for number, (name, state) in enumerate([("carol", "ready"), ("alice", "disabled"), ("bob", "failed")]):
        await town.claim(person(name).public_key, name)
        await link(pool, name, state=state)
        await run(
            pool,
            "UPDATE account_links SET created_at = TIMESTAMPTZ '2026-01-01' + make_interval(hours => %s)"
            " WHERE handle LIKE %s",
            number,
            f"{name}.%",
        )
    await link(pool, "dave", state="pending")
    told: list[str] = []

    def listen(request: httpx.Request, response: httpx.Response | None) -> None:
        if response is None and request.url.host == "keycast":
            told.append(json.loads(request.content)["nostr_pubkey"])

    town.mishap = listen

    await work(context, syncs_of(context), until=ALL_TOLD + " AND provisioning_state <> 'pending'")

    assert told == [person(name).public_key for name in ("carol", "alice", "bob")]
    assert town.sent("names") == 3


async def test_users_are_not_shown_inner_causes(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool, state="failed")
    await run(
        pool, "UPDATE account_links SET provisioning_error = 'creating account on PDS: failed (500): x'"
    )

    await syncs.tell(await current(context))

    assert (await town.told_keycast(ALICE))["error"] == "creating account on PDS"


async def test_replicas_tell_a_neighbour_once_and_never_at_the_same_time(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    other = syncs_of(context)
    await link(pool)
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def begins(request: httpx.Request) -> None:
        running[request.url.host] += 1
        most[request.url.host] = max(most[request.url.host], running[request.url.host])

    async def ends(response: httpx.Response) -> None:
        running[response.request.url.host] -= 1

    town.http.event_hooks["request"].append(begins)
    town.http.event_hooks["response"].append(ends)
    await asyncio.gather(syncs.tell(await current(context)), other.tell(await current(context)))

    assert dict(most) == {"keycast": 1, "names": 1}
    assert len(town.calls) == 2


async def test_what_changes_while_a_neighbour_is_being_told_is_told_next(pool: Pool) -> None:
    town, context, syncs = await town_with(pool)
    await link(pool)

    async def disable_during(request: httpx.Request) -> None:
        if request.url.host == "keycast" and len(town.calls) == 0:
            await Lifecycle(pool).disable(ALICE)

    town.http.event_hooks["request"].append(disable_during)
    await syncs.tell(await current(context))

    await work(context, syncs, until="SELECT 1 FROM account_syncs WHERE NOT starts_with(told, 'disabled')")

    assert (await town.told_keycast(ALICE))["state"] == "disabled"
    assert await town.resolves(HANDLE) is None


@pytest.mark.parametrize("broken", ["claim", "note"])
async def test_nobody_waits_for_a_lease_that_the_database_did_not_confirm(
    broken: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke at a COMMIT: after the claim, or when it was to be noted that keycast was told."""
    town, context, syncs = await town_with(pool)
    await link(pool)
    account = await current(context)
    connection, moments = context.pool.connection, iter([False, True] if broken == "note" else [True])

    @asynccontextmanager
    async def breaking() -> AsyncIterator[Connection]:
        async with connection() as opened:
            yield opened
        if next(moments, False):
            raise psycopg.OperationalError("the connection is gone")

    monkeypatch.setattr(context.pool, "connection", breaking)
    with pytest.raises(psycopg.OperationalError):
        await syncs.tell(account)
    monkeypatch.undo()

    await work(context, syncs, until=ALL_TOLD)

    assert await town.resolves(HANDLE) == DID

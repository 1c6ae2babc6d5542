"""Opting in, disabling, enabling: what each does to an account link, from every state it can be in."""

import asyncio

import pytest

from bridge.accounts import AccountLink
from bridge.control_plane.lifecycle import Lifecycle
from bridge.database import Pool
from bridge.errors import Conflict
from tests.bridge.rows import link, rows, run
from tests.bridge.signing import person

pytestmark = pytest.mark.anyio

ALICE = person("alice").public_key
BOB = person("bob").public_key
HANDLE = "alice.localnet.test"


async def opt_in(
    pool: Pool, pubkey: str = ALICE, handle: str = HANDLE, crosspost: bool = True
) -> AccountLink:
    return await Lifecycle(pool).opt_in(pubkey, handle, crosspost=crosspost)


async def progress(pool: Pool, step: str, *, requested: bool) -> None:
    await run(
        pool,
        "INSERT INTO provisioning_progress (nostr_pubkey, did, step, genesis, account_requested, next_attempt_at)"
        " VALUES (%s, 'did:plc:new', %s, '{}', %s, NULL)",
        ALICE,
        step,
        requested,
    )


@pytest.mark.parametrize("crosspost", [True, False], ids=["on", "off"])
async def test_a_new_link_is_pending_with_the_persons_choice(pool: Pool, crosspost: bool) -> None:
    made = await opt_in(pool, crosspost=crosspost)

    assert (made.state, made.did, made.handle, made.crosspost_enabled) == ("pending", None, HANDLE, crosspost)


AGAIN = {
    "pending stays pending": ("pending", None, "pending"),
    "ready stays ready": ("ready", "did:plc:a", "ready"),
    "failed is tried again": ("failed", None, "pending"),
    "failed after its account was made is ready": ("failed", "did:plc:a", "ready"),
    "disabled before its account was made is tried again": ("disabled", None, "pending"),
    "disabled is ready again": ("disabled", "did:plc:a", "ready"),
}


@pytest.mark.parametrize("ask", ["opt in", "enable"])
@pytest.mark.parametrize(("state", "did", "then"), AGAIN.values(), ids=AGAIN)
async def test_asking_again(pool: Pool, ask: str, state: str, did: str | None, then: str) -> None:
    await link(pool, did="did:plc:x", state=state, crosspost=state != "disabled")
    await run(pool, "UPDATE account_links SET did = %s, provisioning_error = 'old'", did)

    after = await (opt_in(pool) if ask == "opt in" else Lifecycle(pool).enable(ALICE))

    assert after is not None
    assert (after.state, after.did, after.provisioning_error, after.disabled_at) == (then, did, None, None)
    assert after.crosspost_enabled


async def test_a_ready_person_may_opt_in_again_without_crossposting(pool: Pool) -> None:
    await link(pool)

    after = await opt_in(pool, crosspost=False)

    assert (after.state, after.crosspost_enabled) == ("ready", False)


async def test_a_refused_link_is_due_again_after_opting_in(pool: Pool) -> None:
    await link(pool, state="failed")
    await run(pool, "UPDATE account_links SET did = NULL")
    await progress(pool, "create", requested=False)

    await opt_in(pool)

    due = await rows(pool, "SELECT attempts, next_attempt_at <= NOW() AS now FROM provisioning_progress")
    assert due == [{"attempts": 0, "now": True}]


@pytest.mark.parametrize("state", ["pending", "ready", "failed", "disabled"])
async def test_disabling_from_any_state(pool: Pool, state: str) -> None:
    await link(pool, state=state)

    after = await Lifecycle(pool).disable(ALICE)

    assert after is not None
    assert (after.state, after.crosspost_enabled, after.publishable) == ("disabled", False, False)
    assert after.disabled_at is not None


async def test_a_stranger_can_be_neither_disabled_nor_enabled(pool: Pool) -> None:
    assert await Lifecycle(pool).disable(ALICE) is None
    assert await Lifecycle(pool).enable(ALICE) is None


async def test_a_handle_belongs_to_one_person(pool: Pool) -> None:
    await opt_in(pool)

    with pytest.raises(Conflict, match=f"handle already taken: {HANDLE}"):
        await opt_in(pool, BOB)


async def test_of_two_who_ask_for_one_handle_at_once_one_gets_it(pool: Pool) -> None:
    results = await asyncio.gather(opt_in(pool), opt_in(pool, BOB), return_exceptions=True)

    assert [type(result) for result in results if not isinstance(result, AccountLink)] == [Conflict]


async def test_one_person_asking_twice_at_once_has_one_link(pool: Pool) -> None:
    first, second = await asyncio.gather(opt_in(pool), opt_in(pool))

    assert first.nostr_pubkey == second.nostr_pubkey
    assert len(await rows(pool, "SELECT 1 FROM account_links")) == 1


CHANGES = {
    "before anything was begun": (None, False, True),
    "while the PDS knows nothing yet": ("create", False, True),
    "once the PDS may have the account": ("create", True, False),
    "once the PDS has the account": ("activate", True, False),
}


@pytest.mark.parametrize(("step", "requested", "allowed"), CHANGES.values(), ids=CHANGES)
async def test_choosing_another_handle(pool: Pool, step: str | None, requested: bool, allowed: bool) -> None:
    await opt_in(pool)
    if step:
        await progress(pool, step, requested=requested)

    if allowed:
        assert (await opt_in(pool, handle="alicia.localnet.test")).handle == "alicia.localnet.test"
    else:
        with pytest.raises(Conflict, match="bound to a different handle"):
            await opt_in(pool, handle="alicia.localnet.test")


async def test_a_ready_person_keeps_their_handle(pool: Pool) -> None:
    await link(pool)

    with pytest.raises(Conflict, match="bound to a different handle"):
        await opt_in(pool, handle="alicia.localnet.test")


async def test_no_other_handle_while_the_account_is_being_made(pool: Pool) -> None:
    await opt_in(pool)
    async with pool.connection() as busy, busy.transaction():
        await busy.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [ALICE])

        with pytest.raises(Conflict):
            await opt_in(pool, handle="alicia.localnet.test")


async def test_an_operator_claims_a_link_and_leaves_an_old_one_as_it_is(pool: Pool) -> None:
    made = await Lifecycle(pool).claim(ALICE, HANDLE)
    await opt_in(pool, crosspost=False)

    again = await Lifecycle(pool).claim(ALICE, HANDLE)

    assert (made.state, made.crosspost_enabled) == ("pending", True)
    assert not again.crosspost_enabled


REFUSED_CLAIMS = {
    "of another handle": ("ready", "alicia.localnet.test", "existing link is bound to a different handle"),
    "of a disabled link": ("disabled", HANDLE, "account link is disabled"),
}


@pytest.mark.parametrize(("state", "handle", "text"), REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS)
async def test_an_operators_claim_is_refused(pool: Pool, state: str, handle: str, text: str) -> None:
    await link(pool, state=state)

    with pytest.raises(Conflict, match=text):
        await Lifecycle(pool).claim(ALICE, handle)

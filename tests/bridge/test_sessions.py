"""Acting as an account: which token is used, when it is renewed, how often, and what happens when nothing works."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field

import httpx
import pytest
import respx

from bridge.clients.pds import PdsClient
from bridge.database import Pool
from bridge.errors import AccessRefused, SessionLost, Transient
from bridge.sessions import Sessions
from bridge.vault import Vault
from tests.bridge.rows import DID, link, rows, run

pytestmark = pytest.mark.anyio

REFRESH = "http://pds/xrpc/com.atproto.server.refreshSession"
LOGIN = "http://pds/xrpc/com.atproto.server.createSession"
EXPIRED = httpx.Response(400, json={"error": "ExpiredToken", "message": "Token has expired"})


def token(name: str, life: float = 7200.0) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + life, "jti": name}).encode()).decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{claims.rstrip('=')}.c2lnbmF0dXJl"


def pair(access: str, refresh: str = "next-refresh", did: str = DID) -> httpx.Response:
    return httpx.Response(
        200, json={"did": did, "accessJwt": access, "refreshJwt": refresh, "handle": "a.test"}
    )


@dataclass
class Desk:
    """A process's sessions, and a PDS that answers as the test says."""

    pool: Pool
    router: respx.Router = field(default_factory=respx.Router)
    renewed: list[str] = field(default_factory=list)
    vault: Vault = field(default_factory=lambda: Vault(b"\x0f" * 32))

    def sessions(self) -> Sessions:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.router.async_handler))
        return Sessions(
            self.pool, PdsClient(http, "http://pds", "admin-pass"), self.vault, self.renewed.append
        )

    async def keep(
        self, access: str, refresh: str | None = "first-refresh", password: str | None = None
    ) -> None:
        def sealed(value: str | None, purpose: str) -> bytes | None:
            return self.vault.seal(value.encode(), f"{DID}:{purpose}") if value else None

        await run(
            self.pool,
            "INSERT INTO account_credentials (did, access_jwt, refresh_jwt, password) VALUES (%s, %s, %s, %s)",
            DID,
            sealed(access, "access"),
            sealed(refresh, "refresh"),
            sealed(password, "password"),
        )

    async def kept(self) -> tuple[str, str]:
        row = (await rows(self.pool, "SELECT access_jwt, refresh_jwt FROM account_credentials"))[0]
        return (
            self.vault.open(row["access_jwt"], f"{DID}:access").decode(),
            self.vault.open(row["refresh_jwt"], f"{DID}:refresh").decode(),
        )


async def say(access: str) -> str:
    return access


class Remote:
    """Refuses some tokens, as a PDS does that has revoked them."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.used: list[str] = []

    async def use(self, access: str) -> str:
        self.used.append(access)
        await asyncio.sleep(0)
        if access in self.refused:
            raise AccessRefused("createRecord failed (400): ExpiredToken")
        return access


async def test_a_token_with_life_left_is_used_as_it_is(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep(token("first"))

    used = await desk.sessions().call(DID, say)

    assert (used, "first-refresh") == await desk.kept()
    assert desk.renewed == []


async def test_a_token_about_to_expire_is_renewed_before_it_is_used_and_stored_first(pool: Pool) -> None:
    desk, second = Desk(pool), token("second")
    await desk.keep(token("first", life=30))
    route = desk.router.post(REFRESH).mock(return_value=pair(second))
    stored: list[tuple[str, str]] = []

    async def use(access: str) -> str:
        stored.append(await desk.kept())
        return access

    assert await desk.sessions().call(DID, use) == second
    assert stored == [(second, "next-refresh")]
    assert route.calls[0].request.headers["authorization"] == "Bearer first-refresh"
    assert route.calls[0].request.content == b""


async def test_a_refused_token_is_renewed_once_and_the_call_made_again(pool: Pool) -> None:
    desk, first, second = Desk(pool), token("first"), token("second")
    await desk.keep(first)
    desk.router.post(REFRESH).mock(return_value=pair(second))
    remote = Remote(first)

    assert await desk.sessions().call(DID, remote.use) == second
    assert remote.used == [first, second]
    assert desk.renewed == ["refresh"]


async def test_a_token_that_cannot_be_read_is_tried(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep("opaque")

    assert await desk.sessions().call(DID, say) == "opaque"


@pytest.mark.parametrize("replicas", [1, 2], ids=["one process", "two replicas"])
async def test_many_callers_share_one_renewal(pool: Pool, replicas: int) -> None:
    desk, first, second = Desk(pool), token("first"), token("second")
    await desk.keep(first)
    route = desk.router.post(REFRESH).mock(side_effect=[pair(second)])
    remote = Remote(first)
    processes = [desk.sessions() for _ in range(replicas)]

    used = await asyncio.gather(*(processes[n % replicas].call(DID, remote.use) for n in range(6)))

    assert set(used) == {second}
    assert route.call_count == 1


async def test_a_dead_refresh_token_is_replaced_by_logging_in(pool: Pool) -> None:
    desk, second = Desk(pool), token("second")
    await desk.keep(token("first", life=-1), password="hidden")
    desk.router.post(REFRESH).mock(return_value=EXPIRED)
    login = desk.router.post(LOGIN).mock(return_value=pair(second))

    assert await desk.sessions().call(DID, say) == second
    assert json.loads(login.calls[0].request.content) == {"identifier": DID, "password": "hidden"}
    assert desk.renewed == ["login"]


async def test_a_server_in_trouble_is_asked_again_later_and_keeps_the_session(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep(token("first", life=-1), password="hidden")
    desk.router.post(REFRESH).mock(return_value=httpx.Response(500))

    with pytest.raises(Transient):
        await desk.sessions().call(DID, say)

    assert (await desk.kept())[1] == "first-refresh"


async def test_without_a_password_a_dead_session_is_lost(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep(token("first", life=-1))
    desk.router.post(REFRESH).mock(return_value=EXPIRED)

    with pytest.raises(SessionLost, match="no session that works and no stored password"):
        await desk.sessions().call(DID, say)


async def test_an_account_nothing_is_stored_of_is_lost_and_the_admin_never_stands_in(pool: Pool) -> None:
    desk = Desk(pool)

    with pytest.raises(SessionLost):
        await desk.sessions().call(DID, say)

    assert desk.router.calls.call_count == 0


async def test_a_password_that_was_changed_leaves_the_session_lost(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep(token("first", life=-1), password="old")
    desk.router.post(REFRESH).mock(return_value=EXPIRED)
    desk.router.post(LOGIN).mock(return_value=httpx.Response(401, json={"error": "AuthenticationRequired"}))

    with pytest.raises(SessionLost, match="both the session and the stored password"):
        await desk.sessions().call(DID, say)


async def test_a_new_token_that_is_refused_too_is_a_lost_session(pool: Pool) -> None:
    desk, first, second = Desk(pool), token("first"), token("second")
    await desk.keep(first)
    desk.router.post(REFRESH).mock(return_value=pair(second))

    with pytest.raises(SessionLost, match="a new access token"):
        await desk.sessions().call(DID, Remote(first, second).use)


async def test_a_session_of_somebody_else_is_not_stored(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.keep(token("first", life=-1))
    desk.router.post(REFRESH).mock(return_value=pair(token("other"), did="did:plc:mallory"))

    with pytest.raises(SessionLost, match="a session of did:plc:mallory"):
        await desk.sessions().call(DID, say)

    assert (await desk.kept())[1] == "first-refresh"


async def test_plain_tokens_of_an_older_writer_are_used_and_moved_out_of_sight(pool: Pool) -> None:
    desk, second = Desk(pool), token("second")
    await link(pool, did=DID)
    await run(
        pool, "UPDATE account_links SET pds_access_jwt = %s, pds_refresh_jwt = 'plain'", token("old", life=5)
    )
    route = desk.router.post(REFRESH).mock(return_value=pair(second))

    assert await desk.sessions().call(DID, say) == second

    assert route.calls[0].request.headers["authorization"] == "Bearer plain"
    left = (await rows(pool, "SELECT pds_access_jwt, pds_refresh_jwt FROM account_links"))[0]
    assert set(left.values()) == {None}
    assert await desk.kept() == (second, "next-refresh")

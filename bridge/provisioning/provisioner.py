"""Makes accounts: takes step after step for one public key, keeps what went wrong, and goes on later.

One run per public key at a time, in this process and across replicas (an advisory lock of a connection of
its own, which the death of the process frees). Callers who come in between share the run's result.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg

from bridge.accounts import AccountLink
from bridge.atproto import plc
from bridge.atproto.keys import SigningKey
from bridge.database import Connection
from bridge.errors import BridgeError, Conflict, Refused, SessionLost, Transient, causes, chain
from bridge.metrics import Metrics
from bridge.provisioning import progress as rows
from bridge.provisioning import steps
from bridge.provisioning.progress import DONE, LONGEST_WAIT, Progress
from bridge.provisioning.steps import Tools, Work

log = logging.getLogger(__name__)

_PATIENCE = "20s"  # how long to wait for another replica at work on the same public key


class Disabled(Conflict):
    """The person has withdrawn; nothing went wrong."""

    def __init__(self) -> None:
        super().__init__("account link is disabled")


class Provisioner:
    def __init__(self, tools: Tools, metrics: Metrics, changed: Callable[[str], None]) -> None:
        """`changed` is told the public key of every account whose state this has changed."""
        self._tools = tools
        self._metrics = metrics
        self._changed = changed
        self._running: dict[str, asyncio.Task[AccountLink]] = {}
        self._places = asyncio.Semaphore(tools.config.provisioning_workers)

    async def provision(self, pubkey: str) -> AccountLink:
        """The ready link. BridgeError saying how far it came; Conflict if the link is disabled.

        The run goes on if its caller goes away.
        """
        return await asyncio.shield(self.start(pubkey))

    def start(self, pubkey: str) -> asyncio.Task[AccountLink]:
        """The run under way for this public key, or a new one."""
        task = self._running.get(pubkey)
        if task is None:
            task = self._running[pubkey] = asyncio.create_task(self._run(pubkey), name=f"provision {pubkey}")
            task.add_done_callback(lambda done: self._ended(pubkey, done))
        return task

    async def stop(self) -> None:
        """Break off what is running; it is resumed by whoever starts next."""
        for task in (running := list(self._running.values())):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, pubkey: str, task: asyncio.Task[AccountLink]) -> None:
        del self._running[pubkey]
        if not task.cancelled():
            task.exception()  # taken note of; it is in the row and the log, and nobody may be waiting

    async def _run(self, pubkey: str) -> AccountLink:
        async with self._places, self._exclusive(pubkey) as connection:
            link = await rows.link_of(connection, pubkey)
            if link is None:
                raise Conflict("there is no account link to provision")
            if link.state == "disabled":
                raise Disabled
            if link.state == "ready":
                return link
            try:
                return await self._make(connection, link)
            except Disabled:
                raise
            except Exception as error:
                await self._keep(connection, pubkey, error)
                raise

    async def _make(self, connection: Connection, link: AccountLink) -> AccountLink:
        progress = await rows.load(connection, link.nostr_pubkey)
        if progress is None:
            link, progress = await self._begin(connection, link)
        while progress.step != DONE:
            await self._take(connection, link, progress)
            link, progress = await self._reread(connection, link.nostr_pubkey)
        return await self._finish(connection, link.nostr_pubkey, progress.did)

    async def _take(self, connection: Connection, link: AccountLink, progress: Progress) -> None:
        step = steps.named(progress.step)
        try:
            await step.take(Work(self._tools, connection, link, progress))
        except BridgeError as error:
            self._metrics.failed(f"provisioning {step.name}", error)
            raise BridgeError(step.doing) from error
        await rows.advance(connection, link.nostr_pubkey, steps.after(step))

    async def _begin(self, connection: Connection, link: AccountLink) -> tuple[AccountLink, Progress]:
        if link.did is not None:
            await rows.adopt(connection, link.nostr_pubkey, link.did, steps.ADOPT.name)
            return await self._reread(connection, link.nostr_pubkey)
        signing, rotation = SigningKey(), SigningKey()
        genesis = plc.genesis(link.handle, signing, rotation, self._tools.config.recovery_keys)
        did = plc.did_of(genesis)
        progress = Progress(
            link.nostr_pubkey, did, steps.first(), genesis, account_requested=False, attempts=0
        )
        async with connection.transaction():
            signing_ref = await self._tools.keys.add(connection, "signing-key", signing)
            rotation_ref = await self._tools.keys.add(connection, "plc-rotation-key", rotation)
            await self._tools.sessions.store_password(connection, did, secrets.token_hex(32))
            await rows.begin(connection, progress, signing_ref, rotation_ref)
        return await self._reread(connection, link.nostr_pubkey)

    async def _reread(self, connection: Connection, pubkey: str) -> tuple[AccountLink, Progress]:
        link, progress = await rows.link_of(connection, pubkey), await rows.load(connection, pubkey)
        if link is None or progress is None:
            raise BridgeError("the account link was removed while its account was being made")
        if link.state == "disabled":
            raise Disabled
        return link, progress

    async def _finish(self, connection: Connection, pubkey: str, did: str) -> AccountLink:
        try:
            link = await rows.finish(connection, pubkey, did)
        except psycopg.errors.IntegrityError as error:
            raise Conflict(f"{did} cannot become this person's: it or their earlier one is in use") from error
        if link is None:
            raise BridgeError("the account link was removed while its account was being made")
        log.info("account link %s", link.state, extra={"pubkey": pubkey, "did": did, "handle": link.handle})
        self._changed(pubkey)
        if link.state == "disabled":
            raise Disabled
        return link

    async def _keep(self, connection: Connection, pubkey: str, error: Exception) -> None:
        """Make the failure visible where operators look, and decide when to try again."""
        log.warning("provisioning failed", extra={"pubkey": pubkey}, exc_info=error)
        if connection.closed:  # the database went away: the row still says what there is to do
            return
        progress = await rows.load(connection, pubkey)
        await rows.fail(connection, pubkey, chain(error), _wait(error, progress.attempts if progress else 0))
        self._changed(pubkey)

    @asynccontextmanager
    async def _exclusive(self, pubkey: str) -> AsyncIterator[Connection]:
        url = self._tools.config.database_url
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=5
        ) as connection:
            await connection.execute(f"SET lock_timeout = '{_PATIENCE}'")
            try:
                await connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [pubkey])
            except psycopg.errors.LockNotAvailable as error:
                raise Transient("another replica is still at work on this account") from error
            yield connection


def _wait(error: Exception, attempts: int) -> float | None:
    """Seconds until the next attempt; None if asking again would bring the same answer."""
    wait = min(2.0**attempts, LONGEST_WAIT)
    for cause in causes(error):
        match cause:
            case Refused() | Conflict():
                return None
            case Transient():
                return max(wait, cause.retry_after or 0.0)
            case SessionLost():
                return wait
    return wait

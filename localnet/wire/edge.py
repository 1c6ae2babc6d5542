"""One caller→callee: its listening port, the links through it, and what they share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from localnet.wire.hooks import UNTOUCHED, Hook
from localnet.wire.link import Conversation, Link, Refusal
from localnet.wire.recording import Recorder

HARNESS: Final = "harness"
_BACKLOG: Final = 512
_DRAIN_SECONDS: Final = 1.0


@dataclass(eq=False)
class Edge:
    name: str
    upstream: str
    """`127.0.0.1:4001` or `unix:/directory/socket`."""
    recorder: Recorder
    converse: Callable[["Edge", Link], Conversation]
    hook: Hook = UNTOUCHED
    barred: Callable[[], None] | None = None
    """Told of each connection that is refused, for as long as it is set."""
    links: set[Link] = field(default_factory=set)
    _server: asyncio.Server | None = None

    def __post_init__(self) -> None:
        if not all(self.name.partition("→")):
            raise ValueError(f"an edge is named caller→callee, not {self.name!r}")

    @property
    def caller(self) -> str:
        return self.name.partition("→")[0]

    async def open(self, host: str, port: int) -> None:
        """OSError when the port cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accept, host, port, backlog=_BACKLOG, reuse_address=True
        )

    async def close(self) -> None:
        """Takes no more connections, gives what is under way a moment to be answered, ends all."""
        if self._server:
            self._server.close()
        deadline = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        while self.links and asyncio.get_running_loop().time() < deadline:
            for link in [link for link in self.links if not link.conversation.busy]:
                link.close()
            await asyncio.sleep(0.005)
        for link in list(self.links):
            link.cut()

    def cut(self) -> int:
        """Resets every connection there is, and says how many."""
        links = list(self.links)
        for link in links:
            link.cut()
        return len(links)

    def _accept(self) -> asyncio.Protocol:
        if self.barred:
            self.barred()
            return Refusal()
        number = self.recorder.connection()
        link = Link(self.upstream, lambda link: self.converse(self, link), self.links.discard, number)
        self.links.add(link)
        return link.caller

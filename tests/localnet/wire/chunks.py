"""The same bytes, cut differently: what an onlooker makes of them must not depend on where a socket happened to break them."""

import random
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

SEEDS = range(25)


class Piece(Protocol):
    @property
    def raw(self) -> bytes: ...


P = TypeVar("P", bound=Piece)


def cut(data: bytes, seed: int) -> Iterator[bytes]:
    """Whole (seed 0), byte by byte (seed 1), or at random places that repeat with the seed."""
    chance = random.Random(seed)
    longest = {0: len(data), 1: 1}.get(seed, chance.choice((3, 17, 400, 70_000)))
    at = 0
    while at < len(data):
        size = longest if seed < 2 else chance.randint(1, longest)
        yield data[at : at + size]
        at += size


def fed(feed: Callable[[bytes], list[P]], close: Callable[[], list[P]], data: bytes, seed: int) -> list[P]:
    """Every piece, the ones at the end of the connection too; put together they are the input."""
    pieces = [piece for part in cut(data, seed) for piece in feed(part)] + close()
    assert b"".join(piece.raw for piece in pieces) == data
    return pieces

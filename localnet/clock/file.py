"""The file through which a process is told the time: mapped by the shim in it, written in place, never replaced.

Layout, little-endian, as `struct page` in shim.c has it: a magic word; the generation of the reading in force; the generation
under which somebody last asked; two readings (real and shown in nanoseconds, rate), of which the one in force has
the number generation modulo 2, so that none is ever changed while it is read.
"""

import mmap
import os
import struct
import time
from pathlib import Path

from localnet.clock.reading import REAL, Reading

MAGIC = b"LNCLOCK1"
GENERATION, HEARD, READINGS = 8, 16, 24
NUMBER, READING = struct.Struct("<Q"), struct.Struct("<qqd")
SIZE = READINGS + 2 * READING.size
SECOND = 1_000_000_000
POLL_SECONDS = 0.005

VARIABLE = "LOCALNET_CLOCK"
"""names the file to a process"""


class ClockFile:
    """`owner`: the numeric user of the processes that map it, None for ours."""

    def __init__(self, path: Path, owner: int | None = None) -> None:
        self.path = path
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(new_file())
        if owner is not None:
            os.chown(path, owner, owner)

    def show(self, reading: Reading) -> int:
        """From now on; returns the generation."""
        with self.path.open("r+b") as file, mmap.mmap(file.fileno(), SIZE) as page:
            generation: int = NUMBER.unpack_from(page, GENERATION)[0] + 1
            page[_place(generation)] = packed(reading)
            page.flush()
            page[GENERATION : GENERATION + NUMBER.size] = NUMBER.pack(generation)
        return generation

    def was_heard(self, generation: int, within: float) -> bool:
        """Whether a process has asked what time it is since `show`."""
        deadline = time.monotonic() + within
        with self.path.open("rb") as file:
            while NUMBER.unpack(os.pread(file.fileno(), NUMBER.size, HEARD))[0] < generation:
                if time.monotonic() > deadline:
                    return False
                time.sleep(POLL_SECONDS)
        return True


def new_file() -> bytes:
    """Shows the real time."""
    return MAGIC + bytes(READINGS - len(MAGIC)) + packed(REAL) + packed(REAL)


def packed(reading: Reading) -> bytes:
    return READING.pack(round(reading.real * SECOND), round(reading.shown * SECOND), reading.rate)


def _place(generation: int) -> slice:
    start = READINGS + generation % 2 * READING.size
    return slice(start, start + READING.size)

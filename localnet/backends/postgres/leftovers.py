"""What a PostgreSQL server that was killed leaves outside its data directory: one small System V memory segment.

The server notes it in `postmaster.pid` (line 7: key and id; PostgreSQL source, `pidfile.h`). Linux only, as is the table that says
whether somebody still uses it.
"""

import ctypes
from pathlib import Path

SERVER = "postgres"
"""name of its processes"""
SEGMENTS = Path("/proc/sysvipc/shm")
NOTE_LINE = 6
REMOVE = 0  # IPC_RMID


def free_shared_memory(directory: Path) -> None:
    """Of every server whose data lies in `directory`, unless the segment is in use or has become another's."""
    unused = _unused()
    for note in directory.glob("*/*/postmaster.pid"):
        lines = note.read_text().splitlines()
        key_and_id = tuple(lines[NOTE_LINE].split()) if len(lines) > NOTE_LINE else ()
        if key_and_id in unused:
            ctypes.CDLL(None).shmctl(int(key_and_id[1]), REMOVE, None)


def _unused() -> set[tuple[str, ...]]:
    """(key, id) of the segments nobody is attached to."""
    if not SEGMENTS.exists():
        return set()
    rows = [row.split() for row in SEGMENTS.read_text().splitlines()]
    names = rows[0]
    attached = names.index("nattch")
    return {(row[0], row[1]) for row in rows[1:] if row[attached] == "0"}

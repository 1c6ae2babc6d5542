"""The directory's memory: every operation ever taken, and the views of it that clients read.

Decides nothing (see `decision.py`) and knows no HTTP. Time is handed in with each operation.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.atproto.cid import Cid
from fakes.plc import operations
from fakes.plc.decision import Entry, decide
from fakes.plc.errors import NotFoundError
from fakes.plc.operations import Operation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Directory:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._seqs_of: dict[str, list[int]] = {}
        self._by_time: list[tuple[int, str, int]] = []

    @property
    def newest_seq(self) -> int:
        return len(self._entries)

    def submit(self, did: str, operation: Any, at: float) -> Entry:
        """Take an operation in its JSON form, received at this moment; DirectoryError if it may not be."""
        checked = operations.check(operation)
        for overruled in decide(did, self._in_force(did), checked, at):
            self._entries[overruled.seq - 1] = replace(overruled, nullified=True)
        entry = Entry(did, checked, Cid.for_cbor(operations.encoded(checked)), at, self.newest_seq + 1)
        self._entries.append(entry)
        self._seqs_of.setdefault(did, []).append(entry.seq)
        insort(self._by_time, (_milliseconds(at), str(entry.cid), entry.seq))
        return entry

    def state(self, did: str) -> dict[str, Any]:
        """What the DID stands for now: keys, aliases, services."""
        operation = self.last(did)
        if operations.is_tombstone(operation):
            raise NotFoundError(f"DID not available: {did}")
        names = ("verificationMethods", "rotationKeys", "alsoKnownAs", "services")
        return {"did": did, **{name: operation[name] for name in names}}

    def last(self, did: str) -> Operation:
        return self.log(did)[-1]

    def log(self, did: str) -> list[Operation]:
        """The operations in force, oldest first."""
        self._require(did)
        return [entry.operation for entry in self._in_force(did)]

    def audit_log(self, did: str) -> list[dict[str, Any]]:
        """Every operation ever taken for the DID, oldest first."""
        self._require(did)
        return [_audited(entry) for entry in self._all(did)]

    def export(self, count: int, after: datetime | None) -> Iterator[dict[str, Any]]:
        """Operations of all DIDs by time, those strictly later than `after`."""
        start = 0
        if after is not None:
            milliseconds = (after - _EPOCH) // timedelta(milliseconds=1)
            start = bisect_right(self._by_time, milliseconds, key=lambda row: row[0])
        for _, _, seq in self._by_time[start : start + count]:
            yield _audited(self._entries[seq - 1])

    def export_sequence(self, count: int, after: int) -> Iterator[dict[str, Any]]:
        """Operations of all DIDs in the order they were taken, those with a higher number than `after`."""
        for entry in self._entries[after : after + count]:
            yield _sequenced(entry)

    def taken_at(self, seq: int) -> float:
        return self._entries[seq - 1].at

    def _require(self, did: str) -> None:
        if did not in self._seqs_of:
            raise NotFoundError(f"DID not registered: {did}")

    def _all(self, did: str) -> list[Entry]:
        return [self._entries[seq - 1] for seq in self._seqs_of.get(did, ())]

    def _in_force(self, did: str) -> list[Entry]:
        return [entry for entry in self._all(did) if not entry.nullified]


def _milliseconds(at: float) -> int:
    return int(at * 1000)


def _timestamp(at: float) -> str:
    moment = _EPOCH + timedelta(milliseconds=_milliseconds(at))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _named(entry: Entry) -> Mapping[str, Any]:
    return {"did": entry.did, "operation": entry.operation, "cid": str(entry.cid)}


def _audited(entry: Entry) -> dict[str, Any]:
    return {**_named(entry), "nullified": entry.nullified, "createdAt": _timestamp(entry.at)}


def _sequenced(entry: Entry) -> dict[str, Any]:
    return {**_named(entry), "createdAt": _timestamp(entry.at), "seq": entry.seq, "type": "sequenced_op"}

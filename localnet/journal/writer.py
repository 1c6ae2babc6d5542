"""Appending lines to a journal that others append to as well. No batching by time here: whoever owns a clock does that."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from localnet.journal.lines import LINE_LIMIT, Line, Request, Response, encode
from localnet.journal.redaction import Redactor


class Sink(Protocol):
    """Where batches of whole lines go."""

    def append(self, text: bytes) -> None: ...

    def close(self) -> None: ...


class File:
    """A journal on this machine, made if need be."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def append(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._file, text) :]

    def close(self) -> None:
        os.close(self._file)


class Writer:
    """Whole lines, redacted, in single appends of at most 64 KiB."""

    def __init__(self, to: Path | Sink, secrets: Iterable[str] = ()) -> None:
        self.redactor = Redactor(secrets)
        self._sink: Sink = File(to) if isinstance(to, Path) else to

    def write(self, lines: Iterable[Line]) -> None:
        batch: list[bytes] = []
        size = 0
        for line in lines:
            text = self._encoded(line)
            if size + len(text) > LINE_LIMIT:
                self._sink.append(b"".join(batch))
                batch, size = [], 0
            batch.append(text)
            size += len(text)
        if batch:
            self._sink.append(b"".join(batch))

    def close(self) -> None:
        self._sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _encoded(self, line: Line) -> bytes:
        text = self.redactor.line(encode(line)) + b"\n"
        if len(text) > LINE_LIMIT:
            text = self.redactor.line(encode(_without_details(line))) + b"\n"
        return text


def _without_details(line: Line) -> Line:
    """What is left of a line that would be too long: binary bodies escape to six times their size."""
    return replace(
        line,
        op=line.op[:1000],
        outcome=line.outcome[:1000],
        ids={kind: values[:20] for kind, values in line.ids.items()},
        request=line.request and Request(bytes=line.request.bytes, sha256=line.request.sha256),
        response=line.response
        and Response(status=line.response.status, bytes=line.response.bytes, sha256=line.response.sha256),
        note=f"{(line.note or '')[:1000]} (bodies and headers left out: the line was too long)".strip(),
    )

"""What was seen, as journal lines: exchanges, WebSocket messages, SQL statements.

Secrets that a name gives away are taken out here; the writer takes out the rest, by shape and by value.
"""

import zlib
from functools import lru_cache
from typing import Final

import orjson

from localnet.journal import ids, redaction
from localnet.journal.lines import BODY_LIMIT, Line, Request, Response
from localnet.wire import firehose, tickets
from localnet.wire.bodies import KEPT, Body
from localnet.wire.heads import Headers
from localnet.wire.http import Exchange
from localnet.wire.statement import Statement
from localnet.wire.websocket import Message

HEADER_LIMIT: Final = 1024
HEADERS_LIMIT: Final = 64
VALUE_LIMIT: Final = 2048
PARAMETERS_LIMIT: Final = 64


def of_exchange(run: str, edge: str, exchange: Exchange, ended: float, outcome: str | None, connection: int | None = None) -> Line:  # fmt: skip
    """`outcome` says why there is no whole answer; without it the status is the outcome."""
    status = exchange.status
    request = _Shown(exchange.headers, exchange.body)
    answer = _Shown(exchange.answer_headers, exchange.answer_body)
    interim = f"first {', '.join(map(str, exchange.interim))}" if exchange.interim else None
    return Line(
        at=exchange.at,
        run=run,
        kind="http",
        edge=edge,
        op=op_of_exchange(exchange),
        outcome=_outcome(status, outcome),
        ms=_milliseconds(exchange.began, ended),
        ids=ids.merged(
            ids.find(ids.decoded(exchange.target), request.text or "", answer.text or ""),
            tickets.ids_of(exchange.headers),
            request.blob_ids(),
            answer.blob_ids(),
        ),
        request=Request(request.headers(), request.body(), exchange.body.size, request.sha256()),
        response=Response(
            status, answer.headers(), answer.body(), exchange.answer_body.size, answer.sha256()
        ),
        note="; ".join(part for part in (exchange.note, interim, request.note, answer.note) if part) or None,
        connection=connection,
    )


def op_of_exchange(exchange: Exchange) -> str:
    return f"{exchange.method} {redaction.shortened(redaction.named(exchange.target), BODY_LIMIT)}"


def of_message(run: str, edge: str, message: Message, sent: bool, at: float, note: str | None, connection: int | None = None) -> Line:  # fmt: skip
    """Seen from the caller, as edges are: `send` is what it sends."""
    text = message.data.decode("utf-8", "replace") if message.kind == "text" and message.readable else None
    event_stream = message.kind == "binary" and firehose.is_frame(message.data)
    body = _shown(text)
    notes = (
        note,
        f"{message.frames} frames" if message.frames > 1 else None,
        None if message.readable else "compressed, not read",
        f"seq {firehose.seq(message.data)}" if event_stream else None,
    )
    return Line(
        at=at,
        run=run,
        kind="websocket",
        edge=edge,
        op=_message_op(message, text, sent, event_stream),
        outcome="passed",
        ids=ids.find(text) if text is not None else firehose.ids(message.data) if event_stream else {},
        request=Request(body=body, bytes=message.size) if sent else None,
        response=None if sent else Response(body=body, bytes=message.size),
        note="; ".join(part for part in notes if part) or None,
        connection=connection,
    )


def of_websocket_end(run: str, edge: str, at: float, began: float, ended: float, counts: tuple[int, int], outcome: str, note: str, connection: int | None = None) -> Line:  # fmt: skip
    """The connection itself, from its upgrade on."""
    sent, received = counts
    return Line(
        at=at,
        run=run,
        kind="websocket",
        edge=edge,
        op="disconnect",
        outcome=outcome,
        ms=_milliseconds(began, ended),
        note="; ".join(part for part in (note, f"{sent} messages sent, {received} received") if part),
        connection=connection,
    )


def of_statement(run: str, edge: str, statement: Statement, ended: float, connection: int | None = None) -> Line:  # fmt: skip
    parameters = statement.parameters()
    shown = {
        f"${place}": _value(*parameter) for place, parameter in enumerate(parameters[:PARAMETERS_LIMIT], 1)
    }
    text, in_text = (
        _told(statement.text) if len(statement.text) <= BODY_LIMIT else _told.__wrapped__(statement.text)
    )
    rows = "\n".join(orjson.dumps(_row(row)).decode() for row in statement.rows()) or None
    with_names = (f'"{column}":"{value}"' if column else str(value) for column, value in parameters if value)
    statement.ids = ids.merged({}, in_text, ids.find(*with_names, rows or ""))
    return Line(
        at=statement.at,
        run=run,
        kind="sql",
        edge=edge,
        op=statement.shape.op,
        outcome=statement.outcome,
        ms=_milliseconds(statement.began, ended),
        ids=ids.merged({}, statement.ids, *(covered.ids for covered in statement.covers)),
        request=Request(shown, text, len(statement.text)),
        response=Response(body=rows and redaction.shortened(rows, BODY_LIMIT), bytes=statement.row_bytes),
        note=_shown("; ".join(part for part in (statement.note, statement.detail) if part) or None),
        connection=connection,
    )


@lru_cache(maxsize=1024)
def _told(statement: str) -> tuple[str, ids.Found]:
    """Its text as it is shown, and the ids in it: the same at each execution."""
    text = redaction.named_in_sql(statement)
    return redaction.shortened(text, BODY_LIMIT), ids.find(text)


class _Shown:
    """One side of an exchange. Text is read before it is shortened, secrets are taken out before that too."""

    def __init__(self, headers: Headers, body: Body) -> None:
        self._headers, self._body = headers, body
        self.note: str | None = None
        self.text = self._read()

    def headers(self) -> dict[str, str]:
        shown: dict[str, str] = {}
        for name, value in self._headers[:HEADERS_LIMIT]:
            safe = redaction.shortened(redaction.header(name, value), HEADER_LIMIT)
            shown[name] = f"{shown[name]}, {safe}" if name in shown else safe
        return shown

    def body(self) -> str | None:
        return _shown(self.text)

    def sha256(self) -> str | None:
        """Of what the line does not hold whole."""
        whole = self._body.whole and self.text is not None and len(self.text) <= BODY_LIMIT
        return self._body.sha256() if self._body.size and not whole else None

    def blob_ids(self) -> ids.Found:
        """What is not text is a file, which is known by its hash."""
        if self.text is not None or not self._body.size:
            return {}
        return {"cid": [ids.blob_cid(self._body.sha256())]}

    def _read(self) -> str | None:
        """The kept part as text; None when it is not text."""
        kept = self._body.kept
        if not kept:
            return None
        coding = next((value for name, value in self._headers if name == "content-encoding"), "")
        if coding in ("gzip", "deflate"):
            kept, self.note = _inflated(kept), f"body is {coding}"
        elif coding not in ("", "identity"):
            self.note = f"body is {coding}"
            return None
        try:
            text = kept.decode()
        except UnicodeDecodeError as error:
            if error.start < len(kept) - 3 or self._body.whole:
                return None
            text = kept[: error.start].decode()
        return None if "\0" in text else text


def _inflated(kept: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(kept, KEPT)
    except zlib.error:
        return kept


def _outcome(status: int | None, outcome: str | None) -> str:
    if outcome is None:
        return str(status)
    return outcome if status is None else f"{outcome} after {status}"


def _message_op(message: Message, text: str | None, sent: bool, event_stream: bool) -> str:
    if message.kind in ("ping", "pong"):
        return message.kind
    way = "send" if sent else "recv"
    if message.kind == "close":
        return f"{way} {message.kind} {int.from_bytes(message.data[:2]) or ''}".rstrip()
    if event_stream:
        return f"{way} {firehose.name(message.data)}"
    if text is not None and text.lstrip()[:1] == "[":
        word = text.lstrip()[1:40].lstrip().partition('"')[2].partition('"')[0]
        return f"{way} {word or message.kind}"
    return f"{way} {message.kind}"


def _value(column: str | None, value: str | None) -> str:
    if value is None:
        return "NULL"
    secret = column is not None and redaction.is_secret_name(column)
    return redaction.tag(value) if secret else redaction.shortened(redaction.named(value), VALUE_LIMIT)


def _row(row: dict[str, str | None]) -> dict[str, str | None]:
    return {name: None if value is None else _value(name, value) for name, value in row.items()}


def _shown(text: str | None) -> str | None:
    if text is None:
        return None
    return redaction.shortened(redaction.named(text[: 2 * BODY_LIMIT]), BODY_LIMIT)


def _milliseconds(began: float, ended: float) -> float:
    return round((ended - began) * 1000, 3)

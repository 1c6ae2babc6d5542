"""What was seen, as journal lines: exchanges, WebSocket messages, SQL statements. Secrets are taken out here by name; the writer
takes out the rest by shape and value.
"""

import re
import time
from typing import Final

from localnet.journal import ids, redaction
from localnet.journal.lines import BODY_LIMIT, Line, Request, Response
from localnet.wire.bodies import Body
from localnet.wire.heads import Headers
from localnet.wire.http import Exchange
from localnet.wire.postgres import Statement
from localnet.wire.websocket import Message

FULL_TEXT: Final = 64 * 1024
_FIREHOSE = re.compile(rb"\x61t([\x61-\x77])(#[a-z]+)")
"""The header of an event stream frame: `t`, the length of its text, the text (atproto.com/specs/event-stream, RFC 8949)."""
_TEXT = 0x60
_PATH = re.compile(r"(?<![\w.])((?:[a-z][a-z0-9-]*\.){2,}[a-zA-Z0-9]+/[a-zA-Z0-9._~:-]{1,512})")


def of_exchange(run: str, edge: str, exchange: Exchange, ended: float, outcome: str | None) -> Line:
    """`outcome` says why there is no whole answer; without it the status is the outcome."""
    request, response = _text(exchange.body), _text(exchange.answer_body)
    status = exchange.status
    if outcome is None:
        outcome = str(status)
    elif status is not None:
        outcome = f"{status}, then {outcome}"
    found = ids.merged(ids.find_in_url(exchange.target), ids.find(request or "", response or ""))
    return Line(
        at=exchange.at,
        run=run,
        kind="http",
        edge=edge,
        op=f"{exchange.method} {redaction.named(exchange.target)}",
        outcome=outcome,
        ms=round((ended - exchange.began) * 1000, 3),
        ids=found,
        request=Request(
            _headers(exchange.headers), _shown(request), exchange.body.size, _hash(exchange.body)
        ),
        response=Response(
            status,
            _headers(exchange.answer_headers),
            _shown(response),
            exchange.answer_body.size,
            _hash(exchange.answer_body),
        ),
        note=exchange.note or None,
    )


def of_message(run: str, edge: str, message: Message, note: str | None) -> Line:
    """One WebSocket message, or control frame; its journal operation names what is in it."""
    text = message.text[:FULL_TEXT] if message.text is not None else None
    found = ids.find(text) if text is not None else _ids_in_binary(message.data)
    way = "send" if message.sent else "recv"
    return Line(
        at=message.at,
        run=run,
        kind="websocket",
        edge=edge,
        op=_message_name(way, message),
        outcome="passed",
        ids=found,
        request=Request(body=_shown(text), bytes=message.size) if message.sent else None,
        response=None if message.sent else Response(body=_shown(text), bytes=message.size),
        note=note,
    )


def of_statement(run: str, edge: str, statement: Statement, ended: float) -> Line:
    parameters = {
        f"${number}": redaction.tag(value) if number in statement.secret_parameters() else value[:BODY_LIMIT]
        for number, value in enumerate(statement.parameters, 1)
    }
    text = redaction.named_in_sql(statement.sql)
    rows = "\n".join(statement.rows) or None
    return Line(
        at=statement.at,
        run=run,
        kind="sql",
        edge=edge,
        op=statement.name,
        outcome=statement.outcome,
        ms=round((ended - statement.began) * 1000, 3),
        ids=ids.merged(_ids_in_parameters(statement), ids.find(text, rows or "")),
        request=Request(parameters, text[:BODY_LIMIT], len(statement.sql)),
        response=Response(body=rows[:BODY_LIMIT]) if rows else None,
        note=statement.detail,
    )


def now() -> tuple[float, float]:
    """(unix seconds, steady seconds)"""
    return time.time(), time.perf_counter()


def _ids_in_parameters(statement: Statement) -> ids.Found:
    """A parameter is read with its column's name in front, since 64 hex digits alone mean nothing."""
    names = statement.parameter_names()
    return ids.find(
        *(f'{names.get(number, "")}="{value}"' for number, value in enumerate(statement.parameters, 1))
    )


def _message_name(way: str, message: Message) -> str:
    if message.text is None and message.kind == "binary":
        event = _FIREHOSE.search(message.data[:64])
        name = event.group(2)[: event.group(1)[0] - _TEXT].decode() if event else "binary"
        return f"{way} {name}"
    if message.kind == "close":
        return f"{way} close {message.close_code or ''}".rstrip()
    if message.text is None:
        return message.kind
    word = re.match(r'\s*\[\s*"([A-Z-]{2,12})"', message.text)
    return f"{way} {word.group(1) if word else 'text'}"


def _ids_in_binary(data: bytes) -> ids.Found:
    """Of a firehose frame: DIDs, and the at-uris that its repository and its record paths make together."""
    text = data.decode("latin-1")
    found = ids.find(text)
    repositories = found.get("did", [])
    if len(repositories) == 1:
        uris = [f"at://{repositories[0]}/{path}" for path in dict.fromkeys(_PATH.findall(text))]
        found = ids.merged(found, {"uri": uris} if uris else {})
    return found


def _headers(headers: Headers) -> dict[str, str]:
    return {name: redaction.header(name, value) for name, value in headers}


def _text(body: Body) -> str | None:
    """What was kept of a body, if it is text."""
    if not body.kept:
        return None
    try:
        return body.kept.decode("utf-8", "strict" if body.whole else "ignore")
    except UnicodeDecodeError:
        return None


def _shown(text: str | None) -> str | None:
    return None if text is None else redaction.named(text)[:BODY_LIMIT]


def _hash(body: Body) -> str | None:
    if not body.size or (body.whole and body.size <= BODY_LIMIT and _text(body) is not None):
        return None
    return body.sha256()

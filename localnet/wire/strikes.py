"""What each action does to a hop that has met it: one small function each, and the table of them. Says what the hop's own line is to note."""

import asyncio
import http
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from localnet.wire.fault import Fault
from localnet.wire.hooks import Verdict
from localnet.wire.hop import Hop
from localnet.wire.http import Exchange
from localnet.wire.postgres_messages import error_response
from localnet.wire.statement import Statement
from localnet.wire.websocket_edge import Passing

if TYPE_CHECKING:
    from localnet.wire.faults import Faults, Standing

FATAL: Final = ("57P", "08")
"""Classes of SQLSTATE after which a server ends the connection: shut down, terminated; connection exceptions."""
SQLSTATE: Final = "58030"
"""io_error, where nothing was said"""

Strike = Callable[["Faults", "Standing", Hop], Verdict]


def answer(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:
    told = standing.fault.parameters
    if isinstance(hop.subject, Statement):
        code = str(told.get("sqlstate", SQLSTATE))
        severity = "FATAL" if code.startswith(FATAL) else "ERROR"
        text = str(told.get("message", f"{standing.fault.name} (a fault of the wire)"))
        return Verdict(answer=error_response(severity, code, text), note=_noted(standing))
    assert isinstance(hop.subject, Exchange)
    return Verdict(answer=_response(hop.subject.method, standing.fault.name, told), note=_noted(standing))


def delay(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(until=asyncio.sleep(standing.fault.parameters.get("seconds", 1.0)), note=_noted(standing))


def hold(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(until=standing.released.wait(), note=_noted(standing))


def drop(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(raw=b"", cut=True, note=_noted(standing))


def reset(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(cut=True, note=_noted(standing))


def truncate(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(limit=standing.fault.parameters.get("bytes", 0), note=_noted(standing))


def duplicate(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:
    return Verdict(raw=hop.raw * 2, copies=2, note=_noted(standing))


def withhold(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:  # noqa: ARG001
    return Verdict(raw=b"", note=_noted(standing))


def reorder(_: "Faults", standing: "Standing", hop: Hop) -> Verdict:
    assert isinstance(hop.subject, Passing)
    standing.kept[hop.subject.connection, hop.point] = hop.raw
    return Verdict(raw=b"", note=_noted(standing))


def act(faults: "Faults", standing: "Standing", hop: Hop) -> Verdict:
    """Arriving, the hop waits until it is done; when it was answered, whatever comes next does."""
    service = standing.fault.parameters.get("service") or hop.edge.partition("→")[0]
    until = faults.act(standing, service)
    if standing.fault.happens_after:
        return Verdict(note=_noted(standing))
    return replace(waiting(standing.fault, service, hop, until), note=_noted(standing))


def waiting(fault: Fault, service: str, hop: Hop, until: Awaitable[object]) -> Verdict:
    """What a caller sent last must not arrive after it is dead."""
    is_its_last = fault.action in ("stop", "kill") and service == hop.edge.partition("→")[0]
    return Verdict(until=until, raw=b"", cut=True) if is_its_last else Verdict(until=until)


STRIKES: Final[Mapping[str, Strike]] = {
    "answer": answer,
    "delay": delay,
    "hold": hold,
    "drop": drop,
    "reset": reset,
    "lose_answer": drop,
    "truncate": truncate,
    "duplicate": duplicate,
    "withhold": withhold,
    "reorder": reorder,
    "stop": act,
    "kill": act,
    "freeze": act,
    "thaw": act,
}


def _noted(standing: "Standing") -> str:
    return f"fault {standing.fault.name}: {standing.fault.action}"


def _response(method: str, name: str, told: Mapping[str, Any]) -> bytes:
    status = told.get("status", 500)
    phrase = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else "Unknown"
    default = orjson.dumps({"error": phrase.replace(" ", ""), "message": f"{name} (a fault of the wire)"})
    body = told["body"].encode() if "body" in told else default
    headers = {"content-type": "application/json", **told.get("headers", {}), "content-length": len(body)}
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode() + (b"" if method == "HEAD" else body)

"""The run's control socket: another process of the same user asks the owner to act, one JSON line each way.

Request {"verb", ...}; reply {"said"} or {"message", "next_step", "exit_code"}. The socket lies in the run's directory.

    restart | stop | start | kill | freeze | thaw     "service"; says its state
    clock                                             "move", "argument"; says a `Move`
    fault                                             "do", "fault" or "name"; says the faults concerned
    down
"""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from localnet.errors import LocalnetError, UsageError
from localnet.network.naming import nearest
from localnet.network.network import Network

SOCKET = "control.sock"
ASK_SECONDS = 90.0
ON_A_SERVICE = ("restart", "stop", "start", "kill", "freeze", "thaw")

Request = Mapping[str, Any]


def serve_control(network: Network) -> Callable[[], None]:
    """Answers from now on, in threads of its own; the returned function ends that."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(BrokenPipeError):
                self.wfile.write(json.dumps(_answer(network, self.rfile.readline())).encode() + b"\n")

    server = socketserver.ThreadingUnixStreamServer(str(network.directory / SOCKET), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), name="control", daemon=True).start()

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


def ask(directory: Path, request: Request) -> Any:
    """What the owner said; raises what it raised."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ASK_SECONDS)
            connection.connect(str(directory / SOCKET))
            connection.sendall(json.dumps(request).encode() + b"\n")
            reply: dict[str, Any] = json.loads(connection.makefile().readline() or "{}")
    except (OSError, ValueError) as error:
        raise UsageError(f"the owner of {directory.name} did not answer: {error}", "localnet ps") from error
    if "said" in reply:
        return reply["said"]
    gone = f"the owner of {directory.name} went away while it was asked to {request['verb']}"
    message = reply.get("message", gone)
    raise LocalnetError(message, reply.get("next_step", "localnet ps"), reply.get("exit_code"))


def _answer(network: Network, line: bytes) -> dict[str, object]:
    try:
        request: Request = json.loads(line)
        return {"said": _obey(network, str(request["verb"]), request)}
    except LocalnetError as error:
        return {"message": error.message, "next_step": error.next_step, "exit_code": error.exit_code}
    except (ValueError, KeyError, TypeError) as error:
        return {"message": f"not a request: {error}", "next_step": "use the localnet command"}


def _obey(network: Network, verb: str, request: Request) -> object:
    if verb in ON_A_SERVICE and request.get("service"):
        getattr(network, verb)(request["service"])
        return network.service(request["service"]).state
    if verb not in OBEYED:
        known = [*ON_A_SERVICE, *OBEYED]
        raise UsageError(
            f"a network cannot {verb} {request.get('service', '')}".rstrip(), nearest(verb, known)
        )
    return OBEYED[verb](network, request)


def _down(network: Network, _request: Request) -> str:
    network.ask_down()
    return "going down"


def _clock(network: Network, request: Request) -> dict[str, Any]:
    return asdict(network.clock.obey(str(request["move"]), str(request.get("argument", ""))))


def _fault(network: Network, request: Request) -> list[dict[str, Any]]:
    return network.faults.obey(request)


OBEYED: Mapping[str, Callable[[Network, Request], object]] = {"down": _down, "clock": _clock, "fault": _fault}

"""A process that is told what to do in JSON lines on its stdin and answers in JSON lines on its stdout: the fakes, the wire.

It ends when its stdin does, so it cannot outlive us. Every request is answered per subject (a service, an edge, a question's number); who
asked waits on the answer it expects. What the process says unasked (`{"event":"asks","network",...}`) goes to whoever listens for that
network; the journal lines of one that shares no file with us (`{"event":"lines","network","lines"}`) to the journal they are kept in.
Not here: how it was started and where it runs, which is the `Talk`'s.
"""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from localnet.backends.output import exit_text, tail
from localnet.errors import LocalnetError, ServiceError
from localnet.journal.writer import File

END_SECONDS = 5.0
ASK_SECONDS = 20.0
UNASKED, LINES = "asks", "lines"


class Talk(Protocol):
    """What runs at the other end, with lines in and out."""

    @property
    def pid(self) -> int | None: ...

    def lines(self) -> Iterator[bytes]:
        """What it says, until it is gone."""

    def tell(self, line: bytes) -> None:
        """Raises BrokenPipeError once it is gone."""

    def ending(self) -> str:
        """How it ended; waits for that."""

    def close(self) -> None:
        """End its input, and it where that is not enough; returns when it is gone."""


class Pipes:
    """A process of this machine."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def lines(self) -> Iterator[bytes]:
        assert self._process.stdout
        yield from self._process.stdout
        self._process.stdout.close()

    def tell(self, line: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def ending(self) -> str:
        return exit_text(self._process.wait())

    def close(self) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Answer:
    """What is known about one request: nothing yet, that it was done, or why not."""

    def __init__(self) -> None:
        self._known = threading.Event()
        self.error: str | None = None
        self.event: Mapping[str, object] = {}
        """What was said, in the process's words."""

    def settle(self, error: str | None, event: Mapping[str, object] | None = None) -> None:
        if not self._known.is_set():
            self.error, self.event = error, event or {}
            self._known.set()

    def wait(self, seconds: float) -> bool:
        """Whether it is known by then."""
        return self._known.wait(seconds)


class Channel:
    def __init__(self, name: str, talk: Talk, log: Path) -> None:
        self.name, self.log, self._talk = name, log, talk
        self._answers: dict[tuple[str, str, str], list[Answer]] = {}
        self._listeners: dict[str, Callable[[Mapping[str, object]], None]] = {}
        self._journals: dict[str, File] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.over = Answer()
        """Settled when the process is gone, with how it went."""
        self._reader = threading.Thread(target=self._read, name=f"{name} channel", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        return self._talk.pid

    def expect(self, network: str, subject: str, *, gone: bool = False) -> Answer:
        """Ask for this before sending the request. `gone`: the answer to a removal."""
        answer = Answer()
        with self._lock:
            self._answers.setdefault((network, subject, "gone" if gone else "there"), []).append(answer)
        if self.over.wait(0):
            answer.settle(self.over.error)
        return answer

    def send(self, message: Mapping[str, object]) -> None:
        """Lost when the process is gone: whoever expects an answer is told so."""
        with suppress(BrokenPipeError), self._lock:
            self._talk.tell(json.dumps(message).encode() + b"\n")

    def ask(self, network: str, request: Mapping[str, object]) -> Mapping[str, object]:
        """The answer to one request; LocalnetError when it is refused, or the process is gone."""
        number = f"ask {next(self._numbers)}"
        answer = self.expect(network, number)
        self.send({**request, "network": network, "ask": number})
        if not answer.wait(ASK_SECONDS):
            raise ServiceError(
                f"the {self.name} did not answer {request.get('op')} within {ASK_SECONDS:g} s",
                f"read its output: {self.log}",
            )
        if answer.error:
            raise LocalnetError(answer.error, "correct what was asked for")
        return answer.event

    def listen(self, network: str, heed: Callable[[Mapping[str, object]], None]) -> None:
        """`heed` is called by the thread that reads, so it must not wait, least of all for an answer."""
        with self._lock:
            self._listeners[network] = heed

    def keep_journal(self, network: str, path: Path) -> None:
        """Append to that file what comes as `lines` of that network; an answer that comes after them is given when they are there."""
        with self._lock:
            self._journals[network] = File(path)

    def close(self) -> None:
        self._talk.close()
        self._reader.join()
        for file in self._journals.values():
            file.close()
        self._journals.clear()

    def _read(self) -> None:
        try:
            for line in self._talk.lines():
                self._take(json.loads(line))
            ending = f"the {self.name} process ended ({self._talk.ending()}): {tail(self.log)}"
        except OSError as error:
            ending = f"what the {self.name} tells cannot be kept: {error.strerror}"
        self.over.settle(ending)
        with self._lock:
            for waiting in self._answers.values():
                for answer in waiting:
                    answer.settle(ending)

    def _take(self, event: Mapping[str, Any]) -> None:
        happened = event["event"]
        if happened == LINES:
            self._journals[event["network"]].append(event["lines"].encode())
            return
        if happened == UNASKED:
            if heed := self._listeners.get(event["network"]):
                heed(event)
            return
        subject = event.get("ask") or event.get("service") or event.get("edge") or ""
        key = (event.get("network") or "", subject, "gone" if happened == "removed" else "there")
        with self._lock:
            waiting = self._answers.pop(key, [])
        for answer in waiting:
            answer.settle(event.get("error", "failed") if happened == "failed" else None, event)

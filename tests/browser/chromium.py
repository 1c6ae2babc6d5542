"""A headless Chromium, told over its DevTools protocol to open a page, to run a script in it, and which requests the page made."""

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import ProxyHandler, build_opener

from websockets.sync.client import ClientConnection, connect

PROGRAM = "chromium"
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-port=0",
    "--window-size=1500,900",
)
PATIENCE = 60.0
"""seconds"""
LOOK = 0.02


class Chromium:
    def __enter__(self) -> "Chromium":
        self._open = ExitStack()
        home = self._open.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self._process = subprocess.Popen(
            [PROGRAM, *SWITCHES, f"--user-data-dir={home}", "about:blank"], stderr=subprocess.DEVNULL
        )
        self._open.callback(self._end)
        port = self._told(Path(home) / "DevToolsActivePort").splitlines()[0]
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/json") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self._page: ClientConnection = self._open.enter_context(
            connect(page["webSocketDebuggerUrl"], max_size=None, proxy=None)
        )
        self._asked = 0
        self.requests: list[str] = []
        self.errors: list[str] = []
        for domain in ("Network", "Page", "Runtime"):
            self._ask(f"{domain}.enable")
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._open.close()

    def opens(self, file: Path) -> None:
        """Returns when the page says that it is ready."""
        self.requests.clear()
        self.errors.clear()
        self._ask("Page.navigate", url=file.as_uri())
        deadline = time.monotonic() + PATIENCE
        while not self.does("document.body && document.body.dataset.ready"):
            assert time.monotonic() < deadline, self.does("document.body.innerText")
            time.sleep(LOOK)

    def does(self, script: str) -> Any:
        """What the script comes to, in the page."""
        found = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def _ask(self, method: str, **parameters: object) -> Any:
        self._asked += 1
        self._page.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._page.recv(timeout=PATIENCE))
            if message.get("id") == self._asked:
                return message["result"]
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(message["params"]))

    def _told(self, file: Path) -> str:
        deadline = time.monotonic() + PATIENCE
        while not (file.exists() and "\n" in file.read_text()):
            assert self._process.poll() is None, f"{PROGRAM} ended"
            assert time.monotonic() < deadline, f"{PROGRAM} does not say where it listens"
            time.sleep(LOOK)
        return file.read_text()

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait()

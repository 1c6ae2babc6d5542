"""Work that goes on in a thread of its own, and what came of it."""

import threading
from collections.abc import Callable

from localnet.errors import LocalnetError


class Background:
    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._done = threading.Event()
        self.error: str | None = None
        self.next_step = ""
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether it is done by then, well or with an error."""
        return self._done.wait(seconds)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except LocalnetError as error:
            self.error, self.next_step = error.message, error.next_step
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
        self._done.set()

"""What a backend must offer."""

from typing import Protocol


class Backend(Protocol):
    name: str

    def close(self) -> None: ...

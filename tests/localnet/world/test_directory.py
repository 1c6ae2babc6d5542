"""Who asks the directory for a handle hears of every DID that was ever registered with it, however long the directory is."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localnet.errors import UndecidedError
from localnet.world import directory
from localnet.world.directory import Directory
from localnet.world.doors import Answer


class Exports:
    """A directory's `/export`: operations in order, so many at once."""

    def __init__(self, handles: list[str]) -> None:
        self.operations = [
            {"did": f"did:plc:{at}", "createdAt": f"t{at}", "operation": {"alsoKnownAs": [f"at://{handle}"]}}
            for at, handle in enumerate(handles)
        ]

    def get(self, path: str) -> Answer:
        after = path.partition("&after=")[2]
        start = 1 + int(after[1:]) if after else 0
        page = self.operations[start : start + directory.PAGE]
        return Answer(200, "\n".join(map(json.dumps, page)).encode())


def asking(door: object) -> Directory:
    asked = Directory(cast(Any, SimpleNamespace(url=lambda _: "http://127.0.0.1:1")))
    asked._door = cast(Any, door)
    return asked


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_every_page_is_read(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE", page)

    found = asking(Exports(["alice", "bob", "alice"])).dids_of("alice")

    assert found == {"did:plc:0", "did:plc:2"}


def test_a_directory_that_does_not_answer_decides_nothing() -> None:
    with pytest.raises(UndecidedError):
        asking(SimpleNamespace(get=lambda _: Answer(500, b""))).dids_of("alice")

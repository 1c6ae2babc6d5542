"""What an image is built from: the hash changes when the contents do and at no other time; the archive holds just these."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from localnet.backends.images.context import Context, tree
from localnet.backends.images.recipes import BRIDGE, NETWORK, RECIPES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text("a = 1\n")
    (tmp_path / "inner" / "__pycache__").mkdir()
    (tmp_path / "inner" / "__pycache__" / "a.pyc").write_bytes(b"\0")
    return tmp_path


def of(folder: Path) -> Context:
    return Context({"Dockerfile": "FROM x"}, tree(folder, "src"))


def test_the_archive_holds_what_was_named_without_owners_and_times(folder: Path) -> None:
    archive = io.BytesIO()

    of(folder).write(archive)

    archive.seek(0)
    with tarfile.open(fileobj=archive) as opened:
        members = opened.getmembers()
    assert [member.name for member in members] == ["Dockerfile", "src/inner/a.py"]
    assert {(member.mtime, member.uid, member.gid) for member in members} == {(0, 0, 0)}


CHANGES: dict[str, Callable[[Path], object]] = {
    "contents": lambda folder: (folder / "inner" / "a.py").write_text("a = 2\n"),
    "a name": lambda folder: (folder / "inner" / "a.py").rename(folder / "inner" / "b.py"),
    "a new file": lambda folder: (folder / "c").touch(),
    "a permission": lambda folder: (folder / "inner" / "a.py").chmod(0o755),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_hash_follows(folder: Path, change: Callable[[Path], object]) -> None:
    before = of(folder).hash

    change(folder)

    assert of(folder).hash != before


def test_the_hash_does_not_follow_times_and_caches(folder: Path) -> None:
    before = of(folder).hash

    os.utime(folder / "inner" / "a.py", (1, 1))
    (folder / "inner" / "__pycache__" / "a.pyc").write_bytes(b"\1")

    assert of(folder).hash == before


def test_our_images_hold_sources_and_nothing_of_the_checkout_around_them() -> None:
    files = {name for recipe in RECIPES.values() for name in recipe.context.files}

    assert not [name for name in files if ".venv" in name or ".git" in name or name.endswith(".pyc")]
    assert {"bridge/__main__.py", "bridge/migrations/001_bridge_tables.sql"} <= BRIDGE.context.files.keys()
    assert {
        "fakes/serve.py",
        "fakes/reader/page.html",
        "localnet/wire/__main__.py",
    } <= NETWORK.context.files.keys()


def test_each_image_has_a_tag_of_its_own() -> None:
    tags = {recipe.tag() for recipe in RECIPES.values()}

    assert len(tags) == len(RECIPES)
    assert all(tag.startswith("localnet/") for tag in tags)

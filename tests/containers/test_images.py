"""Our images as the engine has them: what is in them, when they are built again, and what an interrupted build leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from localnet.backends.engine import Engine
from localnet.backends.images.builder import LABEL, sweep_layers
from localnet.backends.images.choosing import image_for, wire_image
from localnet.backends.images.making import ensure_image, make_images
from localnet.backends.images.recipes import BRIDGE, NETWORK, POSTGRES
from localnet.backends.interface import Runs
from localnet.errors import LocalnetError, MachineError, UsageError

HERE = Path.cwd()
MOST_MEGABYTES = 250
PATIENCE = 30.0
"""seconds"""


@pytest.fixture(scope="session")
def made(engine: Engine) -> None:
    make_images(engine, print, "any")


@pytest.fixture
def forget(engine: Engine) -> Iterator[Callable[[str], str]]:
    """Removes the images named to it after the test."""
    named: list[str] = []

    def remember(image: str) -> str:
        named.append(image)
        return image

    yield remember
    for image in named:
        engine.images.remove(image)


def says(engine: Engine, image: str, *words: str) -> str:
    output = engine.containers.run(image, list(words), remove=True, network_mode="none")
    return str(output.decode().strip())


@pytest.mark.usefixtures("made")
def test_nothing_is_built_twice(engine: Engine) -> None:
    said: list[str] = []

    make_images(engine, said.append, "any")

    assert said
    assert all(sentence.endswith("is up to date") for sentence in said)


@pytest.mark.usefixtures("made")
def test_the_bridges_image_is_fit_to_be_deployed(engine: Engine) -> None:
    image = engine.images.get(ensure_image(engine, BRIDGE, print))

    assert image.attrs["Config"]["User"] == "10001:10001"
    assert image.attrs["Config"]["Healthcheck"]["Test"][-1] == "bridge.alive"
    assert image.attrs["Size"] < MOST_MEGABYTES * 1e6
    strangers = "[name for name in ('localnet', 'fakes', 'pytest', 'pip') if importlib.util.find_spec(name)]"
    script = f"import importlib.util, bridge.process; print({strangers})"
    assert says(engine, image.id, "python3", "-c", script) == "[]"


@pytest.mark.usefixtures("made")
def test_a_bridge_without_settings_names_the_first_it_lacks(engine: Engine) -> None:
    container = engine.containers.run(ensure_image(engine, BRIDGE, print), detach=True, network_mode="none")
    try:
        assert container.wait(timeout=PATIENCE)["StatusCode"] == 2
        assert b"must be set" in container.logs()
    finally:
        container.remove(force=True)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    "module",
    ["localnet.wire.serving", "fakes.plc", "fakes.pds", "fakes.relay", "fakes.media", "fakes.reader"],
)
def test_the_networks_image_has_all_that_its_programs_import(engine: Engine, module: str) -> None:
    assert (
        says(engine, wire_image(engine, print), "python3", "-c", f"import {module}; print('whole')")
        == "whole"
    )


@pytest.mark.usefixtures("made")
def test_what_the_images_import_is_compiled(engine: Engine) -> None:
    """An unprivileged user cannot keep what is compiled at a start, so it would be compiled at each."""
    script = "import fakes.serve, json, sys; print([name for name, module in sys.modules.items()"
    script += " if (module.__dict__.get('__cached__') or '') and not __import__('os').path.exists(module.__cached__)])"

    assert says(engine, wire_image(engine, print), "python3", "-c", script) == "[]"


@pytest.mark.usefixtures("made")
def test_postgres_starts_on_a_data_directory_that_is_there(engine: Engine) -> None:
    container = engine.containers.run(ensure_image(engine, POSTGRES, print), detach=True, network_mode="none")
    asked = [
        "psql",
        "-h",
        "/tmp",
        "-U",
        "localnet",
        "-At",
        "-c",
        "SELECT current_setting('fsync')",
        "template1",
    ]
    try:
        deadline = time.monotonic() + PATIENCE
        while (answer := container.exec_run(asked)).exit_code:
            assert time.monotonic() < deadline, answer.output
        assert answer.output == b"off\n"
        assert b"initdb" not in container.logs()
    finally:
        container.remove(force=True)


@pytest.mark.usefixtures("made")
def test_each_kind_of_service_finds_its_image(engine: Engine) -> None:
    kinds = {
        Runs("fake", ("pds",), HERE): NETWORK,
        Runs("builtin", ("postgres",), HERE): POSTGRES,
        Runs("command", ("python",), HERE, "localnet/bridge"): BRIDGE,
    }

    for runs, recipe in kinds.items():
        assert image_for(engine, "some", runs, print) == recipe.tag()


@pytest.mark.usefixtures("made")
def test_a_folder_is_built_once_and_again_when_it_changes(
    engine: Engine, tmp_path: Path, forget: Callable[[str], str]
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {NETWORK.tag()}\nCOPY text /text\nCMD cat /text\n")
    (tmp_path / "text").write_text("one")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("main")
    runs, said = Runs("build", (str(tmp_path),), HERE), list[str]()

    first = forget(image_for(engine, "mine", runs, said.append))
    (tmp_path / ".git" / "HEAD").write_text("other")
    again = image_for(engine, "mine", runs, said.append)
    (tmp_path / "text").write_text("two")
    changed = forget(image_for(engine, "mine", runs, said.append))

    assert first == again != changed
    assert says(engine, changed) == "two"
    assert len(said) == 2


@pytest.mark.usefixtures("made")
def test_a_step_that_fails_is_shown(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {NETWORK.tag()}\nRUN echo the reason; exit 7\n")

    with pytest.raises(MachineError, match="the reason") as raised:
        image_for(engine, "mine", Runs("build", (str(tmp_path),), HERE), print)

    assert "returned a non-zero code: 7" in raised.value.message


@pytest.mark.usefixtures("made")
def test_a_program_is_put_on_a_base_and_started_as_nobody_special(
    engine: Engine, tmp_path: Path, forget: Callable[[str], str]
) -> None:
    (tmp_path / "program").write_text("#!/bin/sh\nid -u\n")
    (tmp_path / "program").chmod(0o755)

    image = forget(image_for(engine, "mine", Runs("binary", (str(tmp_path / "program"),), HERE), print))

    assert says(engine, image) == "10001"


MISSING: dict[str, tuple[Runs, type[LocalnetError], str, str]] = {
    "an image": (
        Runs("image", ("nobody/has-this:1",), HERE),
        MachineError,
        "nobody/has-this:1",
        "docker pull nobody/has-this:1",
    ),
    "a Dockerfile": (Runs("build", ("/nowhere",), HERE), UsageError, "/nowhere", "--set mine.build"),
    "a program": (Runs("binary", ("/nowhere",), HERE), UsageError, "/nowhere", "--set mine.binary"),
    "a base for a program": (
        Runs("binary", ("/bin/sh",), HERE, "nobody/has-this:1"),
        MachineError,
        "nobody/has-this:1",
        "docker pull nobody/has-this:1",
    ),
    "any image at all": (
        Runs("command", ("python",), HERE),
        UsageError,
        "`command` alone",
        "--set mine.image",
    ),
}


@pytest.mark.parametrize(("runs", "kind", "named", "mended"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_named_with_what_mends_it(
    engine: Engine, runs: Runs, kind: type[LocalnetError], named: str, mended: str
) -> None:
    with pytest.raises(kind) as raised:
        image_for(engine, "mine", runs, print)

    assert named in raised.value.message
    assert mended in raised.value.next_step
    assert raised.value.exit_code == 3


def test_an_image_of_ours_without_a_base_says_how_to_get_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localnet.backends.images.making.bases.exists", lambda _engine, _image: False)
    monkeypatch.setattr("localnet.backends.images.making.bases.present", lambda _engine, _name: None)

    with pytest.raises(MachineError, match=r"localnet/network:\w+") as raised:
        wire_image(engine, print)

    assert "make images" in raised.value.next_step
    assert "make images OFFLINE=1" in raised.value.next_step


SLOW_BUILD = """
import sys
from pathlib import Path
from localnet.backends.engine import connect
from localnet.backends.images.choosing import image_for
from localnet.backends.interface import Runs
image_for(connect(), "slow", Runs("build", (sys.argv[1],), Path.cwd()), print)
"""


@pytest.mark.usefixtures("made")
def test_a_build_that_was_killed_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"FROM {NETWORK.tag()}\nLABEL {LABEL}=slow\nUSER root\nRUN echo {time.time()} > /mark\nRUN sleep 300\n"
    )
    process = subprocess.Popen([sys.executable, "-c", SLOW_BUILD, str(tmp_path)], stdout=subprocess.DEVNULL)
    until(lambda: len(ours(engine)) > 0)

    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    until(lambda: not ours(engine))
    assert sweep_layers(engine) > 0
    assert not engine.images.list(filters={"dangling": True, "label": LABEL})
    with pytest.raises(ImageNotFound):
        engine.images.get("localnet/build-slow")


def ours(engine: Engine) -> list[str]:
    """Containers in which that build is at work."""
    found = engine.containers.list(all=True, filters={"label": f"{LABEL}=slow"})
    return [container.id for container in found]


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)

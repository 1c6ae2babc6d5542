"""The clock shim built by the engine, for its own kind of machine, where the machine we are on cannot: in an image with a C compiler."""

import os
from collections.abc import Callable
from pathlib import Path

from localnet.backends.clock_shim import COMPILER_IMAGE, FLAGS, SOURCE
from localnet.backends.containers.marks import labels
from localnet.backends.engine import Engine, answered

RUN = "compiler"
"""no run of ours, so a sweep removes what is left of it"""
SCRIPT = f"""printf %s "$SOURCE" > /tmp/shim.c && cc {" ".join(FLAGS)} -o /tmp/shim.so /tmp/shim.c && cat /tmp/shim.so"""


def compiler(engine: Engine, root: Path) -> Callable[[], bytes] | None:
    """None where no such image is named. `root`: where runs lie, which marks what is ours."""
    image = os.environ.get(COMPILER_IMAGE)

    def build() -> bytes:
        with answered(f"build the clock shim in {image}"):
            built: bytes = engine.containers.run(
                image,
                ["-c", SCRIPT],
                entrypoint="sh",
                environment={"SOURCE": SOURCE.read_text()},
                network_mode="none",
                labels=labels(RUN, root),
                remove=True,
            )
        return built

    return build if image else None

"""`python -m localnet.backends.images`: make what is missing of our images, and say what is being done.

`--bases registry` (the default) pulls bases that are missing, `debian` makes them from Debian packages, `any` takes what is there or can be had.
"""

import argparse
import sys
import threading
import time

from localnet.backends.engine import connect
from localnet.backends.images.bringing import SOURCES
from localnet.backends.images.making import make_images
from localnet.errors import LocalnetError

SILENCE = 5.0
"""seconds"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localnet.backends.images")
    parser.add_argument("--bases", choices=SOURCES, default="registry", help="where missing bases come from")
    given = parser.parse_args()
    try:
        engine = connect()
        make_images(engine, Saying().say, given.bases)
        engine.close()
    except LocalnetError as error:
        print(f"localnet: {error.message}\nnext: {error.next_step}", file=sys.stderr)
        return error.exit_code
    return 0


class Saying:
    """Sentences with the time they were said at; the last one again while it takes long."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()
        self._doing = ""
        threading.Thread(target=self._repeat, daemon=True).start()

    def say(self, doing: str) -> None:
        self._said, self._doing = time.monotonic(), doing
        print(f"{self._said - self._began:6.1f} s  {doing}", file=sys.stderr, flush=True)

    def _repeat(self) -> None:
        while True:
            time.sleep(SILENCE)
            if self._doing and time.monotonic() - self._said >= SILENCE:
                self.say(self._doing.removesuffix(" …") + " …")


if __name__ == "__main__":
    sys.exit(main())

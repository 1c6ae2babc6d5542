"""`python -m localnet.backends.images`: make what is missing of our images, on bases from a registry; `--offline`: from Debian packages."""

import argparse
import sys
import time

from localnet.backends.engine import connect
from localnet.backends.images.making import make_images
from localnet.errors import LocalnetError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localnet.backends.images")
    parser.add_argument("--offline", action="store_true", help="bases from Debian packages")
    given = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", file=sys.stderr, flush=True)

    try:
        engine = connect()
        make_images(engine, say, offline=given.offline)
        engine.close()
    except LocalnetError as error:
        print(f"localnet: {error.message}\nnext: {error.next_step}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

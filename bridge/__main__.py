"""`python -m bridge`. See `bridge.process`."""

import gc
import sys


def main() -> int:
    gc.disable()  # looking for garbage among modules being imported is a tenth of the start-up time
    from bridge import process

    gc.freeze()
    gc.enable()
    return process.main()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m localnet.clock FILE REAL SHOWN RATE SECONDS`: show a reading in a clock file, and say whether it was heard within so many seconds.

For a file that only a container of ours can reach. Ends with 0 when it was heard, with 1 when nobody asked.
"""

import sys
from pathlib import Path

from localnet.clock.file import ClockFile
from localnet.clock.reading import Reading


def main(arguments: list[str]) -> int:
    path, *numbers = arguments
    real, shown, rate, seconds = map(float, numbers)
    file = ClockFile(Path(path))
    return 0 if file.was_heard(file.show(Reading(real, shown, rate)), seconds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Clock files from the command line, for those that only a container of ours can reach.

python -m localnet.clock FILE REAL SHOWN RATE      show this reading; prints its generation
python -m localnet.clock FILE GENERATION SECONDS   prints `heard` once somebody has asked since, or `unheard`
"""

import sys
from pathlib import Path

from localnet.clock.file import ClockFile
from localnet.clock.reading import Reading


def main(arguments: list[str]) -> None:
    path, *numbers = arguments
    file = ClockFile(Path(path))
    if len(numbers) == len(vars(Reading())):
        print(file.show(Reading(*map(float, numbers))))
    else:
        generation, seconds = numbers
        print("heard" if file.was_heard(int(generation), float(seconds)) else "unheard")


if __name__ == "__main__":
    main(sys.argv[1:])

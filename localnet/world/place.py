"""What the scenarios of one network hand on to each other: who was there, what broke, which second comes next."""

from dataclasses import dataclass, field

from localnet.network.view import View
from localnet.world.catalogue import Catalogue
from localnet.world.outputs import Outputs
from localnet.world.person import Person

HEAD_START = 300
"""seconds by which what people sign is dated back"""


@dataclass
class Place:
    """A network as its scenarios share it, one after the other."""

    network: View
    catalogue: Catalogue
    broken: set[str] = field(default_factory=set)
    """promises that already broke, here or on an earlier network: nobody waits for them as long again"""
    last_second: int = 0
    head_start: int = HEAD_START
    people: int = 0
    sentinel: Person | None = None
    has_own_clock: bool = False
    """whether a scenario may move it"""
    outputs: Outputs = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = Outputs(self.network)

    def next_second(self) -> int:
        """Unix seconds, each later than all before, since some bridges tell events apart by it; and
        none in the future, however many are asked for at once.
        """
        self.last_second = max(int(self.network.time()) - self.head_start, self.last_second + 1)
        return self.last_second

    def person_number(self) -> int:
        self.people += 1
        return self.people

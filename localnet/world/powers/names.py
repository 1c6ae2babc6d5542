"""What the name service does to a bridge: fail, refuse its token, or take a handle and not resolve it yet."""

from localnet.world.person import Person
from localnet.world.powers.grants import Grant, Grants

SERVICE = "names"


class NamesPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def is_slow_to_resolve(self, person: Person) -> Grant:
        """It accepts whatever it is told of their handle, and resolves it as before until the power ends."""
        return self._ask(f"is slow to resolve {person}", "stale", person.name)

    def breaks_down_over(self, person: Person, times: int = 1) -> Grant:
        """So many times it answers 500 when it is told of them."""
        return self._ask(f"breaks down over {person}", "broken", person.name, times)

    def refuses_the_token(self, times: int = 1) -> Grant:
        return self._ask("refuses the bridge's token", "unauthorized", "", times)

    def _ask(self, says: str, name: str, on: str, times: int | None = None) -> Grant:
        return self._grants.ask(SERVICE, f"it {says}", name, on, times)

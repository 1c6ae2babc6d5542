"""What keycast does to a bridge: fail, refuse its token, or not know a person; and what it thinks of somebody in the end."""

from localnet.world.expect import Matcher
from localnet.world.person import Person
from localnet.world.powers.grants import Grant, Grants

SERVICE = "keycast"


class KeycastPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def breaks_down_over(self, person: Person, times: int = 1) -> Grant:
        """So many times it answers 500 when it is told of them."""
        return self._ask(f"breaks down over {person}", "broken", person.pubkey, times)

    def refuses_the_token(self, times: int = 1) -> Grant:
        return self._ask("refuses the bridge's token", "unauthorized", "", times)

    def does_not_know(self, person: Person) -> Grant:
        return self._ask(f"does not know {person}", "unknown", person.pubkey)

    def has(self, person: Person, state: str) -> Matcher:
        """It thinks that their account is in this state (ready, with the DID that the bridge gave them)."""

        def is_wrong() -> str | None:
            user = self._grants.door(SERVICE).get(f"/_control/users/{person.pubkey}").json()
            did = person.did if state == "ready" else None
            if (user["state"], user["did"]) == (state, did):
                return None
            return f"keycast has {person} as {user['state']} with DID {user['did']}"

        return Matcher(f"keycast has {person} as {state}", is_wrong, person.ids)

    def _ask(self, says: str, name: str, on: str, times: int | None = None) -> Grant:
        return self._grants.ask(SERVICE, f"it {says}", name, on, times)

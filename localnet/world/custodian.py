"""Who keeps the recovery key of the identities a bridge makes, and can take one back with it at the PLC directory.

The bridge is told the key's public half (RECOVERY_KEY) and puts it before its own. Rules: did:plc, "account recovery"; for 72 hours
an operation of a lesser key can be overruled.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from fakes.atproto.keys import PrivateKey
from fakes.atproto.plc import cid_of, sign_operation
from localnet.errors import UndecidedError
from localnet.network.view import View
from localnet.world.doors import Answer, Door
from localnet.world.expect import Final, Matcher
from localnet.world.person import Person
from localnet.world.promises import NotApplicable

KEY = PrivateKey(hashlib.sha256(b"localnet recovery key").digest())
RECOVERY_KEY = {"PLC_RECOVERY_ROTATION_DID_KEYS": KEY.did_key}
"""for `@own_network(env=RECOVERY_KEY)`"""


class Custodian:
    def __init__(self, network: View, happened: Callable[[], None]) -> None:
        self._plc = Door("plc", network.url("plc"))
        self._happened = happened
        self._answer: Answer | None = None

    def takes_back(self, person: Person) -> None:
        """Overrule what was done with lesser keys since the identity was made; from then on this key alone rules it."""
        self._happened()
        log, data = self._ask(f"/{person.did}/log"), self._ask(f"/{person.did}/data")
        if len(log) < 2:
            raise NotApplicable(f"nothing was done to {person.name}'s identity since it was made")
        kept = {name: data[name] for name in ("verificationMethods", "alsoKnownAs", "services")}
        operation = {
            "type": "plc_operation",
            **kept,
            "rotationKeys": [KEY.did_key],
            "prev": str(cid_of(log[0])),
        }
        self._answer = self._plc.post(f"/{person.did}", sign_operation(operation, KEY))

    def holds(self, person: Person) -> Matcher:
        return Matcher(
            f"{person.name}'s identity is in the custodian's hands",
            lambda: self._not_held(person),
            person.ids,
        )

    def is_refused(self, person: Person) -> Matcher:
        return Matcher(
            f"{person.name}'s identity stays with the bridge", lambda: self._not_refused(person), person.ids
        )

    def _not_held(self, person: Person) -> str | None:
        keys = self._keys(person)
        return None if keys == [KEY.did_key] else Final(f"the directory answers {self._answer}; keys: {keys}")

    def _not_refused(self, person: Person) -> str | None:
        keys = self._keys(person)
        if self._answer is None or self._answer.is_good or keys[1:] == []:
            return Final(f"the directory answers {self._answer}; keys: {keys}")
        return None

    def _keys(self, person: Person) -> list[str]:
        keys: list[str] = self._ask(f"/{person.did}/data")["rotationKeys"]
        return keys

    def _ask(self, path: str) -> Any:
        answer = self._plc.get(path)
        if not answer.is_good:
            raise UndecidedError(f"the PLC directory answers {answer}", "see `localnet trace` for the hop")
        return answer.json()

"""The PLC directory as anybody may read it: which DIDs were ever registered for a handle."""

import json
from urllib.parse import quote

from localnet.errors import UndecidedError
from localnet.network.view import View
from localnet.world.doors import Door

PAGE = 1000
"""operations; the most the directory gives at once"""


class Directory:
    def __init__(self, network: View) -> None:
        self._door = Door("plc", network.url("plc"))

    def dids_of(self, handle: str) -> set[str]:
        """By what their first or any later operation says."""
        found: set[str] = set()
        after = ""
        while True:
            answer = self._door.get(f"/export?count={PAGE}{after}")
            if not answer.is_good:
                raise UndecidedError(f"the directory does not export: {answer}", "see `localnet logs plc`")
            operations = [json.loads(line) for line in answer.body.splitlines() if line.strip()]
            found |= {
                one["did"]
                for one in operations
                if f"at://{handle}" in one["operation"].get("alsoKnownAs", ())
            }
            if len(operations) < PAGE:
                return found
            after = f"&after={quote(operations[-1]['createdAt'])}"

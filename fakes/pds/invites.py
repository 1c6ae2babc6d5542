"""Invite codes: how often each may be used, by whom it was, and whether it still counts."""

from dataclasses import dataclass, replace

from fakes.pds.errors import InvalidRequestError


@dataclass(frozen=True)
class Invite:
    code: str
    available: int
    for_account: str
    created_by: str
    created_at: float
    disabled: bool = False
    uses: tuple[tuple[str, float], ...] = ()

    @property
    def usable(self) -> bool:
        return not self.disabled and len(self.uses) < self.available


class Invites:
    def __init__(self) -> None:
        self._by_code: dict[str, Invite] = {}

    def add(self, invite: Invite) -> None:
        self._by_code[invite.code] = invite

    def check(self, code: str) -> None:
        invite = self._by_code.get(code)
        if invite is None or not invite.usable:
            raise InvalidRequestError(
                "Provided invite code not available", "InvalidInviteCode", case="invite not available"
            )

    def use(self, code: str, did: str, at: float) -> None:
        self.check(code)
        invite = self._by_code[code]
        self._by_code[code] = replace(invite, uses=(*invite.uses, (did, at)))

    def disable(self, code: str) -> None:
        if code in self._by_code:
            self._by_code[code] = replace(self._by_code[code], disabled=True)

    def all(self) -> list[Invite]:
        """Newest first."""
        return sorted(self._by_code.values(), key=lambda invite: -invite.created_at)

    def of_account(self, did: str) -> list[Invite]:
        return [invite for invite in self.all() if invite.for_account == did]

    def used_by(self, did: str) -> Invite | None:
        return next((i for i in self.all() if any(user == did for user, _ in i.uses)), None)

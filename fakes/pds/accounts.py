"""Accounts and the book that finds them by DID, handle or e-mail address.

An account is a value: a change is a new value put into the book. What its repository holds is kept elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fakes.atproto.keys import PrivateKey
from fakes.pds.errors import BrokenError


@dataclass(frozen=True)
class Account:
    did: str
    handle: str
    email: str | None
    password: str | None
    signing_key: PrivateKey
    created_at: float
    deactivated_at: float | None = None
    delete_after: str | None = None
    takedown_ref: str | None = None
    email_confirmed: bool = False
    invites_disabled: bool = False

    @property
    def active(self) -> bool:
        return self.status is None

    @property
    def status(self) -> str | None:
        """Why the account is not active, in the protocol's word; None when it is."""
        if self.takedown_ref is not None:
            return "takendown"
        return "deactivated" if self.deactivated_at is not None else None


class Accounts:
    """No two accounts share a DID, a handle or an address, whatever state they are in."""

    def __init__(self) -> None:
        self._by_did: dict[str, Account] = {}
        self._by_handle: dict[str, str] = {}
        self._by_email: dict[str, str] = {}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_did.values())

    def add(self, account: Account) -> None:
        taken = (
            account.did in self._by_did
            or account.handle in self._by_handle
            or _folded(account.email) in self._by_email
        )
        if taken:
            raise BrokenError(
                f"{account.did} {account.handle}: taken by another account", case="account not unique"
            )
        self._put(account)

    def change(self, account: Account, **fields: object) -> Account:
        """The account with these fields, put in the place of the old one."""
        changed = replace(self._by_did[account.did], **fields)  # type: ignore[arg-type]
        owner = self._by_handle.get(changed.handle, changed.did)
        if owner != changed.did or self._by_email.get(_folded(changed.email), changed.did) != changed.did:
            raise BrokenError(f"{changed.did}: handle or address taken", case="account not unique")
        self._forget(self._by_did[account.did])
        self._put(changed)
        return changed

    def remove(self, did: str) -> Account | None:
        account = self._by_did.pop(did, None)
        if account is not None:
            self._forget(account)
        return account

    def get(self, did_or_handle: str) -> Account | None:
        did = did_or_handle if did_or_handle.startswith("did:") else self._by_handle.get(did_or_handle, "")
        return self._by_did.get(did)

    def by_email(self, email: str) -> Account | None:
        return self._by_did.get(self._by_email.get(_folded(email), ""))

    def _put(self, account: Account) -> None:
        self._by_did[account.did] = account
        self._by_handle[account.handle] = account.did
        if account.email is not None:
            self._by_email[_folded(account.email)] = account.did

    def _forget(self, account: Account) -> None:
        del self._by_handle[account.handle]
        self._by_email.pop(_folded(account.email), None)


def _folded(email: str | None) -> str:
    return (email or "").lower()

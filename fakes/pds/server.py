"""The state of one PDS: its accounts, what belongs to each, and what it has told the firehose.

The core's root: registration, login and writing are functions over it (`registration.py`, `login.py`,
`publishing.py`). Time is an argument of whatever depends on it; entropy is given once. No HTTP, no I/O.
"""

from dataclasses import dataclass, field

from fakes.atproto.keys import PrivateKey
from fakes.atproto.tid import TidClock
from fakes.pds.accounts import Account, Accounts
from fakes.pds.blobs import Blobs
from fakes.pds.configuration import Configuration
from fakes.pds.errors import AuthRequiredError, ForbiddenError, InvalidRequestError
from fakes.pds.invites import Invites
from fakes.pds.passwords import AppPassword, Entropy, random_base32
from fakes.pds.repository import Repository
from fakes.pds.sequencer import Sequencer
from fakes.pds.sessions import Sessions
from fakes.pds.subjects import Subjects
from fakes.pds.tokens import KeySigner, SecretSigner, Tokens


@dataclass
class Holding:
    """What belongs to one account."""

    repository: Repository
    revisions: TidClock
    blobs: Blobs = field(default_factory=Blobs)
    app_passwords: dict[str, AppPassword] = field(default_factory=dict)
    taken_down_records: set[str] = field(default_factory=set)
    subjects: Subjects = field(default_factory=Subjects)


class Pds:
    def __init__(self, configuration: Configuration, entropy: Entropy) -> None:
        self.configuration = configuration
        self.dialect = configuration.dialect
        self.entropy = entropy
        self.accounts = Accounts()
        self.invites = Invites()
        self.sessions = Sessions(entropy)
        self.sequencer = Sequencer(self.dialect.prev_data, self.dialect.nulls)
        self.holdings: dict[str, Holding] = {}
        self.rotation_key = PrivateKey.generate(entropy)
        self.server_key = PrivateKey.generate(entropy)
        self.reserved_keys: dict[str, PrivateKey] = {}
        self.record_keys = TidClock(int.from_bytes(entropy(2)) % 1024)
        signer = (
            KeySigner(self.server_key) if self.dialect.session_key else SecretSigner(configuration.jwt_secret)
        )
        self.tokens = Tokens(signer, configuration.service_did, plain=self.dialect.plain_tokens)

    def new_signing_key(self) -> PrivateKey:
        return self.server_key if self.dialect.one_signing_key else PrivateKey.generate(self.entropy)

    def new_revisions(self) -> TidClock:
        return TidClock(int.from_bytes(self.entropy(2)) % 1024)

    def new_invite_code(self) -> str:
        text = random_base32(self.entropy, 10)
        return f"{self.configuration.hostname.replace('.', '-')}-{text[:5]}-{text[5:]}"

    def visible(self, did_or_handle: str) -> Account | None:
        """The account if it is active."""
        account = self.accounts.get(did_or_handle)
        return account if account is not None and account.active else None

    def standing(self, did_or_handle: str) -> Account | None:
        """The account unless it was taken down."""
        account = self.accounts.get(did_or_handle)
        return account if account is not None and account.takedown_ref is None else None

    def session_account(self, did: str, *, deactivated: bool = True) -> Account:
        """The account a session speaks for; `deactivated` lets a deactivated one pass."""
        account = self.standing(did)
        if account is None or not (account.active or deactivated):
            raise InvalidRequestError(
                f"Could not find user info for account: {did}", case="session account unknown"
            )
        return account

    def writable(self, did_or_handle: str, *, deactivated: bool = False) -> Account:
        """The account if it may write; `deactivated` lets a deactivated one pass."""
        account = self.accounts.get(did_or_handle)
        if account is None:
            raise ForbiddenError("Account not found", case="account unknown")
        if account.takedown_ref is not None:
            raise AuthRequiredError(
                "Account has been taken down", "AccountTakedown", case="account taken down", about=account.did
            )
        if account.deactivated_at is not None and not deactivated:
            raise AuthRequiredError(
                "Account is deactivated",
                "AccountDeactivated",
                case="account deactivated",
                about=account.did,
            )
        return account

    def readable(self, did_or_handle: str, owner: bool = False) -> Account:
        """The account if its repository may be read by whoever asks."""
        account = self.accounts.get(did_or_handle)
        if account is None:
            raise InvalidRequestError(f"Could not find repo for DID: {did_or_handle}", "RepoNotFound")
        if account.active or owner:
            return account
        if account.takedown_ref is not None:
            raise InvalidRequestError(f"Repo has been takendown: {did_or_handle}", "RepoTakendown")
        raise InvalidRequestError(f"Repo has been deactivated: {did_or_handle}", "RepoDeactivated")

"""What a dialect is: how a server's answers differ from the reference server's, as data.

The core asks the dialect by field; errors carry a `case`, and the routes look up here whether the dialect
answers it otherwise. The reference is `@atproto/pds` 0.5. Differences: `rsky/`; which dialects there are:
`configuration.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Status, error name and message of a refusal; None leaves the reference's message as it is."""

    status: int
    name: str
    message: str | None = None


@dataclass(frozen=True)
class BlobRule:
    """What a blob may be: types and size."""

    accept: tuple[str, ...]
    largest: int

    def allows(self, kind: str, size: int) -> bool:
        return kind in self.accept and size <= self.largest


@dataclass(frozen=True)
class ServiceAuth:
    """getServiceAuth: what is judged and said."""

    judges_audience: bool = True
    app_passwords: bool = True
    zero_is_none: bool = True
    """`exp=0` asks for the usual life; otherwise it is past."""
    unprotected: frozenset[str] = frozenset()
    """Methods that may be asked for although the reference server keeps them for the account's own client."""
    bare: bool = False
    """The token says no `iat`, and `lxm` even when it is null."""


@dataclass(frozen=True)
class Pages:
    """What is not a method, and what all answers carry."""

    json_type: str = "application/json; charset=utf-8"
    varies: bool = True
    """Answers say what they depend on (Vary, Cache-Control)."""
    missing_user_type: str = "text/html; charset=utf-8"
    scopes: bool = True
    """oauth-protected-resource says scopes, methods and documentation."""
    own_did: bool = False
    """The server's own DID document is at .well-known/did.json."""
    preflight: tuple[int, str | None] = (204, "86400")
    """Status and Access-Control-Max-Age."""


@dataclass(frozen=True)
class Dialect:
    name: str
    session_key: bool = False
    """Session tokens are signed with a key (ES256K) instead of a shared secret (HS256)."""
    one_signing_key: bool = False
    """All accounts sign with the server's one key instead of a key each."""
    admin_signs_up: bool = False
    """createAccount takes the admin's Basic authorization."""
    proof_of_did: bool = True
    """createAccount with `did` wants a service-auth token signed by the DID's key."""
    import_life: float | None = None
    """Seconds after which an imported account that was never activated is due for deletion."""
    tombstones: bool = True
    """A sign-up that fails after the DID was minted gives the DID back."""
    lexical: bool = True
    """Records are judged by their lexicon, and write replies say `commit` and `validationStatus`."""
    session_status: bool = True
    """Session replies carry `active` and `status`."""
    deactivated_session: bool = True
    """getSession answers for a deactivated account."""
    guards_writers: bool = False
    """Who writes or uploads must have an active account; the account is looked at before anything else."""
    truncates_blobs: bool = False
    """A blob over the limit is cut there instead of refused."""
    describes_blob_limit: bool = True
    prev_data: bool = True
    """Commits on the firehose carry `prevData`."""
    future_cursor_closes: bool = True
    admin_owns_repositories: bool = True
    """The admin may read a repository that is not active."""
    plain_tokens: bool = False
    """Session tokens are of type JWT, told apart by their scope; a service-auth token counts as one."""
    exact_schemes: bool = False
    """An authorization that does not start with `Bearer ` or `Basic ` is none."""
    loose_params: bool = False
    """Of a query only what is required counts; what cannot be read is left out, formats are not judged."""
    loose_input: bool = False
    """A JSON body is judged by its keys and types only; null is absent."""
    forwarded: frozenset[str] = frozenset()
    """Cases in which a call goes on to whatever service it may be meant for, if a session makes it."""
    absent: frozenset[str] = frozenset()
    """Methods that the server does not have."""
    guarded: frozenset[str] = frozenset()
    """Methods that want a session where the reference server wants none."""
    broken: frozenset[str] = frozenset()
    """Methods that always fail, for whoever may call them."""
    late_invites: bool = False
    """Whether an invite still counts is found out after the DID was minted."""
    plausible_emails: bool = True
    """An address must have a real top-level domain and be none to throw away."""
    longest_password: int | None = 256
    rotates_by_signing_key: bool = False
    """submitPlcOperation looks for the signing key where the server's rotation key should be."""
    same_handle_is_sent: bool = True
    """A change to the handle that the account has already is an operation for the PLC directory like any other."""
    handle_folding: bool = True
    """resolveHandle takes any spelling of a handle, and only handles."""
    takendown_sessions: bool = True
    """createSession may be told to let in an account that was taken down."""
    names_renewed: bool = True
    """refreshSession says the address."""
    service_auth: ServiceAuth = ServiceAuth()
    app_privileges: bool = True
    """App passwords say whether they are privileged."""
    one_per_subject: bool = True
    """A second like, repost, follow or block of the same subject takes the place of the first."""
    blob_rules: Mapping[str, Mapping[str, BlobRule]] | None = None
    """By record type and path: what a blob there may be; one at another path is refused. None: no rules."""
    bare_deletions: bool = False
    """deleteRecord and applyWrites answer without a body."""
    literal_uploads: bool = False
    """An upload is kept as it was sent, under the whole Content-Type."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What types found in a blob's first bytes are called, where that differs; see `sniffing.sniff`."""
    rows_as_values: bool = False
    """listRecords gives the server's own row in the place of a record."""
    nulls: bool = False
    """What is absent is told as null."""
    standings: Mapping[str, str] = field(default_factory=dict)
    """What getRepoStatus calls the state of an account."""
    announces_deactivation: bool = True
    """The firehose is told when an account deactivates itself, not only when the admin does it."""
    pages: Pages = Pages()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By the case of an error."""
    failures: Mapping[str, Answer] = field(default_factory=dict)
    """By the NSID of a method: every failure of it that is not about who calls is told this way."""
    intruders: Mapping[str, Answer] = field(default_factory=dict)
    """By the NSID of a method: how it refuses a caller."""
    failure: Answer | None = None
    """How whatever has no answer above is told."""


@dataclass(frozen=True)
class Difference:
    says: str
    source: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    failures: Mapping[str, Answer] = field(default_factory=dict)


REFERENCE = Dialect("reference")


def apply(base: Dialect, name: str, differences: tuple[Difference, ...]) -> Dialect:
    fields: dict[str, Any] = {}
    answers, failures = dict(base.answers), dict(base.failures)
    for difference in differences:
        fields |= difference.fields
        answers |= difference.answers
        failures |= difference.failures
    return replace(base, name=name, answers=answers, failures=failures, **fields)

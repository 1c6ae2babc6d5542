"""Which handles may be registered here. Pure rules; whether a handle is taken is the account book's business.

Rules: https://atproto.com/specs/handle and the reference server's constraints on its own domains.
"""

from fakes.atproto.syntax import is_handle
from fakes.pds.errors import InvalidRequestError

SHORTEST, LONGEST = 3, 18

_REFUSED_TLDS = (
    ".local",
    ".arpa",
    ".invalid",
    ".localhost",
    ".internal",
    ".example",
    ".alt",
    ".onion",
)

_RESERVED_NAMES = """
    about abuse account accounts admin administrator admins api app apps at atp atproto auth billing
    blog bluesky bsky cdn config contact copyright dashboard data default dev developer developers did
    dns dns1 docs domain download email error example explore faq feed ftp handle help home host
    hostmaster https imap info invite lex lexicon legal login logout mail me media moderator news
    noreply nsid null oauth official pds plc policy pop3 postmaster press privacy profile public
    register repo root search security self server settings shop signin signup smtp ssl staff static
    status support sysadmin system team terms test tid undefined user username users webmaster wiki www
    xrpc
"""
_RESERVED = frozenset(_RESERVED_NAMES.split())


def normalize(handle: str) -> str:
    """Lower case; InvalidHandle if it is no handle at all."""
    folded = handle.lower()
    if not is_handle(folded):
        raise _invalid("Invalid handle")
    return folded


def check_registrable(handle: str) -> None:
    if handle.endswith(_REFUSED_TLDS):
        raise _invalid("Handle TLD is invalid or disallowed")


def service_domain(handle: str, domains: tuple[str, ...]) -> str | None:
    """The server's own domain that the handle lies in, if any."""
    return next((domain for domain in domains if handle.endswith(domain)), None)


def check_label(handle: str, domain: str, allow_reserved: bool = False) -> None:
    """What the server asks of the part of a handle before its own domain."""
    label = handle.removesuffix(domain)
    if "." in label:
        raise _invalid("Invalid characters in handle")
    if len(label) < SHORTEST:
        raise _invalid("Handle too short")
    if len(label) > LONGEST:
        raise _invalid("Handle too long")
    if not allow_reserved and label in _RESERVED:
        raise InvalidRequestError("Reserved handle", "HandleNotAvailable", case="handle reserved")


def _invalid(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, "InvalidHandle", case="handle invalid")

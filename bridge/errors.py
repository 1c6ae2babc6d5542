"""What can go wrong, as a tree; a class is named for what its catcher should conclude.

    BridgeError              something the bridge could not do; one line, its cause in __cause__
    ├── ConfigError          the process was started wrongly; nothing has begun
    ├── Invalid              the caller asked for something that cannot be meant
    ├── Conflict             what is asked for stands against what is there
    ├── Transient            ask again later (the remote was unreachable, busy or broken)
    ├── Refused              the remote understood and said no; asking again gives the same answer
    │   └── AccountInactive  ... because the account is deactivated or taken down
    ├── AccessRefused        the credential shown was not accepted; another one may be
    └── SessionLost          no credential of this account works any more; a person has to act

Messages carry status, error name and text of the remote; `chain` joins a message with its causes, which is
what operators get to read.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic|DPoP)\s+[\w.~+/=-]{8,}")


class BridgeError(Exception):
    """Something the bridge could not do."""


class ConfigError(BridgeError):
    """A setting is missing or cannot be understood; the message names it."""


class Invalid(BridgeError):
    """The request cannot be meant as it stands."""


class Conflict(BridgeError):
    """Somebody or something else stands in the way."""


class Transient(BridgeError):
    """May work later. `retry_after` is the wait in seconds the remote asked for, if it did."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status
        self.name = name


class Refused(BridgeError):
    """The remote said no for good. `name` is the XRPC error name, if it gave one."""

    def __init__(self, message: str, *, status: int | None = None, name: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name


class AccountInactive(Refused):
    """The account is deactivated or taken down on its PDS."""


class AccessRefused(BridgeError):
    """The token or password shown was not accepted."""

    def __init__(self, message: str, *, status: int | None = None, name: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name


class SessionLost(BridgeError):
    """The account has no session and none can be had with what is stored."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, outermost first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def chain(error: BaseException) -> str:
    """The whole cause chain in one line, without credentials."""
    return redact(": ".join(_line(cause) for cause in causes(error)))


def redact(text: str) -> str:
    """Replace whatever looks like a credential."""
    return _AUTHORIZATION.sub(r"\1 [redacted]", _TOKEN.sub("[redacted token]", text))


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, BridgeError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

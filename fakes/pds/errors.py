"""What the core concludes when it will not do what was asked.

    PdsError
    ├── InvalidRequestError   the request cannot be carried out as it stands; `name` says which rule
    ├── AuthRequiredError     whoever asks has not shown who they are, or may not
    ├── ForbiddenError        the account that asks is unknown here
    ├── UpstreamError         the PLC directory did not do its part
    └── BrokenError           the reference server has no answer to this and breaks down

Not HTTP: statuses are given by the routes. `case` is the sentence under which a dialect may file another
answer, `about` the DID of the account whose state is the reason.
"""


class PdsError(Exception):
    name = "InternalServerError"

    def __init__(
        self, message: str, name: str | None = None, *, case: str | None = None, about: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.name = name or type(self).name
        self.case = case
        self.about = about
        self.at_the_door = False
        """Whether the caller was refused before what was asked for was looked at."""


class InvalidRequestError(PdsError):
    name = "InvalidRequest"


class AuthRequiredError(PdsError):
    name = "AuthenticationRequired"

    def __init__(
        self,
        message: str = "Authentication Required",
        name: str | None = None,
        *,
        case: str | None = None,
        about: str | None = None,
    ) -> None:
        super().__init__(message, name, case=case, about=about)


class ForbiddenError(PdsError):
    name = "AccountNotFound"


class UpstreamError(PdsError):
    name = "UpstreamFailure"


class BrokenError(PdsError):
    """`reason` is for the operator's log; the client is told nothing."""

    def __init__(self, reason: str, *, case: str | None = None) -> None:
        super().__init__("Internal Server Error", case=case)
        self.reason = reason

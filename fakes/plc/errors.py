"""Why the directory turns something down.

    DirectoryError
    ├── RefusedError       the request breaks a rule; sending it again cannot help
    ├── OvertakenError     the operation would not be the newest of its history although its prev is
    ├── NotFoundError      nothing is known by this name, or nothing any more
    └── UndecodableError   the real directory fails on this input with an internal error, and says nothing else

The message is what the client sees. Which status each one is belongs to the routes.
"""


class DirectoryError(Exception):
    """Base of the tree."""


class RefusedError(DirectoryError):
    """The request breaks a rule."""


class OvertakenError(DirectoryError):
    """The operation would not be the newest of its history."""


class NotFoundError(DirectoryError):
    """Nothing is known by this name, or nothing any more."""


class UndecodableError(DirectoryError):
    """A signature or a prev that is not even the encoding of one."""

    def __init__(self) -> None:
        super().__init__("Internal Server Error")

"""HTTP/1.1 message heads, read by llhttp (httptools) as their bytes come in.

It is the parser of the servers here, so what they refuse is not understood here either.
"""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, HttpResponseParser

from localnet.wire.bodies import Chunked, Fixed, Framing, MalformedError, UntilClose

HEAD_LIMIT: Final = 128 * 1024

Headers = list[tuple[str, str]]
"""Names in lower case, in order, repeated as sent."""


class Head:
    """One head; llhttp calls the `on_` methods. `fed` counts the bytes it has had."""

    def __init__(self, parser: type[HttpRequestParser] | type[HttpResponseParser]) -> None:
        self.headers: Headers = []
        self.target = ""
        self.complete = False
        self.fed = 0
        self.parser = parser(self)

    def on_url(self, url: bytes) -> None:
        self.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.complete = True

    def feed(self, data: bytes) -> None:
        """MalformedError where llhttp refuses."""
        self.fed += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            pass
        except HttpParserError as error:
            raise MalformedError(str(error)) from error
        if self.fed > HEAD_LIMIT and not self.complete:
            raise MalformedError(f"a head longer than {HEAD_LIMIT} bytes")

    def method(self) -> str:
        assert isinstance(self.parser, HttpRequestParser)
        return self.parser.get_method().decode()

    def status(self) -> int:
        assert isinstance(self.parser, HttpResponseParser)
        return self.parser.get_status_code()

    def tokens(self, name: str) -> list[str]:
        """A comma-separated header, whole, in lower case."""
        values = [value for key, value in self.headers if key == name]
        return [token.strip().lower() for value in values for token in value.split(",")]

    def request_framing(self) -> Framing | None:
        """None: no body."""
        if self.tokens("transfer-encoding"):
            return self._coded()
        return self._measured()

    def response_framing(self, method: str, status: int) -> Framing | None:
        if method == "HEAD" or status < 200 or status in (204, 304):
            return None
        if self.tokens("transfer-encoding"):
            return self._coded()
        return self._measured() if self.tokens("content-length") else UntilClose()

    def _coded(self) -> Framing:
        return Chunked() if self.tokens("transfer-encoding")[-1] == "chunked" else UntilClose()

    def _measured(self) -> Framing | None:
        length = int((self.tokens("content-length") or ["0"])[0])
        return Fixed(length) if length else None

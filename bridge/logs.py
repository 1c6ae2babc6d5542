"""Log lines as JSON on stdout: what happened, to whom, and the whole chain of causes, without credentials.

Give a line its subject with `extra={...}` and its error with `exc_info=error`. A cause the bridge does not
know as its own comes with its traceback.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime

from bridge.errors import BridgeError, causes, redact

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_NOISY = ("httpx", "httpcore", "aiohttp", "uvicorn", "websockets", "psycopg.pool")


class JsonLines(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            line |= _failure(record.exc_info[1])
        text = redact(json.dumps(line, ensure_ascii=False, default=str))
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text


def configure(secrets: Iterable[str], level: int = logging.INFO) -> None:
    sink = logging.StreamHandler(sys.stdout)
    sink.setFormatter(JsonLines(secrets))
    logging.basicConfig(handlers=[sink], level=level, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _failure(error: BaseException) -> dict[str, object]:
    chain = list(causes(error))
    line: dict[str, object] = {"causes": [f"{type(cause).__name__}: {cause}" for cause in chain]}
    if not isinstance(chain[0], BridgeError):
        line["traceback"] = "".join(traceback.format_exception(error))
    return line

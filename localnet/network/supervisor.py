"""The owner of a detached network: `python -m localnet.network.supervisor SPEC`, with the spec as JSON.

It leaves whoever started it at once (the started process ends, a child of it goes on), and says {"owner"}, its pid. Until the network
is ready it tells its progress on stdout, one JSON line each, and ends with {"directory"} or with {"message", "next_step", "exit_code"}.
After that it says nothing any more, and stays until it is asked for `down` or told to end.
"""

import json
import os
import signal
import sys
from contextlib import ExitStack
from types import FrameType

from localnet.errors import LocalnetError
from localnet.network.progress import ProgressEvent
from localnet.network.spec import NetworkSpec
from localnet.network.start import open_backend, start_network


def main() -> int:
    if os.fork():  # no thread has been started yet
        os._exit(0)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spec = NetworkSpec.from_json(sys.argv[1])
    telling = True
    _say({"owner": os.getpid()})

    def tell(event: ProgressEvent) -> None:
        if telling:
            _say(vars(event))

    try:
        with ExitStack() as stack:
            backend = stack.enter_context(open_backend(spec.backend, tell, spec))
            network = stack.enter_context(start_network(spec, backend, tell))
            telling = False
            _say({"directory": str(network.directory)})
            _fall_silent()
            network.wait_down()
    except LocalnetError as error:
        _say({"message": error.message, "next_step": error.next_step, "exit_code": error.exit_code})
        return error.exit_code
    return 0


def _say(message: dict[str, object]) -> None:
    """Raises BrokenPipeError, and so ends everything, when nobody waits for the network any more."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _fall_silent() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())

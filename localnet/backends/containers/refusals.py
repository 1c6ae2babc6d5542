"""What the engine refuses, as what it means for a run: which of the machine's means are used up, and the command that mends it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from localnet.errors import LocalnetError, MachineError, ServiceError

NO_NETWORKS: Final = ("non-overlapping IPv4 address pool", "address pools have been fully subnetted")
FULL: Final = "no space left on device"
TAKEN: Final = re.compile(r"(?:port is already allocated|address already in use)")
PORT: Final = re.compile(r":(\d+)(?: failed|/tcp|:)")


@contextmanager
def meaning(what: str, image: str | None = None) -> Iterator[None]:
    """The engine's refusal of `what` as an error of ours."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise refusal(error, what, image) from error
    except (DockerException, RequestException) as error:
        raise MachineError(
            f"the container engine does not answer any more: {error}", "see that it runs: docker version"
        ) from error


def refusal(error: Any, what: str, image: str | None) -> LocalnetError:
    said = str(error.explanation or error).strip()
    if any(sign in said for sign in NO_NETWORKS):
        return MachineError(
            f"the container engine has no addresses left for another network: {said}",
            "`localnet down` or `localnet clean` frees those of ours, `docker network prune` those nobody uses",
        )
    if FULL in said:
        return MachineError(
            f"the container engine's disk is full: {said}",
            "make room there: `docker system df` shows what takes it, `docker system prune` removes what nobody uses",
        )
    if TAKEN.search(said):
        port = PORT.search(said)
        return MachineError(
            f"port {port[1] if port else 'that was asked for'} is taken: {said}",
            "end what listens on it, or let the ports be chosen (--ports auto)",
        )
    if image and error.status_code == 404:
        return MachineError(
            f"the container engine has no image {image}", f"make it (`make images`), or `docker pull {image}`"
        )
    return ServiceError(
        f"the container engine refuses {what}: {said}",
        "read what it says; `docker ps -a` shows what there is",
    )

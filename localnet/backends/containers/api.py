"""What is asked of the engine, and what its refusals mean for a run.

The one place that knows the client's own names. Safe to use from several threads.
"""

import io
import socket
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from localnet.backends.containers.marks import HOME, RUN
from localnet.backends.containers.refusals import meaning, refusal
from localnet.backends.output import exit_text

PIECE: Final = 64 * 1024
BY_SIGNAL: Final = 128
SHARED: Final = "container:"
GONE: Final = (404, 409)
"""no such thing any more; somebody else is removing it"""


@dataclass(frozen=True)
class Plan:
    """A container to be made. `published`: its port -> (address, number or None) of the engine's machine."""

    name: str
    image: str
    labels: Mapping[str, str]
    network: str
    aliases: Sequence[str] = ()
    words: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    names: str | None = None
    """address of who is asked for names that the engine does not know"""
    talks: bool = False
    """it has an input, which ends when we do"""
    volumes: Mapping[str, str] = field(default_factory=dict)
    """name -> where it is mounted"""
    rights: Sequence[str] = ()
    """capabilities; with any it runs as root"""

    @property
    def shares(self) -> bool:
        """Another container's network, whose names and ports are not its own."""
        return self.network.startswith(SHARED)


Files = Mapping[str, tuple[bytes, int]]
"""name -> contents, mode"""


@dataclass(frozen=True)
class Owned:
    """Something of a run in the engine."""

    kind: str
    """container | network | volume"""
    id: str
    name: str
    run: str
    begins: bool = False
    """a container that is there and has not run yet"""


class Attached:
    """A connection to a container's input and output. What the client hands out is a socket, or wraps one, by the way to the engine."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._socket: Any = getattr(raw, "_sock", raw)
        self._socket.settimeout(None)

    def receive(self) -> bytes:
        """Empty once it is over."""
        try:
            received: bytes = self._socket.recv(PIECE)
        except OSError:
            return b""
        return received

    def send(self, data: bytes) -> None:
        """Raises OSError when it is over."""
        self._socket.sendall(data)

    def end_input(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with suppress(OSError):
            getattr(self._raw, "_response", self._raw).close()
            self._raw.close()
            self._socket.close()


class Api:
    """`client` is `docker.DockerClient`, which has no types; closed by whoever opened it."""

    def __init__(self, client: Any) -> None:
        self._api = client.api

    # --- networks ---------------------------------------------------------------------------------

    def make_network(
        self, name: str, labels: Mapping[str, str], options: Mapping[str, str], *, internal: bool
    ) -> str:
        with meaning(f"the network {name}"):
            made = self._api.create_network(
                name,
                "bridge",
                options=dict(options),
                internal=internal,
                labels=dict(labels),
                check_duplicate=True,
            )
        return str(made["Id"])

    def join(self, container: str, network: str, aliases: Sequence[str]) -> None:
        with meaning("a network"):
            self._api.connect_container_to_network(container, network, aliases=list(aliases))

    def make_volume(self, name: str, labels: Mapping[str, str]) -> None:
        with meaning(f"the volume {name}"):
            self._api.create_volume(name, labels=dict(labels))

    def gateway(self, network: str) -> str | None:
        """The address that the engine's machine has there, or would have."""
        with meaning("a network"):
            config = self._api.inspect_network(network)["IPAM"]["Config"]
        return config[0].get("Gateway") if config else None

    # --- containers -------------------------------------------------------------------------------

    def make(self, plan: Plan) -> str:
        with meaning(plan.name, plan.image):
            api = self._api
            config = api.create_host_config(
                init=True,
                network_mode=plan.network,
                port_bindings=dict(plan.published),
                extra_hosts=dict(plan.hosts) or None,
                dns=[plan.names] if plan.names else None,
                dns_opt=None if plan.shares else ["timeout:1", "attempts:1"],
                cap_add=list(plan.rights) or None,
                log_config={"Type": "none"},
                binds=[f"{name}:{path}" for name, path in plan.volumes.items()] or None,
            )
            made = api.create_container(
                plan.image,
                list(plan.words) if plan.words else None,
                name=plan.name,
                environment=dict(plan.env),
                labels=dict(plan.labels),
                ports=list(plan.published) or None,
                stdin_open=plan.talks,
                healthcheck={"test": ["NONE"]},
                user="0" if plan.rights else None,
                host_config=config,
                networking_config=self._endpoint(plan),
            )
        return str(made["Id"])

    def attach(self, container: str, *, talks: bool) -> "Attached":
        """Its input and output, from now on."""
        with meaning("a container's output"):
            params = {"stdout": 1, "stderr": 1, "stream": 1, "stdin": int(talks)}
            raw = self._api.attach_socket(container, params)
        return Attached(raw)

    def start(self, container: str) -> None:
        with meaning("a container"):
            self._api.start(container)

    def inspect(self, container: str) -> Mapping[str, Any]:
        with meaning("a container"):
            found: Mapping[str, Any] = self._api.inspect_container(container)
        return found

    def wait(self, container: str) -> str:
        """How it ended, once it has."""
        with meaning("a container"):
            code = int(self._api.wait(container)["StatusCode"])
        return exit_text(BY_SIGNAL - code if code > BY_SIGNAL else code)

    def signal(self, container: str, signal: str) -> None:
        with meaning("a container"):
            self._api.kill(container, signal)

    def stop(self, container: str, seconds: float) -> None:
        with meaning("a container"):
            self._api.stop(container, timeout=int(seconds))

    def freeze(self, container: str) -> None:
        with meaning("a container"):
            self._api.pause(container)

    def thaw(self, container: str) -> None:
        with meaning("a container"):
            self._api.unpause(container)

    def put(self, container: str, folder: str, files: Files) -> None:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, (contents, mode) in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(contents), mode
                tar.addfile(entry, io.BytesIO(contents))
        with meaning("a container"):
            self._api.put_archive(container, folder, archive.getvalue())

    def run_inside(self, container: str, words: Sequence[str]) -> tuple[int, str]:
        """A command in a running container: its exit code and all it said."""
        with meaning("a container"):
            begun = self._api.exec_create(container, list(words))
            said = self._api.exec_start(begun["Id"])
            return int(self._api.exec_inspect(begun["Id"])["ExitCode"]), said.decode(errors="replace").strip()

    # --- what there is ----------------------------------------------------------------------------

    def owned(self, home: str, run: str | None = None) -> list[Owned]:
        """What runs of that home have here: containers before what they are on."""
        labels = [f"{HOME}={home}", *([f"{RUN}={run}"] if run else [])]
        with meaning("the containers and networks there are"):
            containers = self._api.containers(all=True, filters={"label": labels})
            networks = self._api.networks(filters={"label": labels})
            volumes = self._api.volumes(filters={"label": labels})["Volumes"] or []
        return [
            *(
                Owned(
                    "container",
                    found["Id"],
                    found["Names"][0].lstrip("/"),
                    found["Labels"][RUN],
                    found["State"] == "created",
                )
                for found in containers
            ),
            *(Owned("network", found["Id"], found["Name"], found["Labels"][RUN]) for found in networks),
            *(Owned("volume", found["Name"], found["Name"], found["Labels"][RUN]) for found in volumes),
        ]

    def remove(self, owned: Owned) -> None:
        """At once, with its volumes; nothing where it is gone already."""
        from docker.errors import APIError

        try:
            if owned.kind == "network":
                self._api.remove_network(owned.id)
            elif owned.kind == "volume":
                self._api.remove_volume(owned.id)
            else:
                self._api.remove_container(owned.id, v=True, force=True)
        except APIError as error:
            if error.status_code not in GONE:
                raise refusal(error, owned.name, None) from error

    def version(self) -> str:
        with meaning("its version"):
            return str(self._api.version()["Version"])

    def _endpoint(self, plan: Plan) -> Mapping[str, Any] | None:
        if plan.shares:
            return None
        config = self._api.create_endpoint_config(aliases=list(plan.aliases))
        made: Mapping[str, Any] = self._api.create_networking_config({plan.network: config})
        return made

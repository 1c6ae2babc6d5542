"""A plan with addresses and secrets filled in: what each service is started with, what each edge is called by.

Pure: the same plan, places and run give the same values; secrets follow from the seed.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

from localnet.backends.interface import PUBLIC, Address, Edge, Launch, Listening, Places, Wanted, Wiring
from localnet.network.placeholders import Placeholder, fill, find
from localnet.network.plan import ADDRESSES, Plan, templates
from localnet.network.service_file import ServiceFile

DOMAIN = "localnet.test"
JOURNAL = "journal.jsonl"
NOWHERE = Address("", 0)
THEIRS = ("command", "image", "build", "binary")
"""kinds of services that are not ours: they are told everything in their environment"""


@dataclass(frozen=True)
class Identity:
    """What a run is: its id, its seed, its directory, and the token that opens the fakes' control routes."""

    id: str
    seed: int
    directory: Path
    python: str = sys.executable

    @property
    def token(self) -> str:
        return self.secret("run token")

    def secret(self, name: str) -> str:
        """64 hex digits."""
        return sha256(f"localnet secret {self.seed} {name}".encode()).hexdigest()


@dataclass(frozen=True)
class Resolved:
    edges: Mapping[Edge, str]
    """what the caller uses"""
    exports: Mapping[str, Mapping[str, str]]
    environments: Mapping[str, Mapping[str, str]]
    launches: Mapping[str, Launch]
    """what is to be started, in the plan's order; services elsewhere and yours are not"""
    ready_paths: Mapping[str, str | None]
    wiring: Wiring
    secrets: Mapping[str, str]
    """what it is called -> the secret"""


def wanted(plan: Plan, directory: Path) -> Wanted:
    listening = [
        Listening(name, service.runs, service.options)
        for name, service in plan.services.items()
        if service.protocol != "none" and service.runs.kind != "url"
    ]
    watched = [name for name, service in plan.services.items() if service.runs.kind in THEIRS]
    elsewhere = tuple(_netloc(service) for service in plan.services.values() if service.runs.kind == "url")
    return Wanted(listening, plan.edges, plan.fixed, watched, plan.subjects, plan.yours, elsewhere, directory)


def resolve(plan: Plan, places: Places, run: Identity) -> Resolved:
    values = _Values(plan, places, run)
    edges = {edge: values.url(edge) for edge in plan.edges}
    launches = {
        name: _launch(service, values, run, plan.database)
        for name, service in plan.services.items()
        if service.runs.kind != "url" and name not in plan.yours
    }
    return Resolved(
        edges=edges,
        exports={name: values.exports(name) for name in plan.services},
        environments={
            name: values.filled(name, service.env)
            for name, service in plan.services.items()
            if service.runs.kind in THEIRS
        },
        launches=launches,
        ready_paths={
            name: service.ready.path and fill(service.ready.path, values.of(name))
            for name, service in plan.services.items()
        },
        wiring=_wiring(plan, places, run),
        secrets=_secrets(plan, run),
    )


class _Values:
    """What a placeholder becomes, for each service it can stand in."""

    def __init__(self, plan: Plan, places: Places, run: Identity) -> None:
        self._plan, self._places, self._run = plan, places, run

    def of(self, name: str) -> Callable[[Placeholder], str]:
        return partial(self._value, name)

    def filled(self, name: str, entries: Mapping[str, str]) -> dict[str, str]:
        return {key: fill(text, self.of(name)) for key, text in entries.items()}

    def bind(self, name: str) -> Address:
        return self._places.binds.get(name, NOWHERE)

    def exports(self, name: str) -> dict[str, str]:
        return self.filled(name, self._plan.services[name].exports)

    def url(self, edge: Edge) -> str:
        reached = self._places.reaches[edge]
        service = self._plan.services[edge.callee]
        if edge.protocol == "postgres":
            exports = self.exports(edge.callee)
            login = f"{quote(exports['user'], '')}:{quote(exports['password'], '')}"
            return f"postgresql://{login}@{reached}/{exports['database']}"
        path = urlsplit(service.runs.words[0]).path.rstrip("/") if service.runs.kind == "url" else ""
        return f"http://{reached}{path}"

    def _value(self, name: str, placeholder: Placeholder) -> str:
        owner, key = placeholder.owner, placeholder.key or ""
        if owner == "secret":
            return self._run.secret(key)
        if owner == "run":
            return str(getattr(self._run, key))
        if owner in ("python", "domain"):
            return self._run.python if owner == "python" else DOMAIN
        if key == "public_url":
            callee = name if owner == "self" else owner
            return self.url(self._edge(PUBLIC, callee))
        if owner == "self":
            return str(getattr(self._places.binds[name], key))
        if key not in ADDRESSES:
            return self.exports(owner)[key]
        edge = self._edge(name, owner)
        return self.url(edge) if key == "url" else str(getattr(self._places.reaches[edge], key))

    def _edge(self, caller: str, callee: str) -> Edge:
        return Edge(caller, callee, self._plan.services[callee].protocol)


def _launch(service: ServiceFile, values: _Values, run: Identity, dump: Path | None) -> Launch:
    options = values.filled(service.name, service.options)
    if service.protocol == "postgres":
        options |= values.exports(service.name)
        options |= {"dump": str(dump.absolute())} if dump else {}
    words = tuple(fill(word, values.of(service.name)) for word in service.runs.words)
    return Launch(
        network=run.id,
        token=run.token,
        name=service.name,
        runs=replace(service.runs, words=words),
        bind=values.bind(service.name),
        options=options,
        env=values.filled(service.name, service.env),
        log=run.directory / "logs" / f"{service.name}.log",
        directory=run.directory,
    )


def _wiring(plan: Plan, places: Places, run: Identity) -> Wiring:
    upstreams = {
        name: _netloc(service) if service.runs.kind == "url" else places.upstreams[name]
        for name, service in plan.services.items()
        if service.protocol != "none"
    }
    return Wiring(
        network=run.id,
        journal=run.directory / JOURNAL,
        secrets=sorted(_secrets(plan, run).values()),
        edges={edge: (places.listens[edge], upstreams[edge.callee]) for edge in plan.edges},
    )


def _netloc(service: ServiceFile) -> str:
    parts = urlsplit(service.runs.words[0])
    return f"{parts.hostname}:{parts.port or (5432 if service.protocol == 'postgres' else 80)}"


def _secrets(plan: Plan, run: Identity) -> dict[str, str]:
    named = {
        placeholder.key or ""
        for service in plan.services.values()
        for text in [*(text for _, text in templates(service)), *service.exports.values()]
        for placeholder in find(text)
        if placeholder.owner == "secret"
    }
    return {"the run's token": run.token} | {f"the secret {name}": run.secret(name) for name in sorted(named)}

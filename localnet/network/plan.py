"""What a network consists of: its services with replicas, the edges between them, and who waits for whom.

Pure: service files in, plan or error out. Edges are not written down anywhere; they follow from the placeholders
a service uses (`{pds.url}` in the bridge's environment is the edge bridge→pds), from the harness, which reaches
every service, and from the public, which reaches the public ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localnet.backends.interface import HARNESS, PUBLIC, Edge
from localnet.errors import UsageError
from localnet.network.catalogue import Catalogue
from localnet.network.naming import nearest
from localnet.network.placeholders import Placeholder, find
from localnet.network.record import Adapter
from localnet.network.service_file import ServiceFile

SUBJECT = "bridge"
ADDRESSES = ("url", "host", "port")
OWN = ("self", "run")
RUN = ("id", "token", "directory")
WORDS = ("python", "domain")
FIRST_FIXED = 2582
FIXED = ("plc", "pds", "relay", "media", "names", "keycast", "reader", "bridge", "postgres", "video")
PUBLIC_OFFSET = 100


@dataclass(frozen=True)
class Plan:
    services: Mapping[str, ServiceFile]
    """by name, replicas included, in the order of the catalogue"""
    subjects: frozenset[str]
    """services of the bridge, replicas included"""
    yours: frozenset[str]
    """services the user starts by hand"""
    edges: tuple[Edge, ...]
    fixed: Mapping[Edge, int]
    """port numbers that were asked for"""
    adapter: Adapter | None
    database: Path | None


def plan(
    catalogue: Catalogue,
    *,
    only: tuple[str, ...] | None = None,
    replicas: int = 1,
    staggered: bool = False,
    fixed_ports: bool = False,
    database: Path | None = None,
) -> Plan:
    services = dict(catalogue.services)
    for service in services.values():
        _check(service, services)
    _refuse_cycles(services)
    if only is not None:
        services = _closure(services, only)
    subjects = {service.name for service in catalogue.adapter.services}
    if SUBJECT in services:
        further = {twin.name: twin for twin in _further(services[SUBJECT], replicas, staggered)}
        services |= further
        subjects |= set(further)
    edges = tuple(_edges(services))
    numbers = dict(_fixed(edges, services)) if fixed_ports else {}
    adapter = catalogue.adapter.adapter if SUBJECT in services else None
    return Plan(
        services=services,
        subjects=frozenset(subjects & set(services)),
        yours=catalogue.yours & set(services),
        edges=edges,
        fixed=numbers,
        adapter=adapter,
        database=database,
    )


def _further(first: ServiceFile, replicas: int, staggered: bool) -> Iterator[ServiceFile]:
    before = first.name
    for number in range(2, replicas + 1):
        name = f"{first.name}-{number}"
        yield replace(first, name=name, needs=(*first.needs, before) if staggered else first.needs)
        before = name


def templates(service: ServiceFile) -> Iterator[tuple[str, str]]:
    """(where it stands, text) of every string that may hold placeholders, but for exports."""
    for word in service.runs.words:
        yield service.runs.kind, word
    for table, entries in (("options", service.options), ("env", service.env)):
        for key, text in entries.items():
            yield f"{table}.{key}", text
    if service.ready.path:
        yield "ready.path", service.ready.path


def _references(service: ServiceFile) -> Iterator[Placeholder]:
    for _, text in templates(service):
        yield from find(text)


def _check(service: ServiceFile, services: Mapping[str, ServiceFile]) -> None:
    for need in service.needs:
        if need not in services:
            raise UsageError(f"{service.source}: needs unknown service {need!r}", nearest(need, services))
    for where, text in templates(service):
        for placeholder in find(text):
            _check_placeholder(service, where, placeholder, services)
    for key, text in service.exports.items():
        for placeholder in find(text):
            _check_export(service, f"exports.{key}", placeholder, services)


def _check_placeholder(
    service: ServiceFile, where: str, placeholder: Placeholder, services: Mapping[str, ServiceFile]
) -> None:
    keys = _keys(placeholder.owner, service, services)
    if placeholder.key in keys or (placeholder.owner == "secret" and placeholder.key):
        return
    if not keys:
        help_ = nearest(placeholder.owner, [*services, *OWN, "secret", *WORDS])
    elif None in keys:
        help_ = f"write {{{placeholder.owner}}}"
    else:
        help_ = nearest(placeholder.key or "", [key for key in keys if key])
    raise UsageError(f"{service.source}: {where}: unknown placeholder {placeholder}", help_)


def _check_export(
    service: ServiceFile, where: str, placeholder: Placeholder, services: Mapping[str, ServiceFile]
) -> None:
    """Exports are the same for every caller, so they hold no address; one may repeat another service's."""
    _check_placeholder(service, where, placeholder, services)
    other = services.get(placeholder.owner)
    text = other.exports.get(placeholder.key or "") if other else ""
    if placeholder.owner == "self" or text is None or any(p.owner in services for p in find(text)):
        raise UsageError(
            f"{service.source}: {where}: {placeholder} cannot stand in an export",
            "an export holds text, {secret.NAME}, {run.id}, {domain}, or another service's export",
        )


def _keys(owner: str, reader: ServiceFile, services: Mapping[str, ServiceFile]) -> tuple[str | None, ...]:
    """What may follow the dot; nothing where nothing is called so."""
    if owner in WORDS:
        return (None,)
    if owner == "self":
        return ("host", "port", *(("public_url",) if reader.public else ()))
    if owner == "run":
        return RUN
    if owner == "secret":
        return ("NAME",)
    if owner not in services:
        return ()
    service = services[owner]
    reached = ADDRESSES if service.protocol != "none" else ()
    return (*reached, *(("public_url",) if service.public else ()), *service.exports)


def _refuse_cycles(services: Mapping[str, ServiceFile]) -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = (*path[path.index(name) :], name)
            raise UsageError(
                f"{services[name].source}: needs run in a circle: {' needs '.join(circle)}",
                f"take one of these out of `needs`: {', '.join(circle[:-1])}",
            )
        if name not in done:
            for need in services[name].needs:
                visit(need, (*path, name))
            done.add(name)

    for name in services:
        visit(name, ())


def _closure(services: Mapping[str, ServiceFile], only: Iterable[str]) -> dict[str, ServiceFile]:
    wanted, open_ = set[str](), list(only)
    while open_:
        name = open_.pop()
        if name not in services:
            raise UsageError(f"no service is called {name!r}", nearest(name, services))
        if name not in wanted:
            wanted.add(name)
            open_ += services[name].needs
            open_ += [
                reference.owner for reference in _references(services[name]) if reference.owner in services
            ]
    return {name: service for name, service in services.items() if name in wanted}


def _edges(services: Mapping[str, ServiceFile]) -> Iterator[Edge]:
    for name, service in services.items():
        callees = {r.owner: None for r in _references(service) if r.owner in services and r.key in ADDRESSES}
        yield from (Edge(name, callee, services[callee].protocol) for callee in callees)
        if service.protocol != "none":
            yield Edge(HARNESS, name, service.protocol)
        if service.public:
            yield Edge(PUBLIC, name, service.protocol)


def _fixed(edges: Iterable[Edge], services: Mapping[str, ServiceFile]) -> Iterator[tuple[Edge, int]]:
    order = [*FIXED, *sorted(set(services) - set(FIXED))]
    for edge in edges:
        number = FIRST_FIXED + order.index(edge.callee)
        if edge.caller == HARNESS:
            yield edge, number
        elif edge.caller == PUBLIC:
            yield edge, number + PUBLIC_OFFSET

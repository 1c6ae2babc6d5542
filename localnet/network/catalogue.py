"""Which service files a network is made of: the shipped ones, the adapter, and what the spec changes in them.

Reads files; everything after it is pure. Not the plan: nothing here knows edges or order.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from localnet.backends.interface import Runs
from localnet.errors import UsageError
from localnet.network.naming import nearest
from localnet.network.service_file import (
    SHIPPED,
    AdapterFile,
    Ready,
    ServiceFile,
    adapters,
    load_adapter,
    load_service,
)
from localnet.network.spec import NetworkSpec

SERVICES = ("postgres", "plc", "pds", "relay", "media", "video", "names", "keycast", "reader")
WAYS = ("url", "command", "image", "build", "binary", "binary_base")
SETTINGS = (*WAYS, "ready.path", "ready.timeout", "env.NAME")


@dataclass(frozen=True)
class Catalogue:
    """`yours`: names of the adapter's services that the user starts by hand."""

    services: Mapping[str, ServiceFile]
    adapter: AdapterFile
    yours: frozenset[str]


def load(spec: NetworkSpec) -> Catalogue:
    services = {name: load_service(SHIPPED / f"{name}.toml") for name in SERVICES}
    for name, path in spec.use.items():
        if name != "bridge":
            services[name] = _replacement(name, path)
    adapter = load_adapter(_adapter_path(spec))
    for service in adapter.services:
        if service.name in services:
            raise UsageError(
                f"{service.source} repeats a service of the network", "give it a name of its own, or --use it"
            )
        services[service.name] = service
    for name, dialect in adapter.dialects.items():
        services = _set(services, f"{name}.dialect", dialect, adapter.source)
    for key, value in spec.set.items():
        services = _set(services, key, value, "--set")
    bridge = services["bridge"]
    services["bridge"] = replace(bridge, env={**bridge.env, **spec.env})
    by_hand = spec.bridge in (None, "none")
    return Catalogue(
        services, adapter, frozenset(s.name for s in adapter.services) if by_hand else frozenset()
    )


def _adapter_path(spec: NetworkSpec) -> Path:
    if "bridge" in spec.use:
        return spec.use["bridge"]
    named = "bundled" if spec.bridge in (None, "none") else str(spec.bridge)
    if isinstance(spec.bridge, Path) or named.endswith(".toml"):
        return Path(named)
    if named not in adapters():
        hint = nearest(named, [*adapters(), "none"])
        raise UsageError(f"no bridge is called {named!r}", f"{hint}; or give the path of an adapter file")
    return SHIPPED / f"{named}.toml"


def _replacement(name: str, path: Path) -> ServiceFile:
    service = load_service(path)
    if service.name != name:
        raise UsageError(
            f"--use {name}={path}: that file describes {service.name!r}", f"write --use {service.name}={path}"
        )
    return service


def _set(services: Mapping[str, ServiceFile], key: str, value: str, said_by: str) -> dict[str, ServiceFile]:
    name, _, setting = key.partition(".")
    if name not in services or not setting:
        wanted = nearest(name, services) if setting else f"write {name}.KEY=VALUE"
        raise UsageError(f"{said_by}: {key!r} names no service and setting", wanted)
    return {**services, name: _changed(services[name], setting, value, said_by)}


def _changed(service: ServiceFile, setting: str, value: str, said_by: str) -> ServiceFile:
    head, _, rest = setting.partition(".")
    if setting in WAYS:
        return _run_so(service, setting, value, said_by)
    if setting == "ready.path":
        return replace(service, ready=replace(service.ready, path=value))
    if setting == "ready.timeout":
        return replace(service, ready=Ready(service.ready.path, _seconds(value, said_by)))
    if head == "env" and rest:
        return replace(service, env={**service.env, rest: value})
    given = {
        name: {**table, setting: value}
        for name, table in (("options", service.options), ("exports", service.exports))
        if setting in table
    }
    if not given:
        known = [*SETTINGS, *service.options, *service.exports]
        raise UsageError(f"{said_by}: {service.name} has no setting {setting!r}", nearest(setting, known))
    return replace(
        service, options=given.get("options", service.options), exports=given.get("exports", service.exports)
    )


def _run_so(service: ServiceFile, way: str, value: str, said_by: str) -> ServiceFile:
    """The service run in another way than its file says; a command alone says nothing about containers."""
    if way == "url":
        return _elsewhere(service, value)
    if way == "binary_base":
        if service.runs.kind != "binary":
            raise UsageError(
                f"{said_by}: {service.name} has no binary to put on {value}",
                f"name it first: --set {service.name}.binary=FILE",
            )
        return replace(service, runs=replace(service.runs, image=value))
    words = tuple(shlex.split(value)) if way == "command" else (value,)
    if way == "binary":
        words = (str(Path.cwd() / value),)
    return replace(service, runs=Runs(way, words, Path.cwd()))


def _elsewhere(service: ServiceFile, url: str) -> ServiceFile:
    """The service runs outside; nothing is started, the wire leads to it."""
    parts = urlsplit(url)
    wanted = ("postgresql", "postgres") if service.protocol == "postgres" else ("http",)
    if parts.scheme not in wanted or not parts.hostname:
        raise UsageError(f"{service.name}.url {url!r} cannot be used", f"give {wanted[0]}://HOST:PORT")
    exports = dict(service.exports)
    if service.protocol == "postgres":
        exports |= {
            "user": unquote(parts.username or "postgres"),
            "password": unquote(parts.password or ""),
            "database": parts.path.strip("/") or "postgres",
        }
    return replace(
        service, runs=Runs("url", (url,), Path.cwd()), needs=(), options={}, env={}, exports=exports
    )


def _seconds(value: str, said_by: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if seconds <= 0:
        raise UsageError(
            f"{said_by}: ready.timeout {value!r} is not a number of seconds", "give a number above 0"
        )
    return seconds

"""Service files: what a service is, how it is run, what it is given and what it needs, as data.

A bridge's file is its adapter: the same for one or several services, and what the bridge says about itself.
Not here: applying settings (catalogue), what the placeholders in the strings become (placeholders, plan).
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localnet.backends.interface import Runs
from localnet.errors import UsageError
from localnet.network.naming import nearest
from localnet.network.record import Adapter
from localnet.network.table import Table

SHIPPED = Path(__file__).parent.parent / "services"
PROTOCOLS = ("http", "postgres", "none")
KINDS = ("fake", "command", "image", "build", "url", "builtin")
BUILTINS = ("postgres",)
SERVICE_KEYS = (
    *("name", "summary", "protocol", "needs", "public", "cannot"),
    *KINDS,
    *("options", "env", "ready", "exports"),
)
ADAPTER_KEYS = (
    *("name", "summary", "control_plane", "cannot"),
    *("services", "dialects", "queries", "arrangements", "expected_failures"),
)


@dataclass(frozen=True)
class Ready:
    """`path` is asked over HTTP until it answers 200; a database is asked SELECT 1; neither: ready once it runs."""

    path: str | None = None
    timeout: float = 10.0


@dataclass(frozen=True)
class ServiceFile:
    """One service. Strings in `runs`, `options`, `env` and `exports` may hold placeholders."""

    name: str
    summary: str
    protocol: str
    runs: Runs
    source: str
    """the file, as messages name it"""
    needs: tuple[str, ...] = ()
    public: bool = False
    cannot: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Ready = Ready()
    exports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AdapterFile:
    adapter: Adapter
    services: tuple[ServiceFile, ...]
    dialects: Mapping[str, str]
    """service -> the dialect this bridge expects of it"""
    source: str


def load_service(path: Path) -> ServiceFile:
    table = _read(path, SERVICE_KEYS)
    return _service(table, table.text("name"), path)


def load_adapter(path: Path) -> AdapterFile:
    table = _read(path, ADAPTER_KEYS)
    adapter = Adapter(
        name=table.text("name"),
        summary=table.text("summary"),
        control_plane=table.text("control_plane"),
        anything_left=table.table("queries", ("anything_left",)).optional_text("anything_left"),
        arrangements=table.strings("arrangements"),
        expected_failures=table.strings("expected_failures"),
        cannot=table.texts("cannot"),
    )
    services = _adapter_services(table.table("services"), path)
    names = [service.name for service in services]
    for wanted in ("bridge", adapter.control_plane):
        if wanted not in names:
            reason = "control_plane is it" if wanted == adapter.control_plane else "every adapter runs one"
            raise UsageError(
                f"{table.where}: there is no [services.{wanted}], but {reason}",
                nearest(wanted, names) if names else f"describe it under [services.{wanted}]",
            )
    return AdapterFile(adapter, services, table.strings("dialects"), table.where)


def _adapter_services(tables: Table, path: Path) -> tuple[ServiceFile, ...]:
    keys = [key for key in SERVICE_KEYS if key != "name"]
    return tuple(_service(tables.table(name, keys), name, path) for name in tables.keys())  # noqa: SIM118


def _service(table: Table, name: str, path: Path) -> ServiceFile:
    ready = table.table("ready", ("path", "timeout"))
    return ServiceFile(
        name=name,
        summary=table.text("summary"),
        protocol=table.choice("protocol", PROTOCOLS),
        runs=_runs(table, path),
        source=table.where,
        needs=table.texts("needs"),
        public=table.flag("public"),
        cannot=table.texts("cannot"),
        options=table.strings("options"),
        env=table.strings("env"),
        ready=Ready(ready.optional_text("path"), ready.seconds("timeout", Ready.timeout)),
        exports=table.strings("exports"),
    )


def _runs(table: Table, path: Path) -> Runs:
    given = [kind for kind in KINDS if kind in table]
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise UsageError(
            f"{table.where}: one of {', '.join(KINDS)} is needed, {said} given", "say one way to run it"
        )
    kind = given[0]
    if kind == "builtin":
        return Runs(kind, (table.choice(kind, BUILTINS),), path.parent)
    if kind != "command":
        return Runs(kind, (table.text(kind),), path.parent)
    words = table.texts(kind)
    if not words:
        raise table.wrong(kind, "a list of at least one word", [])
    return Runs(kind, words, path.parent)


def _read(path: Path, allowed: Collection[str]) -> Table:
    try:
        entries = tomllib.loads(path.read_text())
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "check the path of the service file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", "correct the TOML at that place") from None
    return Table(entries, path.name if path.parent == SHIPPED else str(path), allowed)

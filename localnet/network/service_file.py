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
KINDS = ("fake", "command", "image", "build", "binary", "url", "builtin")
BUILTINS = ("postgres",)
SERVICE_KEYS = (
    *("name", "summary", "protocol", "needs", "public", "cannot"),
    *KINDS,
    *("binary_base", "options", "env", "ready", "exports"),
)
ADAPTER_KEYS = (
    *("name", "extends", "summary", "control_plane", "cannot"),
    *("services", "dialects", "queries", "arrangements", "hurried", "expected_failures"),
)


@dataclass(frozen=True)
class Ready:
    """`path` is asked over HTTP until it answers 200; a database is asked SELECT 1; neither: ready once it runs."""

    path: str | None = None
    timeout: float = 30.0


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


def adapters() -> list[str]:
    """Names of the shipped adapters: the files that describe services and not one service."""
    return sorted(
        path.stem for path in SHIPPED.glob("*.toml") if "services" in tomllib.loads(path.read_text())
    )


def load_adapter(path: Path, extending: tuple[Path, ...] = ()) -> AdapterFile:
    """An adapter that extends another has everything of it but what it says itself. Tables are joined by key; but
    what it cannot and is expected to fail replaces what the other said.
    """
    table = _read(path, ADAPTER_KEYS)
    origin = _origin(table, path, (*extending, path.absolute()))
    known = origin.adapter if origin else Adapter("", "", "", None)
    queries = table.table("queries", ("anything_left",))
    adapter = Adapter(
        name=table.text("name"),
        summary=table.text("summary", known.summary or None),
        control_plane=table.text("control_plane", known.control_plane or None),
        anything_left=queries.optional_text("anything_left") or known.anything_left,
        arrangements={**known.arrangements, **table.strings("arrangements")},
        hurried={**known.hurried, **table.strings("hurried")},
        expected_failures=(
            table.strings("expected_failures") if "expected_failures" in table else known.expected_failures
        ),
        cannot=table.texts("cannot") if "cannot" in table else known.cannot,
    )
    services = _adapter_services(table.table("services"), path, origin.services if origin else ())
    names = [service.name for service in services]
    for wanted in ("bridge", adapter.control_plane):
        if wanted not in names:
            reason = "control_plane is it" if wanted == adapter.control_plane else "every adapter runs one"
            raise UsageError(
                f"{table.where}: there is no [services.{wanted}], but {reason}",
                nearest(wanted, names) if names else f"describe it under [services.{wanted}]",
            )
    dialects = {**(origin.dialects if origin else {}), **table.strings("dialects")}
    return AdapterFile(adapter, services, dialects, table.where)


def _origin(table: Table, path: Path, extending: tuple[Path, ...]) -> AdapterFile | None:
    named = table.optional_text("extends")
    if named is None:
        return None
    if not named.endswith(".toml") and named not in adapters():
        hint = nearest(named, adapters())
        raise UsageError(
            f"{table.where}: extends {named!r}, which is no adapter", f"{hint}; or give a .toml file"
        )
    file = path.parent / named if named.endswith(".toml") else SHIPPED / f"{named}.toml"
    if file.absolute() in extending:
        raise UsageError(f"{table.where}: extends {named!r}, which extends it", "take one of the two out")
    return load_adapter(file, extending)


def _adapter_services(tables: Table, path: Path, origin: tuple[ServiceFile, ...]) -> tuple[ServiceFile, ...]:
    keys = [key for key in SERVICE_KEYS if key != "name"]
    known = {service.name: service for service in origin}
    own = {name: _service(tables.table(name, keys), name, path, known.get(name)) for name in tables.keys()}  # noqa: SIM118
    return tuple({**known, **own}.values())


def _service(table: Table, name: str, path: Path, origin: ServiceFile | None = None) -> ServiceFile:
    """What the table does not say is as in the service it comes from; its tables are joined with that one's."""
    known = origin or ServiceFile(name, "", "", Runs("", (), path), "")
    ready = table.table("ready", ("path", "timeout"))
    return ServiceFile(
        name=name,
        summary=table.text("summary", known.summary or None),
        protocol=table.choice("protocol", PROTOCOLS, known.protocol or None),
        runs=_runs(table, path) if origin is None or any(kind in table for kind in KINDS) else known.runs,
        source=table.where,
        needs=table.texts("needs") if "needs" in table else known.needs,
        public=table.flag("public", known.public),
        cannot=table.texts("cannot") if "cannot" in table else known.cannot,
        options={**known.options, **table.strings("options")},
        env={**known.env, **table.strings("env")},
        ready=Ready(
            ready.optional_text("path") or known.ready.path, ready.seconds("timeout", known.ready.timeout)
        ),
        exports={**known.exports, **table.strings("exports")},
    )


def _runs(table: Table, path: Path) -> Runs:
    """One way to run it; a command may have an image beside it, which is what containers run in its place."""
    given = [kind for kind in KINDS if kind in table]
    if given == ["command", "image"]:
        return Runs("command", _words(table), path.parent, table.text("image"))
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise UsageError(
            f"{table.where}: one of {', '.join(KINDS)} is needed, {said} given",
            "say one way to run it, or a command for processes with an image for containers",
        )
    kind = given[0]
    base = table.optional_text("binary_base")
    if base and kind != "binary":
        raise UsageError(f"{table.where}: binary_base without a binary", "name the binary, or take it out")
    if kind == "builtin":
        return Runs(kind, (table.choice(kind, BUILTINS),), path.parent)
    if kind == "binary":
        return Runs(kind, (str(path.parent / table.text(kind)),), path.parent, base)
    return Runs(kind, _words(table) if kind == "command" else (table.text(kind),), path.parent)


def _words(table: Table) -> tuple[str, ...]:
    words = table.texts("command")
    if not words:
        raise table.wrong("command", "a list of at least one word", [])
    return words


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

"""Which servers are asked: ours, started here, or those at the URLs of the options."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.parity.servers import ADMIN_PASSWORD, Servers, serving


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity", "servers to ask instead of ours")
    group.addoption("--parity-plc", metavar="URL")
    group.addoption("--parity-pds", metavar="URL", help="open for sign-up, handles under .test")
    group.addoption("--parity-dialect", default="reference", help="which answers that PDS should give")
    group.addoption("--parity-admin-password", default=ADMIN_PASSWORD)


@dataclass(frozen=True)
class Asked:
    plc: str
    pds: str
    dialect: str
    ours: Servers | None
    """None: somebody else's, whose clock stays as it is"""
    admin_password: str = ADMIN_PASSWORD


@pytest.fixture(scope="session")
def ours() -> Iterator[Servers]:
    with serving({name: {"dialect": name} for name in ("reference", "rsky")}) as servers:
        yield servers


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Asked:
    """Parametrized with a dialect; with a URL given only its own dialect is asked about."""
    option = request.config.getoption
    plc, pds = option("--parity-plc", None), option("--parity-pds", None)
    if not plc and not pds:
        servers: Servers = request.getfixturevalue("ours")
        return Asked(servers.plc, servers.pds[request.param], request.param, servers)
    return Asked(plc or "", pds or "", request.param, None, option("--parity-admin-password"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "asked" in metafunc.fixturenames:
        metafunc.parametrize("asked", _dialects(metafunc), indirect=True)


def _dialects(metafunc: pytest.Metafunc) -> list[str]:
    """A PLC directory has none; and a server elsewhere is only asked what it should answer."""
    option = metafunc.config.getoption
    about = "pds" if metafunc.function.__name__.endswith("_pds") else "plc"
    elsewhere = {name: option(f"--parity-{name}", None) for name in ("plc", "pds")}
    if any(elsewhere.values()):
        return [option("--parity-dialect")] if elsewhere[about] else []
    return ["reference", "rsky"] if about == "pds" else ["reference"]

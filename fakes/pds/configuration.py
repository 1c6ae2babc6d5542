"""The options of the fake, read once.

Differs from the reference server's defaults on purpose: `blob_limit` is 100 MB (there 5 MiB), so that real
videos fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from fakes.pds.dialects import REFERENCE, Dialect
from fakes.pds.rsky import RSKY

T = TypeVar("T")

REQUIRED = ("public_url", "plc_url", "service_did", "handle_domains", "admin_password", "jwt_secret")
DEFAULTS = {"dialect": "reference", "invites": "required", "blob_limit": "100000000", "rate_limits": "off"}

DIALECTS = {dialect.name: dialect for dialect in (REFERENCE, RSKY)}


@dataclass(frozen=True)
class Configuration:
    public_url: str
    plc_url: str
    service_did: str
    handle_domains: tuple[str, ...]
    admin_password: str
    jwt_secret: str
    dialect: Dialect
    invites_required: bool
    blob_limit: int
    rate_limits: bool

    @property
    def hostname(self) -> str:
        return urlsplit(self.public_url).hostname or "localhost"

    @classmethod
    def read(cls, name: str, options: Mapping[str, str]) -> "Configuration":
        """ValueError naming the option that cannot be used."""
        dialect = _one_of(name, "dialect", options["dialect"], DIALECTS)
        return cls(
            public_url=options["public_url"].rstrip("/"),
            plc_url=options["plc_url"].rstrip("/"),
            service_did=options["service_did"],
            handle_domains=_domains(name, options["handle_domains"]),
            admin_password=options["admin_password"],
            jwt_secret=options["jwt_secret"],
            dialect=dialect,
            invites_required=_one_of(name, "invites", options["invites"], {"required": True, "open": False}),
            blob_limit=_count(name, "blob_limit", options["blob_limit"]),
            rate_limits=_one_of(name, "rate_limits", options["rate_limits"], {"on": True, "off": False}),
        )


def _one_of(name: str, option: str, given: str, known: Mapping[str, T]) -> T:
    if given not in known:
        raise ValueError(f"{name}: option {option} is {given!r}, not one of {', '.join(sorted(known))}")
    return known[given]


def _count(name: str, option: str, given: str) -> int:
    if not given.isdecimal():
        raise ValueError(f"{name}: option {option} is {given!r}, not a number of bytes")
    return int(given)


def _domains(name: str, given: str) -> tuple[str, ...]:
    domains = tuple(domain.strip() for domain in given.split(",") if domain.strip())
    if not domains or not all(domain.startswith(".") for domain in domains):
        raise ValueError(f"{name}: option handle_domains is {given!r}, not a list of .domain")
    return domains

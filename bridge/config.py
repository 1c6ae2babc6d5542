"""Every setting of the bridge, read once from the environment before anything starts.

A missing, empty or unintelligible variable is a ConfigError that names it. Nothing else reads the
environment. Names: the contract's environment chapters of bridge and gateway; the last group is this
bridge's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import cast

from bridge import proxies
from bridge.clients.pds import Dialect
from bridge.errors import ConfigError
from bridge.proxies import Proxies

_DOMAIN = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$")
_HOST_PORT = re.compile(r"^(?P<host>[^:\s]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})$")


@dataclass(frozen=True)
class Config:
    database_url: str
    relay_url: str
    pds_url: str
    pds_admin_password: str
    pds_dialect: Dialect
    plc_url: str
    blossom_url: str
    handle_domain: str
    provisioning_token: str
    lifecycle_token: str  # expected from keycast, and shown to it
    keycast_sync_url: str
    name_server_sync_url: str
    name_server_sync_token: str
    pds_public_host: str
    entryway_host: str
    encryption_key: bytes
    recovery_keys: tuple[str, ...]
    account_email_domain: str
    relay_source_name: str
    relay_overlap_seconds: int
    relay_patience_seconds: int
    video_service_enabled: bool
    video_service_url: str
    video_poll_timeout: int  # seconds after which a video that is not transcoded counts as a failed attempt
    video_poll_interval_ms: int
    media_allowed_hosts: frozenset[str]  # HOST or HOST:PORT; none: any host with a public address
    bind_host: str
    bind_port: int
    database_pool: int
    publish_workers: int
    provisioning_workers: int
    lease_seconds: float
    max_attempts: int
    retry_seconds: int  # the first pause; each further one is four times as long
    http_seconds: int  # for one answer of a neighbour
    stop_seconds: int
    proxies: Proxies

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never appear in any output."""
        return (
            self.pds_admin_password,
            self.provisioning_token,
            self.lifecycle_token,
            self.name_server_sync_token,
            self.encryption_key.hex(),
        )

    def __repr__(self) -> str:
        return f"Config({len(fields(self))} settings)"


def from_environment(environment: Mapping[str, str]) -> Config:
    """The settings. ConfigError naming the first variable that is missing or wrong."""
    read = _Reader(environment)
    host, port = read.address("HEALTH_BIND_ADDR", "0.0.0.0:8080")
    domain = read.domain("HANDLE_DOMAIN")
    return Config(
        database_url=read.url("DATABASE_URL", "postgresql", "postgres"),
        relay_url=read.url("RELAY_URL", "ws", "wss"),
        pds_url=read.url("PDS_URL", "http", "https"),
        pds_admin_password=read.text("PDS_AUTH_TOKEN"),
        pds_dialect=cast(Dialect, read.choice("PDS_DIALECT", "reference", "rsky")),
        plc_url=read.url("PLC_DIRECTORY_URL", "http", "https"),
        blossom_url=read.url("BLOSSOM_URL", "http", "https"),
        handle_domain=domain,
        provisioning_token=read.text("ATPROTO_PROVISIONING_TOKEN"),
        lifecycle_token=read.text("KEYCAST_ATPROTO_TOKEN"),
        keycast_sync_url=read.url("ATPROTO_KEYCAST_SYNC_URL", "http", "https"),
        name_server_sync_url=read.url("ATPROTO_NAME_SERVER_SYNC_URL", "http", "https"),
        name_server_sync_token=read.text("ATPROTO_NAME_SERVER_SYNC_TOKEN"),
        pds_public_host=read.text("PDS_PUBLIC_HOST"),
        entryway_host=read.text("ENTRYWAY_HOST"),
        encryption_key=read.key("PROVISIONING_KEY_ENCRYPTION_KEY"),
        recovery_keys=read.did_keys("PLC_RECOVERY_ROTATION_DID_KEYS"),
        account_email_domain=read.domain("ACCOUNT_EMAIL_DOMAIN", domain),
        relay_source_name=read.text("RELAY_SOURCE_NAME", "nostr-relay"),
        relay_overlap_seconds=read.whole("RELAY_OVERLAP_SECS", 600),
        relay_patience_seconds=read.whole("RELAY_PATIENCE_SECS", 20),
        video_service_enabled=read.choice("VIDEO_SERVICE_ENABLED", "false", "true") == "true",
        video_service_url=read.url("VIDEO_SERVICE_URL", "http", "https", default="https://video.bsky.app"),
        video_poll_timeout=read.whole("VIDEO_SERVICE_POLL_TIMEOUT_SECS", 120),
        video_poll_interval_ms=read.whole("VIDEO_SERVICE_POLL_INTERVAL_MS", 5000),
        media_allowed_hosts=read.hosts("MEDIA_ALLOWED_HOSTS"),
        bind_host=host,
        bind_port=port,
        database_pool=read.whole("DB_POOL_MAX_SIZE", 10),
        publish_workers=read.whole("PUBLISH_WORKERS", 4),
        provisioning_workers=read.whole("PROVISIONING_WORKERS", 4),
        lease_seconds=read.whole("PUBLISH_LEASE_SECS", 600),
        max_attempts=read.whole("PUBLISH_MAX_ATTEMPTS", 20),
        retry_seconds=read.whole("PUBLISH_RETRY_SECS", 4),
        http_seconds=read.whole("HTTP_TIMEOUT_SECS", 20),
        stop_seconds=read.whole("STOP_GRACE_SECS", 4),
        proxies=proxies.from_environment(environment),
    )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environment.get(name)
        if value is None:
            if default is None:
                raise ConfigError(f"{name} must be set")
            return default
        if not value.strip():
            raise ConfigError(f"{name} is set but empty")
        return value.strip()

    def url(self, name: str, *schemes: str, default: str | None = None) -> str:
        """Without a trailing slash."""
        value = self.text(name, default)
        scheme, separator, rest = value.partition("://")
        if scheme not in schemes or not separator or not rest.strip("/"):
            raise ConfigError(f"{name} must be a URL beginning {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    def domain(self, name: str, default: str | None = None) -> str:
        value = self.text(name, default).lower().lstrip(".")
        if not _DOMAIN.match(value):
            raise ConfigError(f"{name} must be a domain name like localnet.test, not {value!r}")
        return value

    def choice(self, name: str, *allowed: str) -> str:
        """The first of `allowed` is the default."""
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def whole(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) == 0:
            raise ConfigError(f"{name} must be a whole number above zero, not {value!r}")
        return int(value)

    def address(self, name: str, default: str) -> tuple[str, int]:
        value = self.text(name, default)
        match = _HOST_PORT.match(value)
        if match is None or int(match["port"]) > 65535:
            raise ConfigError(f"{name} must be HOST:PORT like 0.0.0.0:8080, not {value!r}")
        return match["host"].strip("[]"), int(match["port"])

    def key(self, name: str) -> bytes:
        value = self.text(name)
        if not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            raise ConfigError(f"{name} must be 64 hexadecimal digits")
        return bytes.fromhex(value)

    def hosts(self, name: str) -> frozenset[str]:
        items = self._environment.get(name, "").lower().split(",")
        return frozenset(item.strip() for item in items if item.strip())

    def did_keys(self, name: str) -> tuple[str, ...]:
        keys = [item.strip() for item in self._environment.get(name, "").split(",") if item.strip()]
        for key in keys:
            if not key.startswith("did:key:z"):
                raise ConfigError(f"{name} entries must be did:key values, not {key!r}")
            if keys.count(key) > 1:
                raise ConfigError(f"{name} names {key} twice")
        if len(keys) > 4:
            raise ConfigError(f"{name} may name at most 4 keys")
        return tuple(keys)

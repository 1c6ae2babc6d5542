"""Settings: every one that is missing, empty or wrong is named before anything starts."""

import pytest

from bridge.config import from_environment
from bridge.errors import ConfigError
from tests.bridge.town import ENVIRONMENT, configured

KEY = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} must be set$"):
        from_environment({key: value for key, value in ENVIRONMENT.items() if key != name})


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", ["", "  "], ids=["empty", "blank"])
def test_an_empty_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is set but empty$"):
        configured(**{name: value})


WRONG = {
    "a URL without scheme": ("PDS_URL", "pds.localnet.test"),
    "a URL without host": ("PDS_URL", "http://"),
    "the relay over http": ("RELAY_URL", "http://relay"),
    "a database that is not PostgreSQL": ("DATABASE_URL", "mysql://host/db"),
    "an unknown dialect": ("PDS_DIALECT", "bluesky"),
    "a domain of one label": ("HANDLE_DOMAIN", "localhost"),
    "a domain with a space": ("HANDLE_DOMAIN", "local net.test"),
    "an address without port": ("HEALTH_BIND_ADDR", "0.0.0.0"),
    "a port out of range": ("HEALTH_BIND_ADDR", "0.0.0.0:70000"),
    "a number that is none": ("PUBLISH_WORKERS", "four"),
    "a number below one": ("PUBLISH_WORKERS", "0"),
    "a negative number": ("DB_POOL_MAX_SIZE", "-1"),
    "a key that is too short": ("PROVISIONING_KEY_ENCRYPTION_KEY", "0f" * 31),
    "a key that is not hexadecimal": ("PROVISIONING_KEY_ENCRYPTION_KEY", "zz" * 32),
    "a recovery key that is none": ("PLC_RECOVERY_ROTATION_DID_KEYS", "zQ3sh"),
    "a recovery key named twice": ("PLC_RECOVERY_ROTATION_DID_KEYS", f"{KEY},{KEY}"),
    "five recovery keys": ("PLC_RECOVERY_ROTATION_DID_KEYS", ",".join(f"{KEY}{n}" for n in range(5))),
}


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} "):
        configured(**{name: value})


def test_slashes_capitals_and_dots_that_mean_nothing_are_taken_off() -> None:
    config = configured(PDS_URL="http://pds/", HANDLE_DOMAIN=".Localnet.Test")

    assert (config.pds_url, config.handle_domain) == ("http://pds", "localnet.test")


def test_what_is_not_said_has_a_default() -> None:
    config = configured()

    assert (config.bind_host, config.bind_port) == ("0.0.0.0", 8080)
    assert (config.pds_dialect, config.recovery_keys) == ("reference", ())
    assert config.account_email_domain == "localnet.test"
    assert config.relay_source_name == "nostr-relay"


def test_an_ipv6_address_is_understood() -> None:
    config = configured(HEALTH_BIND_ADDR="[::1]:80")

    assert (config.bind_host, config.bind_port) == ("::1", 80)


def test_recovery_keys_keep_their_order() -> None:
    keys = configured(PLC_RECOVERY_ROTATION_DID_KEYS=f" {KEY}b , {KEY}a,").recovery_keys

    assert keys == (f"{KEY}b", f"{KEY}a")


def test_the_settings_do_not_print_themselves() -> None:
    config = configured()

    assert not any(secret in repr(config) for secret in config.secrets)

"""Which handles and addresses may be registered."""

import pytest

from fakes.pds import emails
from fakes.pds.errors import PdsError
from fakes.pds.registration import registrable
from fakes.pds.server import Pds

REFUSED = {
    "a label of two letters": ("ab.localnet.test", "InvalidHandle", "Handle too short"),
    "a label of nineteen letters": ("x" * 19 + ".localnet.test", "InvalidHandle", "Handle too long"),
    "a dot before the domain": ("a.bcd.localnet.test", "InvalidHandle", "Invalid characters in handle"),
    "a reserved name": ("admin.localnet.test", "HandleNotAvailable", "Reserved handle"),
    "a top-level domain nobody can have": (
        "alice.local",
        "InvalidHandle",
        "Handle TLD is invalid or disallowed",
    ),
    "another domain without a DID": (
        "alice.example.com",
        "UnsupportedDomain",
        "Not a supported handle domain",
    ),
    "no handle at all": ("alice", "InvalidHandle", "Invalid handle"),
}


@pytest.mark.parametrize(("handle", "name", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_handle_is_refused_for(handle: str, name: str, message: str, pds: Pds) -> None:
    with pytest.raises(PdsError) as refusal:
        registrable(pds, handle, did=None)

    assert (refusal.value.name, refusal.value.message) == (name, message)


def test_a_handle_is_kept_in_lower_case(pds: Pds) -> None:
    assert registrable(pds, "Alice.Localnet.TEST", did=None) == "alice.localnet.test"


def test_a_handle_elsewhere_does_not_resolve_to_the_did(pds: Pds) -> None:
    with pytest.raises(PdsError, match="External handle did not resolve to DID"):
        registrable(pds, "alice.example.com", did="did:plc:abc")


@pytest.mark.parametrize(
    ("email", "acceptable"),
    [
        ("alice@example.com", True),
        ("noreply+alice.localnet.test@example.com", True),
        ("alice", False),
        ("alice@localhost", False),
        ("alice@mailinator.com", False),
        ("a lice@example.com", False),
    ],
)
def test_an_address_looks_real_and_lasting(email: str, acceptable: bool) -> None:
    assert emails.is_acceptable(email) is acceptable

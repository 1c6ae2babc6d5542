"""Do the fakes still answer as they did when they agreed with the real servers? The same can be asked of any server by URL (CONTRIBUTING.md)."""

import httpx
import pytest

from tests.parity.asking import Asking, Identity, body_of
from tests.parity.cases import Case, cases, differences, expected, filled
from tests.parity.conftest import Asked


@pytest.mark.parametrize("case", cases("pds"), ids=lambda case: case["says"])
def test_a_pds(case: Case, asked: Asked, http: httpx.Client) -> None:
    asking = Asking(http, asked.pds, asked.admin_password)

    answer = asking.play(case)

    wanted = filled(expected(case, asked.dialect), asking.known)
    assert not differences(wanted, answer.status_code, body_of(answer)), answer.text[:500]


@pytest.mark.parametrize("case", cases("plc"), ids=lambda case: case["says"])
def test_a_plc_directory(case: Case, asked: Asked, http: httpx.Client) -> None:
    identity = Identity(http, asked.plc)
    for step in case["history"]:
        assert identity.submit(step).is_success
    if "later" in case:
        if asked.ours is None:
            pytest.skip("asks for a later time, and only our own servers' clock can be moved")
        asked.ours.advance(case["later"] * 3600)

    answer = asked_of(identity, case)

    wanted = filled(expected(case, asked.dialect), {"it": {"did": identity.did}})
    assert not differences(wanted, answer.status_code, body_of(answer)), answer.text[:500]


def asked_of(identity: Identity, case: Case) -> httpx.Response:
    if case.get("again"):
        return identity.again()
    if "operation" in case:
        refused_or_taken = identity.submit(case["operation"])
        return identity.get(case["then"]) if "then" in case else refused_or_taken
    return identity.get(case["path"])

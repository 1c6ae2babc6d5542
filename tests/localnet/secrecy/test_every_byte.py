"""No secret of a run stands in any byte that outlives it: journal, evidence, timeline, JUnit, JSON, summary; not raw, in base64, hex or percent encoding.

The bridge here is one that prints its sessions' tokens, so the secrets are there to be let slip.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bridge.vault import Vault
from localnet.journal.forms import forms
from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.evidence import JOURNAL
from localnet.network.progress import silent
from localnet.report.documents import json_document, junit_document
from localnet.report.evidence import TIMELINE
from localnet.report.inquiry import TEXT, Case, Inquiry
from localnet.report.mutants import make, mutants_named
from localnet.report.summary import summary_document
from localnet.report.verdicts import Result, Verdict
from localnet.world import Person, world_of
from localnet.world.catalogue import load_catalogue

PACKED = re.compile(rb'type="text/plain"[^>]*>([A-Za-z0-9+/=]+)<')
SHORTEST = 8
"""characters of a secret worth looking for"""


@dataclass(frozen=True)
class Kept:
    """What a run with one failed scenario has left, and what was secret in it."""

    files: dict[str, bytes]
    secrets: dict[str, str]
    printed: bytes
    """by the bridge, as it came"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    bridge = tmp_path_factory.mktemp("mutant")
    make(mutants_named(["logs-tokens"])[0], bridge)
    spec = NetworkSpec(env={"PYTHONPATH": str(bridge)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        with open_backend("processes", silent) as backend, start_network(spec, backend, silent) as network:
            yield _failed(network)


def _failed(network: Network) -> Kept:
    inquiry = Inquiry()
    inquiry.begins(network)
    world = world_of(network, load_catalogue())
    person = world.person("alice")
    person.opts_in()
    video = person.publishes()
    world.eventually("video-appears", person.feed_shows(video))
    printed = network.logs("bridge")
    case = Case("scenarios/test_a.py::test_b", f"seen: {printed}", [person], person.ids, ["bridge"], "again")
    found = inquiry.find_out(network, case, None)
    result = Result(
        case.scenario, ("p",), Verdict.FAIL, 1, seen=found.seen, evidence=found.sections, exit_code=1
    )
    files = {str(path): path.read_bytes() for path in _directory(found.sections).rglob("*") if path.is_file()}
    files |= {
        "the run's journal": network.journal.path.read_bytes(),
        "junit.xml": junit_document([result]).encode(),
        "results.json": json.dumps(json_document([result])).encode(),
        "what travels between workers": json.dumps(result.to_json()).encode(),
        "summary.md": summary_document([result]).encode(),
    }
    return Kept(files, _secrets(network, person, printed), printed.encode())


def _directory(sections: dict[str, str] | object) -> Path:
    assert isinstance(sections, dict)
    found = re.search(r"^evidence  (.+)$", sections["how to go on"], re.MULTILINE)
    assert found
    return Path(found[1])


def _secrets(network: Network, person: Person, printed: str) -> dict[str, str]:
    """What it is called -> it."""
    key = person._secret.to_bytes()
    found = {**network.secrets, "the person's key": key.hex(), "the person's nsec": person._secret.nsec}
    found |= {
        f"JWT {number}": jwt for number, jwt in enumerate(re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", printed))
    }
    vault = Vault(bytes.fromhex(network.environment("bridge")["PROVISIONING_KEY_ENCRYPTION_KEY"]))
    with psycopg.connect(network.database_url()) as connection:
        for did, password, access, refresh in connection.execute(
            "SELECT did, password, access_jwt, refresh_jwt FROM account_credentials"
        ):
            for purpose, sealed in (("password", password), ("access", access), ("refresh", refresh)):
                found[f"{purpose} in the database"] = vault.open(sealed, f"{did}:{purpose}").decode()
        for reference, purpose, sealed in connection.execute(
            "SELECT key_ref, key_purpose, encrypted_secret FROM provisioning_keys"
        ):
            found[f"{purpose}"] = vault.open(sealed, f"{reference}:{purpose}").hex()
    return {what: secret for what, secret in found.items() if len(secret) >= SHORTEST}


def _with_what_is_packed(text: bytes) -> bytes:
    """A timeline's lines, too, lie in it compressed."""
    return b"\n".join([text, *(gzip.decompress(base64.b64decode(pack)) for pack in PACKED.findall(text))])


def test_the_secrets_are_there_to_be_let_slip(kept: Kept) -> None:
    assert {
        "password in the database",
        "access in the database",
        "signing-key",
        "plc-rotation-key",
        "JWT 0",
    } <= kept.secrets.keys()
    assert kept.secrets["access in the database"].encode() in kept.printed
    assert {Path(name).name for name in kept.files} >= {
        JOURNAL,
        TEXT,
        TIMELINE,
        "run.json",
        "why.txt",
        "bridge.log",
        "junit.xml",
        "summary.md",
    }


def test_none_stands_in_any_byte_that_is_kept(kept: Kept) -> None:
    found = [
        f"{what} {form} in {name}"
        for name, text in kept.files.items()
        for what, secret in kept.secrets.items()
        for look, form in forms(secret)
        if look in _with_what_is_packed(text)
    ]

    assert found == []


def test_what_is_no_secret_is_still_told(kept: Kept) -> None:
    logs = next(text for name, text in kept.files.items() if name.endswith("bridge.log"))

    assert b"mutant active: logs-tokens" in logs
    assert b"account link ready" in logs
    timeline = next(text for name, text in kept.files.items() if name.endswith(TIMELINE))
    assert b"com.atproto.repo.createRecord" in _with_what_is_packed(timeline)

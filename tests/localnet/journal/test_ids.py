"""Ids that join a story across services are found wherever they stand, and hex that means something else is not one of them."""

import pytest

from localnet.journal import ids

E, F, P = "ab" * 32, "ef" * 32, "cd" * 32
DID = "did:plc:" + "a" * 24
BLOB_E, BLOB_F = ids.blob_cid(E), ids.blob_cid(F)
CID = "bafyrei" + "a" * 52

CASES: dict[str, tuple[str, ids.Found]] = {
    "an event as JSON": (f'{{"id":"{E}","pubkey":"{P}","sig":"{E}{P}"}}', {"event": [E], "pubkey": [P]}),
    "an event in a frame within JSON": (rf'{{"b":"{{\"id\":\"{E}\"}}"}}', {"event": [E]}),
    "a deletion's targets": (f'[["e","{E}"],["p","{P}"]]', {"event": [E], "pubkey": [P]}),
    "an address": (f'["a","34236:{P}:first"]', {"pubkey": [P]}),
    "a filter with several": (f'{{"ids":["{E}","{F}"],"authors":["{P}"]}}', {"event": [E, F], "pubkey": [P]}),
    "an OK": (f'["OK","{E}",true,""]', {"event": [E]}),
    "a column": (f"nostr_event_id = '{E}'", {"event": [E]}),
    "a parameter with its column": (f'nostr_pubkey="{P}"', {"pubkey": [P]}),
    "a path": (f"/api/account-links/{P}/status", {"pubkey": [P]}),
    "hashes of files": (f'{{"x":"{E}","sha256":"{F}"}}', {"cid": [BLOB_E, BLOB_F]}),
    "a hash in imeta": (f'["imeta","m video/mp4","x {E}"]', {"cid": [BLOB_E]}),
    "a blob's path": (f"/{E}.mp4", {"cid": [BLOB_E]}),
    "a blob's URL": (f'"url":"http://media.localnet.test:80/{E}.mp4"', {"cid": [BLOB_E]}),
    "half a signature is none": (f'"sig":"{E}{F}"', {}),
    "a name that tells nothing": (f'"digest":"{E}" /some/where/{F}', {}),
    "a DID": (f"repo={DID}&x", {"did": [DID]}),
    "a web DID at the end of a sentence": ("did:web:pds.localnet.test.", {"did": ["did:web:pds.localnet.test"]}),
    "an at-uri has its DID": (
        f"at://{DID}/app.bsky.feed.post/3kabc",
        {"did": [DID], "uri": [f"at://{DID}/app.bsky.feed.post/3kabc"]},
    ),
    "a CID": (f'{{"cid":"{CID}"}}', {"cid": [CID]}),
    "a job": ('{"job_id": "job-7"}', {"job": ["job-7"]}),
    "no job": ('{"job_id": null}', {}),
    "each once, in order": (f'"id":"{F}" "id":"{E}" "id":"{F}"', {"event": [F, E]}),
    "nothing": ("", {}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_find(text: str, expected: ids.Found) -> None:
    assert ids.find(text) == expected


def test_a_url_is_read_decoded() -> None:
    assert ids.find(ids.decoded("/x?repo=" + DID.replace(":", "%3A"))) == {"did": [DID]}


def test_merging_keeps_the_order_and_names_each_once() -> None:
    assert ids.merged({"did": ["a", "b"]}, {"did": ["b", "c"], "uri": ["u"]}) == {
        "did": ["a", "b", "c"],
        "uri": ["u"],
    }

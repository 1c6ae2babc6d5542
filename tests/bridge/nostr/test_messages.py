"""Frames of a relay, read."""

import pytest

from bridge.nostr.messages import (
    Arrived,
    Closed,
    EndOfStored,
    MalformedMessageError,
    Notice,
    close,
    read,
    request,
)

READ = {
    '["EVENT","live",{"id":1}]': Arrived("live", {"id": 1}),
    '["EOSE","live"]': EndOfStored("live"),
    '["CLOSED","live","auth-required: who are you"]': Closed("live", "auth-required: who are you"),
    '["CLOSED","live"]': Closed("live", ""),
    '["NOTICE","slow down"]': Notice("NOTICE", "slow down"),
    '["AUTH","challenge"]': Notice("AUTH", "challenge"),
    '["OK","id",true,""]': Notice("OK", "id True "),
}


@pytest.mark.parametrize(("frame", "message"), READ.items())
def test_reads(frame: str, message: object) -> None:
    assert read(frame) == message
    assert read(frame.encode()) == message


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "<html>",
        "{}",
        "[]",
        '["EVENT"]',
        '["EVENT",5,{}]',
        '["COUNT","a",1]',
        '["EOSE"]',
        b"\xff",
        '["EOSE","\\ud800"]',
        "[" * 2000,
    ],
)
def test_anything_else_is_malformed(frame: str | bytes) -> None:
    with pytest.raises(MalformedMessageError):
        read(frame)


def test_asks() -> None:
    assert request("live", {"kinds": [5], "limit": 1}) == '["REQ","live",{"kinds":[5],"limit":1}]'
    assert close("live") == '["CLOSE","live"]'

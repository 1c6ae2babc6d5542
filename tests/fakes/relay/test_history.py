"""What a relay holds before anybody comes: nothing, or something that every reader accepts and nobody asked for."""

import httpx
import pytest

from fakes import relay
from fakes.nostr.keys import verify
from fakes.relay.history import LONG_AGO, history
from fakes.settings import Settings


def test_the_old_video_is_a_good_event_and_the_same_in_every_run() -> None:
    (event,) = history("old")

    assert verify(event)
    assert (event.created_at, history("old")) == (LONG_AGO, (event,))


def test_a_history_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'new' does not exist"):
        history("new")


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "shown"), [("none", 0), ("old", 1)])
async def test_the_rest_view_shows_it_from_the_beginning(name: str, shown: int) -> None:
    app = relay.build(Settings("relay", {"history": name}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relay") as http:
        page = (await http.get("/api/videos/events", params={"sort": "recent"})).json()

    assert len(page["videos"]) == shown

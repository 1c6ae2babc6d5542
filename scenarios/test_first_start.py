"""The first start: what a bridge makes of a relay that it has never seen."""

from localnet.world import World, claims, own_network


@claims("first-video-on-an-empty-relay")
@own_network(settings={"relay.history": "none"})
def test_the_first_video_that_an_empty_relay_ever_got_appears(world: World) -> None:
    """Whoever is the first to publish is crossposted like everybody after them (O08)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("first-video-on-an-empty-relay", alice.feed_shows(video))

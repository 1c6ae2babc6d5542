"""Patience: what cannot be done now is done later, also when later is hours away; time passes quickly, nobody waits."""

from localnet.world import World, claims, own_network


@claims("long-outages-lose-nothing")
@own_network(clock=True)
def test_four_hours_without_the_pds_lose_no_video(world: World) -> None:
    """A person who published during an outage is posted after it, once (O28, O29)."""
    alice = world.linked("alice")
    outage = world.wire.cuts_the_bridge_off("pds")

    video = alice.publishes()
    world.clock.passes("4h")
    outage.ends()
    world.clock.passes("1h")

    world.eventually("long-outages-lose-nothing", alice.feed_shows(video))
    world.once_settled("long-outages-lose-nothing", alice.feed_shows_once(video))


@claims("short-outages-lose-nothing")
@own_network(clock=True)
def test_ten_minutes_without_the_pds_lose_no_video(world: World) -> None:
    """A person who published while the PDS was restarted is posted afterwards, once (B23)."""
    alice = world.linked("alice")
    outage = world.wire.cuts_the_bridge_off("pds")

    video = alice.publishes()
    world.clock.passes("10m", times=300)
    outage.ends()
    world.clock.passes("20m", times=300)

    world.eventually("short-outages-lose-nothing", alice.feed_shows(video))
    world.once_settled("short-outages-lose-nothing", alice.feed_shows_once(video))

"""Time: what was promised holds hours, days and months later; the clock of the whole network moves, nobody waits."""

from localnet.world import FETCHING_THE_FILM, RECOVERY_KEY, STORING_THE_FILM, World, claims, own_network


@claims("session-expiry-goes-unnoticed")
@own_network(clock=True)
def test_videos_go_on_appearing_when_the_session_has_expired(world: World) -> None:
    """A person who opted in hours ago publishes as ever; once everything went dark after two (B28, PD-15)."""
    alice = world.linked("alice")
    before = alice.publishes()
    world.eventually("video-appears", alice.feed_shows(before))

    world.clock.advances("3h")
    video = alice.publishes()

    world.eventually("session-expiry-goes-unnoticed", alice.feed_shows(video))
    world.once_settled(
        "session-expiry-goes-unnoticed", alice.feed_shows_once(before), alice.feed_shows_once(video)
    )


@claims("absence-goes-unnoticed")
@own_network(clock=True)
def test_videos_go_on_appearing_after_months_of_absence(world: World) -> None:
    """A person who comes back after a quarter of a year finds everything as it was (PD-17)."""
    alice = world.linked("alice")

    world.clock.advances("91d")
    video = alice.publishes()

    world.eventually("absence-goes-unnoticed", alice.feed_shows(video))
    world.once_settled("absence-goes-unnoticed", alice.feed_shows_once(video))


@claims("identity-can-be-taken-back")
@own_network(env=RECOVERY_KEY, clock=True)
def test_within_72_hours_an_identity_can_be_taken_back(world: World) -> None:
    """Whoever keeps the recovery key can undo what was done with the others (PD-39)."""
    alice = world.linked("alice")

    world.clock.advances("71h")
    world.custodian.takes_back(alice)

    world.once_settled("identity-can-be-taken-back", world.custodian.holds(alice))


@claims("identity-can-be-taken-back")
@own_network(env=RECOVERY_KEY, clock=True)
def test_after_72_hours_an_identity_stays_where_it_is(world: World) -> None:
    """What has stood for three days stands (PD-39)."""
    alice = world.linked("alice")

    world.clock.advances("73h")
    world.custodian.takes_back(alice)

    world.once_settled("identity-can-be-taken-back", world.custodian.is_refused(alice))


@claims("leases-run-out")
@own_network(clock=True)
def test_what_a_killed_bridge_had_taken_up_is_taken_up_again(world: World) -> None:
    """A person's video waits ten minutes for a bridge that died, no longer, and is posted once (B35, BQ-17)."""
    alice = world.linked("alice")

    video = world.bridge.is_killed_while(FETCHING_THE_FILM, alice.publishes_a_long_film)
    world.bridge.starts_again()
    world.clock.advances("11m")

    world.eventually("leases-run-out", alice.feed_shows(video))
    world.once_settled("leases-run-out", alice.feed_shows_once(video))


@claims("stalled-worker-changes-nothing")
@own_network(replicas=2, staggered=True, clock=True)
def test_a_worker_that_stood_still_changes_nothing_when_it_goes_on(world: World) -> None:
    """A person's video is one post, also when two replicas were at it, one after the other (B35, BQ-18)."""
    alice = world.linked("alice")

    video = world.bridge.is_frozen_while(STORING_THE_FILM, alice.publishes)
    world.clock.advances("11m")
    world.eventually("stalled-worker-changes-nothing", alice.feed_shows(video))
    world.bridge.thaws()

    world.once_settled("stalled-worker-changes-nothing", alice.feed_shows_once(video))


@claims("outage-of-days-loses-nothing")
@own_network(clock=True)
def test_what_is_published_during_a_week_without_the_pds_appears_afterwards(world: World) -> None:
    """A person's videos wait out the longest outage: none is given up, each is posted once (BQ-23)."""
    alice = world.linked("alice")

    cut = world.wire.cuts_the_bridge_off("pds")
    first = alice.publishes()
    world.wire.waits_for(cut)
    world.clock.advances("3d")
    second = alice.publishes()
    world.clock.advances("4d")
    cut.ends()
    world.clock.advances("15m")

    world.eventually("outage-of-days-loses-nothing", alice.feed_shows(first), alice.feed_shows(second))
    world.once_settled(
        "outage-of-days-loses-nothing", alice.feed_shows_once(first), alice.feed_shows_once(second)
    )

"""The PDS: sessions that end, limits that are reached, accounts that go dark. Nobody's video is lost, nobody waits for another."""

from localnet.world import World, claims, own_network


@claims("refused-sessions-are-renewed")
def test_a_session_that_expired_is_renewed(world: World) -> None:
    """A person is posted for longer than a session lasts (B19, O01)."""
    alice = world.linked("alice")
    world.pds.expires_session_of(alice)

    video = alice.publishes()

    world.eventually("refused-sessions-are-renewed", alice.feed_shows(video))


@claims("refused-sessions-are-renewed")
def test_a_session_that_expires_in_the_middle_is_renewed_and_the_video_posted_once(world: World) -> None:
    """A person's video is not lost between its film and its post (O01, PD-15)."""
    alice = world.linked("alice")
    world.pds.expires_session_at_the_post_of(alice)

    video = alice.publishes()

    world.eventually("refused-sessions-are-renewed", alice.feed_shows(video))
    world.once_settled("refused-sessions-are-renewed", alice.feed_shows_once(video))


@claims("ended-sessions-are-begun-anew")
def test_a_session_that_cannot_be_renewed_is_begun_anew(world: World) -> None:
    """A person whose sessions were all ended is posted without having to do anything (O49, PD-17)."""
    alice = world.linked("alice")
    world.pds.ends_sessions_of(alice)

    video = alice.publishes()

    world.eventually("ended-sessions-are-begun-anew", alice.feed_shows(video))


@claims("refused-sessions-are-renewed")
@own_network(settings={"pds.dialect": "rsky"})
def test_a_session_that_expired_is_renewed_in_the_other_dialect(world: World) -> None:
    """A person is posted whichever PDS they live on: rsky says it with 400, and writes with 500 (O01, PD-15)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    world.pds.expires_session_of(alice)
    world.pds.expires_session_at_the_post_of(bob)

    of_alice, of_bob = alice.publishes(), bob.publishes()

    world.eventually("refused-sessions-are-renewed", alice.feed_shows(of_alice), bob.feed_shows(of_bob))
    world.once_settled(
        "refused-sessions-are-renewed", alice.feed_shows_once(of_alice), bob.feed_shows_once(of_bob)
    )


@claims("limits-are-respected")
def test_who_is_over_the_limit_is_posted_when_the_pds_says_so(world: World) -> None:
    """A person over the limit waits as long as asked, and nobody waits with them (BQ-35)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    limit = world.pds.limits_the_rate_of(alice, seconds=3)

    waiting, other = alice.publishes(), bob.publishes()

    world.eventually("limits-are-respected", bob.feed_shows(other))
    world.eventually("limits-are-respected", alice.feed_shows(waiting))
    world.once_settled("limits-are-respected", alice.feed_shows_once(waiting), limit.has_met(1))


@claims("quotas-reopen")
@own_network(clock=True)
def test_who_used_up_their_day_is_posted_the_next_day(world: World) -> None:
    """A person who published more than the PDS takes in a day loses nothing, and others notice nothing (BQ-23, BQ-35)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    quota = world.pds.takes_no_more_films_from(alice)
    waiting = alice.publishes()
    world.eventually("quotas-reopen", quota.is_met())
    other = bob.publishes()
    world.eventually("quotas-reopen", bob.feed_shows(other))

    world.clock.advances("25h")

    world.eventually("quotas-reopen", alice.feed_shows(waiting))
    world.once_settled("quotas-reopen", alice.feed_shows_once(waiting))


@claims("dark-accounts-wait")
def test_who_is_taken_down_is_posted_once_they_are_back(world: World) -> None:
    """A person who was taken down by mistake loses no video, and others notice nothing (BQ-23, BQ-35)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    takedown = world.pds.takes_down(alice)

    waiting, other = alice.publishes(), bob.publishes()
    world.eventually("dark-accounts-wait", bob.feed_shows(other), takedown.is_met())
    takedown.ends()

    world.eventually("dark-accounts-wait", alice.feed_shows(waiting))


@claims("dark-accounts-wait")
def test_who_deactivated_their_account_is_posted_once_they_are_back_and_not_before(world: World) -> None:
    """A person who leaves for a while stays away until they come back themselves; then their videos appear (BQ-23)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    absence = world.pds.deactivates(alice)

    waiting, other = alice.publishes(), bob.publishes()
    world.eventually("dark-accounts-wait", bob.feed_shows(other))
    world.eventually("dark-accounts-wait", absence.is_met(2), alice.has_gone_dark())
    absence.ends()
    world.database.pauses_are_over()

    world.eventually("dark-accounts-wait", alice.feed_shows(waiting))

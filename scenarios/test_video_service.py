"""The video service: what it makes of a film is posted; what it knows, refuses, loses or takes its time over stops nobody."""

from localnet.world import HANDING_IN_THE_FILM, World, claims, demo_film, own_network, shared_network

SERVICE = {"VIDEO_SERVICE_ENABLED": "true"}
ONE_TRY = {**SERVICE, "PUBLISH_MAX_ATTEMPTS": "1"}
TWO_TRIES = {**SERVICE, "PUBLISH_MAX_ATTEMPTS": "2"}


@claims("video-is-transcoded")
@shared_network(**SERVICE)
def test_a_newcomers_first_video_is_transcoded(world: World) -> None:
    """A person's film is made to play everywhere, from the first one on (B24, B25, VB-06, VB-09)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("video-is-transcoded", alice.feed_shows_transcoded(video))
    world.once_settled("video-is-transcoded", alice.feed_shows_once(video))


@claims("both-answers-are-understood")
@shared_network(**SERVICE)
def test_a_service_that_answers_as_its_lexicon_says_is_understood(world: World) -> None:
    """A person's video does not depend on which of two shapes an answer has (VB-08)."""
    alice = world.linked("alice")
    world.video.answers_as_its_lexicon_says()

    video = alice.publishes()

    world.eventually("both-answers-are-understood", alice.feed_shows_transcoded(video))


@claims("known-films-are-posted")
@shared_network(**SERVICE)
def test_the_same_film_from_two_people_plays_for_both(world: World) -> None:
    """Two people with the same film each have it in their own repository (B32, VB-02)."""
    alice, bob = world.linked("alice"), world.linked("bob")

    of_alice = alice.publishes(demo_film())
    world.eventually("video-is-transcoded", alice.feed_shows(of_alice))
    of_bob = bob.publishes(demo_film())

    world.eventually("known-films-are-posted", bob.feed_shows(of_bob))


@claims("known-films-are-posted")
@shared_network(**SERVICE)
def test_whatever_the_service_says_of_a_film_it_knows_the_film_is_posted(world: World) -> None:
    """A person whose film the service knows sees it appear, and it is handed in once (B22, O37, VB-01, VB-03)."""
    alice, bob, carol = world.linked("alice"), world.linked("bob"), world.linked("carol")
    blob = world.video.knows_films_of(alice, naming="blob")
    nothing = world.video.knows_films_of(bob, naming="nothing")
    late = world.video.finds_out_late_that_it_knows_films_of(carol)

    first, second, third = alice.publishes(), bob.publishes(), carol.publishes()

    world.eventually("known-films-are-posted", alice.feed_shows(first), bob.feed_shows(second))
    world.eventually("known-films-are-posted", carol.feed_shows(third))
    world.once_settled("known-films-are-posted", blob.has_met(1), nothing.has_met(1), late.has_met(1))


@claims("quota-only-delays")
@own_network(env=ONE_TRY, clock=True)
def test_a_video_over_the_quota_is_posted_the_next_day(world: World) -> None:
    """A person who published a lot today sees the rest tomorrow, however often it was tried (B29, VB-05, VB-15)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    early = world.video.has_no_more_today_for(alice)
    late = world.video.says_late_that_it_has_no_more_today_for(bob)
    first, second = alice.publishes(), bob.publishes()
    world.eventually("quota-only-delays", alice.is_told_that_the_quota_is_used_up(first))
    world.eventually("quota-only-delays", bob.is_told_that_the_quota_is_used_up(second))

    early.ends()
    late.ends()
    world.clock.advances("24h")

    world.eventually("quota-only-delays", alice.feed_shows(first), bob.feed_shows(second))


@claims("failed-transcoding-is-told")
@shared_network(**TWO_TRIES)
def test_a_film_that_cannot_be_processed_is_given_up_and_stops_nothing(world: World) -> None:
    """A person with a broken film is told so, and their next video appears (B23)."""
    alice = world.linked("alice")
    failing = world.video.cannot_process_films_of(alice)

    broken = alice.publishes_in_vain()
    world.eventually("failed-transcoding-is-told", alice.is_told_that_it_failed(broken))
    world.once_settled("failed-transcoding-is-told", failing.has_met(2), alice.feed_lacks(broken))
    failing.ends()
    good = alice.publishes()

    world.eventually("failed-transcoding-is-told", alice.feed_shows(good))


@claims("film-is-handed-in-once")
@shared_network(**SERVICE)
def test_a_film_is_handed_in_once_though_the_bridge_is_killed(world: World) -> None:
    """A person's film is not processed twice because the bridge was started again meanwhile (B35, O37, VB-07)."""
    alice = world.linked("alice")
    slow = world.video.takes(2, alice)

    video = world.bridge.is_killed_while(HANDING_IN_THE_FILM, alice.publishes)
    world.database.leases_run_out()
    world.bridge.starts_again()

    world.eventually("film-is-handed-in-once", alice.feed_shows_transcoded(video))
    world.once_settled("film-is-handed-in-once", slow.has_met(1), alice.feed_shows_once(video))


@claims("film-is-handed-in-once")
@shared_network(**SERVICE)
def test_a_slow_service_is_waited_for(world: World) -> None:
    """A person whose film takes long has it posted transcoded, and nobody else waits for it (VB-07, O38)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    slow = world.video.takes(4, alice)

    long = alice.publishes()
    short = bob.publishes()

    world.eventually("film-is-handed-in-once", bob.feed_shows_transcoded(short))
    world.eventually("film-is-handed-in-once", alice.feed_shows_transcoded(long))
    world.once_settled("film-is-handed-in-once", slow.has_met(1))


@claims("lost-jobs-lose-no-video")
@shared_network(**SERVICE)
def test_what_the_service_forgets_or_does_not_name_is_posted_all_the_same(world: World) -> None:
    """A person's video does not get lost between two services (VB-07)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    world.video.forgets_jobs_of(alice)
    world.video.completes_without_a_film(bob)

    forgotten, unnamed = alice.publishes(), bob.publishes()

    world.eventually("lost-jobs-lose-no-video", alice.feed_shows(forgotten), bob.feed_shows(unnamed))

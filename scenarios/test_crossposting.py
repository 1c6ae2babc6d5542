"""Crossposting: every video once, its author's and nobody else's, and gone when it is deleted."""

from localnet.world import FETCHING_THE_FILM, WRITING_THE_POST, World, claims, demo_film


@claims("video-appears-once")
def test_a_video_appears_once_however_often_its_event_arrives(world: World) -> None:
    """A person's video is one post, also when relays repeat themselves (B33, BQ-07)."""
    alice = world.linked("alice")

    video = alice.publishes()
    world.eventually("video-appears", alice.feed_shows(video))
    alice.replays(video)
    world.relay.replays(video)

    world.once_settled("video-appears-once", alice.feed_shows_once(video))


@claims("same-bytes-from-two-people")
def test_the_same_bytes_from_two_people_play_for_both(world: World) -> None:
    """Two people who post the same film both have it, each in their own repository (B32, O43, PD-25)."""
    alice, bob = world.linked("alice"), world.linked("bob")

    of_alice, of_bob = alice.publishes(demo_film()), bob.publishes(demo_film())

    world.eventually("same-bytes-from-two-people", alice.feed_shows(of_alice), bob.feed_shows(of_bob))


@claims("deletion-removes-the-post")
def test_a_deleted_video_disappears(world: World) -> None:
    """A person who deletes a video on Nostr finds it gone from Bluesky too (O02, BQ-10)."""
    alice = world.linked("alice")
    video, other = alice.publishes(), alice.publishes()
    world.eventually("video-appears", alice.feed_shows(video), alice.feed_shows(other))

    alice.deletes(video)

    world.eventually("deletion-removes-the-post", alice.feed_lacks(video))
    world.once_settled("deletion-removes-the-post", alice.feed_lacks(video), alice.feed_shows(other))


@claims("strangers-are-not-mirrored")
def test_a_stranger_is_not_mirrored(world: World) -> None:
    """Nobody finds themselves on Bluesky who never asked for it (GW-20)."""
    stranger = world.person("stranger")

    stranger.publishes()

    world.once_settled("strangers-are-not-mirrored", stranger.is_not_bridged())


@claims("disabling-stops-crossposting", "enabling-resumes-crossposting")
def test_disabling_stops_and_enabling_resumes(world: World) -> None:
    """A person can stop, and come back (B08)."""
    alice = world.linked("alice")

    alice.disables()
    meanwhile = alice.publishes()
    world.once_settled("disabling-stops-crossposting", alice.feed_lacks(meanwhile))
    alice.enables()
    afterwards = alice.publishes()

    world.eventually("enabling-resumes-crossposting", alice.feed_shows(afterwards))


@claims("killed-bridge-loses-nothing")
def test_a_bridge_killed_while_fetching_the_film_publishes_it_once(world: World) -> None:
    """A person's video survives a crash of the bridge in the middle of it (B06, B07, BQ-20)."""
    alice = world.linked("alice")

    video = world.bridge.is_killed_while(FETCHING_THE_FILM, alice.publishes_a_long_film)
    world.database.leases_run_out()
    world.bridge.starts_again()

    world.eventually("killed-bridge-loses-nothing", alice.feed_shows(video))
    world.once_settled("killed-bridge-loses-nothing", alice.feed_shows_once(video))


@claims("crash-writes-no-second-post")
def test_a_bridge_killed_after_writing_the_post_writes_no_second(world: World) -> None:
    """A crash between the post and the note of it leaves one post (B33, O42)."""
    alice = world.linked("alice")

    video = world.bridge.is_killed_while(WRITING_THE_POST, alice.publishes)
    world.database.leases_run_out()
    world.bridge.starts_again()

    world.eventually("crash-writes-no-second-post", alice.feed_shows(video))
    world.once_settled("crash-writes-no-second-post", alice.feed_shows_once(video))

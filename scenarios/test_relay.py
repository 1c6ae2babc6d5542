"""Relays: late, in disorder, on one side only, lying, babbling, silent. People's videos are posted all the same."""

from localnet.world import World, claims, own_network


@claims("late-events-are-posted")
def test_a_video_that_arrives_after_later_ones_is_posted(world: World) -> None:
    """A person whose app was offline is not forgotten because others were faster (O05, BQ-03, BQ-05)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    world.relay.holds_back(alice)
    late, later = alice.publishes(), alice.publishes()
    world.eventually("video-appears", bob.feed_shows(bob.publishes()))

    world.relay.delivers(later, late)

    world.eventually("late-events-are-posted", alice.feed_shows(late), alice.feed_shows(later))


@claims("late-events-are-posted")
def test_a_video_signed_yesterday_is_posted_today(world: World) -> None:
    """A person who signed a video without a connection sees it once they have one (O05, BQ-06)."""
    alice = world.linked("alice")
    world.eventually("video-appears", alice.feed_shows(alice.publishes()))

    belated = alice.publishes_belatedly()

    world.eventually("late-events-are-posted", alice.feed_shows(belated))


@claims("repetition-posts-nothing-twice")
def test_a_relay_that_repeats_itself_and_knows_no_order_gets_each_video_posted_once(world: World) -> None:
    """A person's video is one post, whatever a relay makes of its stream (BQ-07, BQ-29)."""
    alice = world.linked("alice")
    world.relay.says_everything_twice()
    world.relay.sends_the_oldest_first()

    first, second = alice.publishes(), alice.publishes()
    world.relay.replays(second, first)
    world.bridge.restarts("repetition-posts-nothing-twice")

    world.eventually("repetition-posts-nothing-twice", alice.feed_shows(first), alice.feed_shows(second))
    world.once_settled(
        "repetition-posts-nothing-twice", alice.feed_shows_once(first), alice.feed_shows_once(second)
    )


@claims("future-dates-stop-nobody")
@own_network()
def test_a_video_from_the_future_stops_nobody(world: World) -> None:
    """A wrong clock in one app keeps no other person's videos back, live or while the bridge was down (O06, O11)."""
    mallory, alice = world.linked("mallory"), world.linked("alice")
    world.relay.takes_any_date(mallory)

    mallory.publishes_from_the_future()
    now = alice.publishes()
    world.eventually("future-dates-stop-nobody", alice.feed_shows(now))
    world.bridge.stops()
    later = alice.publishes()
    world.bridge.starts_again("future-dates-stop-nobody")

    world.eventually("future-dates-stop-nobody", alice.feed_shows(later))


@claims("forgeries-are-never-posted")
def test_forged_events_are_never_posted_and_do_not_keep_the_real_one_away(world: World) -> None:
    """Nobody can post in a person's name, or keep their own video away by forging it first (O06)."""
    alice = world.linked("alice")
    world.relay.holds_back(alice)
    video = alice.publishes()

    world.relay.spreads_forgeries_of(video)
    world.once_settled("forgeries-are-never-posted", alice.feed_is_empty())
    world.relay.delivers(video)

    world.eventually("forgeries-are-never-posted", alice.feed_shows(video))


@claims("malformed-events-stop-nobody")
@own_network()
def test_what_is_no_event_keeps_back_no_video_now_or_after_a_restart(world: World) -> None:
    """People's videos appear although somebody sent a relay what no client can read (B06, O09, BQ-31)."""
    mallory, alice = world.linked("mallory"), world.linked("alice")
    world.relay.spreads_what_is_no_event_after(mallory.publishes())

    now = alice.publishes()
    world.eventually("malformed-events-stop-nobody", alice.feed_shows(now))
    world.bridge.restarts("malformed-events-stop-nobody")
    later = alice.publishes()

    world.eventually("malformed-events-stop-nobody", alice.feed_shows(later))


@claims("websocket-is-listened-to")
def test_a_video_that_only_the_websocket_shows_is_posted(world: World) -> None:
    """A person's video counts although the relay's website does not list it (O13)."""
    alice = world.linked("alice")
    world.relay.shows_over_the_websocket_only(alice)

    video = alice.publishes()

    world.eventually("websocket-is-listened-to", alice.feed_shows(video))


@claims("rest-is-looked-at")
def test_a_video_that_only_the_rest_view_shows_is_posted(world: World) -> None:
    """A person's video counts although the relay's WebSocket is behind (B20)."""
    alice = world.linked("alice")
    world.relay.shows_over_rest_only(alice)

    video = alice.publishes()

    world.eventually("rest-is-looked-at", alice.feed_shows(video))


@claims("relay-website-passes")
def test_a_relay_that_was_a_website_for_a_while_is_followed_again(world: World) -> None:
    """What people publish while a relay answers like a website appears once it is a relay again (B06, B20)."""
    alice = world.linked("alice")
    world.relay.answers_with_a_web_page(times=2)

    world.bridge.restarts("relay-website-passes")
    video = alice.publishes()

    world.eventually("relay-website-passes", alice.feed_shows(video))


@claims("relay-refusal-passes")
def test_a_relay_that_closes_subscriptions_and_babbles_is_followed_again(world: World) -> None:
    """People's videos appear although the relay throws the bridge out, or says what nobody understands (B06, O16, BQ-37)."""
    alice = world.linked("alice")
    world.relay.closes_subscriptions()
    world.relay.babbles()
    world.relay.asks_who_is_there()

    world.bridge.restarts("relay-refusal-passes")
    video = alice.publishes()

    world.eventually("relay-refusal-passes", alice.feed_shows(video))


@claims("relay-silence-passes")
@own_network(env={"RELAY_PATIENCE_SECS": "2"})
def test_a_relay_that_says_nothing_is_asked_again(world: World) -> None:
    """People's videos appear although the relay once took a question and never answered it (O16, BQ-16)."""
    alice = world.linked("alice")
    world.relay.is_silent()

    world.bridge.restarts("relay-silence-passes")
    video = alice.publishes()

    world.eventually("relay-silence-passes", alice.feed_shows(video))

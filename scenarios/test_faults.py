"""Lost answers, failing and silent neighbours, cut connections: people get their one account and their one post all the same."""

from localnet.world import (
    ACTIVATING_THE_ACCOUNT,
    CREATING_THE_ACCOUNT,
    FETCHING_THE_FILM,
    REGISTERING_THE_DID,
    STORING_THE_FILM,
    SUBSCRIBING,
    TELLING_KEYCAST,
    TELLING_THE_NAME_SERVER,
    THE_END_OF_WHAT_IS_STORED,
    WRITING_THE_POST,
    World,
    claims,
    own_network,
)


@claims("lost-answers-are-made-up-for")
def test_a_post_whose_answer_is_lost_is_not_written_twice(world: World) -> None:
    """A person has one post although the PDS could not say that it wrote it (B33, O42)."""
    alice = world.linked("alice")
    world.wire.loses_the_answer(WRITING_THE_POST)

    video = alice.publishes()

    world.eventually("lost-answers-are-made-up-for", alice.feed_shows(video))
    world.once_settled("lost-answers-are-made-up-for", alice.feed_shows_once(video))


@claims("unconfirmed-uploads-are-repeated")
def test_a_film_whose_upload_is_not_confirmed_is_posted_once(world: World) -> None:
    """A person's film plays although the PDS could not say that it has it (B18, B33)."""
    alice = world.linked("alice")
    world.wire.loses_the_answer(STORING_THE_FILM)

    video = alice.publishes()

    world.eventually("unconfirmed-uploads-are-repeated", alice.feed_shows(video))
    world.once_settled("unconfirmed-uploads-are-repeated", alice.feed_shows_once(video))


@claims("repeated-requests-are-one-post")
def test_a_post_that_arrives_twice_is_one_post(world: World) -> None:
    """A person has one post although the network delivered the request to write it twice (B33)."""
    alice = world.linked("alice")
    world.wire.repeats(WRITING_THE_POST)

    video = alice.publishes()

    world.eventually("repeated-requests-are-one-post", alice.feed_shows(video))
    world.once_settled("repeated-requests-are-one-post", alice.feed_shows_once(video))


@claims("own-identities-survive-lost-answers")
def test_a_did_whose_registration_is_not_confirmed_is_the_persons(world: World) -> None:
    """A person gets the DID that was registered for them, and no second one (B10, B11)."""
    alice = world.person("alice")
    world.wire.loses_the_answer(REGISTERING_THE_DID)

    alice.opts_in_patiently("own-identities-survive-lost-answers")

    world.eventually(
        "own-identities-survive-lost-answers", alice.has_one_identity(), alice.account_is_active()
    )


@claims("lost-answers-leave-one-account")
def test_an_account_whose_making_is_not_confirmed_is_the_persons(world: World) -> None:
    """A person gets the account that was made for them, and can publish with it (B13, O46, O47)."""
    alice = world.person("alice")
    world.wire.loses_the_answer(CREATING_THE_ACCOUNT)

    alice.opts_in_patiently("lost-answers-leave-one-account")
    video = alice.publishes()

    world.eventually("lost-answers-leave-one-account", alice.has_one_identity(), alice.feed_shows(video))


@claims("own-identities-survive-lost-answers")
def test_an_activation_that_is_not_confirmed_is_one(world: World) -> None:
    """A person's account is active although the PDS could not say so (B14)."""
    alice = world.person("alice")
    world.wire.loses_the_answer(ACTIVATING_THE_ACCOUNT)

    alice.opts_in_patiently("own-identities-survive-lost-answers")

    world.eventually(
        "own-identities-survive-lost-answers", alice.has_one_identity(), alice.account_is_active()
    )


@claims("neighbours-troubles-pass")
def test_who_opts_in_while_every_neighbour_fails_once_is_served(world: World) -> None:
    """A person who opts in on a bad day gets their account (B16, B41, O30, GW-01)."""
    alice = world.person("alice")
    world.wire.answers(REGISTERING_THE_DID, 500)
    world.wire.answers(CREATING_THE_ACCOUNT, 502)
    world.wire.answers(ACTIVATING_THE_ACCOUNT, 503)
    world.wire.answers(TELLING_KEYCAST, 500)
    world.wire.answers(TELLING_THE_NAME_SERVER, 429)

    alice.opts_in_patiently("neighbours-troubles-pass")

    world.eventually("neighbours-troubles-pass", alice.account_is_active(), alice.handle_resolves_both_ways())


@claims("neighbours-troubles-pass")
def test_a_video_published_while_every_neighbour_fails_twice_appears_once(world: World) -> None:
    """A person's video comes through a bad day (B06, O28, O29)."""
    alice = world.linked("alice")
    world.wire.answers(FETCHING_THE_FILM, 503, times=2)
    world.wire.answers(STORING_THE_FILM, 500, times=2)
    world.wire.answers(WRITING_THE_POST, 502, times=2)

    video = alice.publishes()

    world.eventually("neighbours-troubles-pass", alice.feed_shows(video))
    world.once_settled("neighbours-troubles-pass", alice.feed_shows_once(video))


@claims("neighbours-troubles-pass")
def test_a_film_that_arrives_cut_short_is_fetched_again(world: World) -> None:
    """Nobody's film is posted in half (B19, B27)."""
    alice = world.linked("alice")
    world.wire.cuts_the_answer_short(FETCHING_THE_FILM, after=1000)

    video = alice.publishes()

    world.eventually("neighbours-troubles-pass", alice.feed_shows(video))


@claims("neighbours-troubles-pass")
@own_network(env={"HTTP_TIMEOUT_SECS": "1"})
def test_neighbours_that_never_answer_are_asked_again(world: World) -> None:
    """A person's video does not wait for ever with a server that hangs (O16, O38)."""
    alice = world.linked("alice")
    world.wire.holds(FETCHING_THE_FILM)
    world.wire.holds_the_answer(STORING_THE_FILM)
    world.wire.holds_the_answer(WRITING_THE_POST)

    video = alice.publishes()

    world.eventually("neighbours-troubles-pass", alice.feed_shows(video))
    world.once_settled("neighbours-troubles-pass", alice.feed_shows_once(video))


@claims("neighbours-troubles-pass")
def test_what_is_published_while_the_pds_is_away_appears_when_it_is_back(world: World) -> None:
    """A person's videos wait for a PDS that is away (B06, O29)."""
    alice = world.linked("alice")
    cut = world.wire.cuts_the_bridge_off("pds")

    first, second = alice.publishes(), alice.publishes()
    world.wire.waits_for(cut)
    cut.ends()

    world.eventually("neighbours-troubles-pass", alice.feed_shows(first), alice.feed_shows(second))
    world.once_settled(
        "neighbours-troubles-pass", alice.feed_shows_once(first), alice.feed_shows_once(second)
    )


@claims("neighbours-troubles-pass")
def test_a_relay_that_cannot_be_reached_for_a_while_is_followed_again(world: World) -> None:
    """What people publish while the bridge cannot reach the relay appears afterwards (B06, B20)."""
    alice = world.linked("alice")
    cut = world.wire.cuts_the_bridge_off("relay")

    video = alice.publishes()
    world.wire.waits_for(cut)
    cut.ends()

    world.eventually("neighbours-troubles-pass", alice.feed_shows(video))


@claims("relay-silence-passes")
@own_network(env={"RELAY_PATIENCE_SECS": "1"})
def test_a_relay_whose_end_of_stored_events_never_arrives_is_asked_again(world: World) -> None:
    """A lost “that is all I have” keeps nobody's videos back (O15, O16)."""
    alice = world.linked("alice")
    world.wire.withholds(THE_END_OF_WHAT_IS_STORED)
    world.wire.drops(SUBSCRIBING)

    world.bridge.restarts("relay-silence-passes")
    video = alice.publishes()

    world.eventually("relay-silence-passes", alice.feed_shows(video))


@claims("failures-are-explained")
def test_who_cannot_be_served_yet_is_told_what_stands_in_the_way(world: World) -> None:
    """A person, or an operator for them, learns what the PDS answered, in the PDS's own words (B12, O30)."""
    alice = world.person("alice")
    world.wire.answers(CREATING_THE_ACCOUNT, 503, times=2)

    alice.tries_to_opt_in()

    world.eventually("failures-are-explained", alice.is_told("account", "503"))
    world.eventually("failures-are-explained", alice.is_ready_in_the_end())

"""Opting in: an identity of one's own, crossposting as chosen, refusals that leave nothing behind."""

from localnet.world import CREATING_THE_ACCOUNT, World, claims


@claims("opt-in-gives-identity", "opt-in-crossposts-by-default", "video-appears")
def test_who_opts_in_without_choosing_is_crossposted(world: World) -> None:
    """A person who just says yes sees their next video on Bluesky (B08, B10, B11)."""
    alice = world.person("alice")

    alice.opts_in()
    video = alice.publishes()

    world.eventually("opt-in-crossposts-by-default", alice.is_crossposted())
    world.eventually("video-appears", alice.feed_shows(video))


@claims("opt-in-without-crossposting")
def test_who_opts_in_without_crossposting_is_active_and_shows_nothing(world: World) -> None:
    """A person who unticks “publish to Bluesky” gets their account, and no post ever (B08)."""
    alice = world.person("alice")

    alice.opts_in(crosspost_enabled=False)
    alice.publishes()

    world.eventually("opt-in-without-crossposting", alice.is_not_crossposted(), alice.account_is_active())
    world.once_settled("opt-in-without-crossposting", alice.feed_is_empty())


@claims("opt-in-without-crossposting")
def test_crossposting_stays_off_while_videos_arrive_during_opt_in(world: World) -> None:
    """A person whose videos flow while they opt in with crossposting off sees none of them appear (B08)."""
    alice = world.person("alice")
    alice.publishes()

    alice.tries_to_opt_in(crosspost_enabled=False)
    alice.publishes()
    alice.becomes_ready()

    world.once_settled("opt-in-without-crossposting", alice.feed_is_empty())


@claims("opt-in-twice-is-one-account")
def test_who_asks_again_before_the_answer_gets_one_account(world: World) -> None:
    """A person whose app asks twice because the first answer is late is ready, and publishes (O32, O30)."""
    alice = world.person("alice")
    world.wire.delays(CREATING_THE_ACCOUNT, seconds=0.5)

    alice.tries_to_opt_in()
    alice.tries_to_opt_in()

    world.once_settled("opt-in-twice-is-one-account", alice.is_ready())


@claims("opt-in-refuses-foreign-domain")
def test_a_handle_outside_the_domain_is_refused(world: World) -> None:
    """Nobody gets a handle that the bridge has no say over, and nothing is created on the way (B40)."""
    alice = world.person("alice")

    alice.tries_to_opt_in(handle="alice.example.com")

    world.eventually("opt-in-refuses-foreign-domain", alice.is_refused())


@claims("opt-in-refuses-taken-handle")
def test_a_taken_handle_is_refused_and_stays_with_its_holder(world: World) -> None:
    """Nobody can take over a handle that somebody holds (GW-12, O48)."""
    alice = world.linked("alice")
    mallory = world.person("mallory")

    mallory.tries_to_opt_in(handle=alice.handle)

    world.eventually("opt-in-refuses-taken-handle", mallory.is_refused(), alice.handle_resolves_both_ways())

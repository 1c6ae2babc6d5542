"""Keycast and the name service: broken, forgetful, slow. In the end both know what became of a person's account."""

from localnet.world import World, claims


@claims("neighbours-are-told-again")
def test_a_person_opts_in_while_both_are_broken_and_both_learn_of_it(world: World) -> None:
    """A person who opts in during an outage has a handle that works, and a login that does (B04, GW-01)."""
    alice = world.person("alice")
    world.keycast.breaks_down_over(alice)
    world.names.breaks_down_over(alice)

    alice.opts_in()

    world.eventually("neighbours-are-told-again", alice.handle_resolves_both_ways())
    world.eventually("neighbours-are-told-again", world.keycast.has(alice, "ready"))


@claims("neighbours-are-told-again")
def test_a_token_that_is_refused_for_a_moment_is_shown_again(world: World) -> None:
    """A person who opts in while tokens are being changed needs nobody's help afterwards (GW-01, KC-19)."""
    alice = world.person("alice")
    world.keycast.refuses_the_token()
    world.names.refuses_the_token()

    alice.opts_in()

    world.eventually("neighbours-are-told-again", alice.handle_resolves_both_ways())
    world.eventually("neighbours-are-told-again", world.keycast.has(alice, "ready"))


@claims("neighbours-are-told-again")
def test_a_handle_is_withdrawn_although_the_name_service_broke_down(world: World) -> None:
    """A person who leaves is gone, also if the name service was not well at that moment (GW-02)."""
    alice = world.linked("alice")
    world.eventually("handle-resolves-both-ways", alice.handle_resolves_both_ways())
    world.names.breaks_down_over(alice)

    alice.tries_to_disable()

    world.eventually("neighbours-are-told-again", alice.handle_leads_nowhere())
    world.eventually("neighbours-are-told-again", world.keycast.has(alice, "disabled"))


@claims("names-learn-without-keycast")
def test_a_handle_is_withdrawn_although_keycast_does_not_know_the_person(world: World) -> None:
    """A person whom keycast has forgotten can still leave (GW-03, GW-14)."""
    alice = world.linked("alice")
    world.eventually("handle-resolves-both-ways", alice.handle_resolves_both_ways())
    world.keycast.does_not_know(alice)

    alice.tries_to_disable()

    world.eventually("names-learn-without-keycast", alice.handle_leads_nowhere())


@claims("slow-handles-stop-nothing")
def test_a_handle_that_resolves_late_stops_nothing(world: World) -> None:
    """A person is posted before their handle works everywhere, and in the end it does (NS-03)."""
    alice = world.person("alice")
    slowness = world.names.is_slow_to_resolve(alice)

    alice.opts_in()
    video = alice.publishes()
    world.eventually("video-appears", alice.feed_shows(video), slowness.is_met())
    world.eventually("slow-handles-stop-nothing", alice.handle_leads_nowhere())
    slowness.ends()

    world.eventually("slow-handles-stop-nothing", alice.handle_resolves_both_ways())

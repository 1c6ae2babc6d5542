"""What stays inside: secrets out of every output, calls within the network."""

from localnet.world import World, claims


@claims("secrets-stay-secret")
def test_no_secret_is_printed_or_kept(world: World) -> None:
    """An operator can show logs and evidence to anybody (LN-07)."""
    alice = world.linked("alice")

    video = alice.publishes()
    world.eventually("video-appears", alice.feed_shows(video))
    world.bridge.restarts()

    world.once_settled("secrets-stay-secret", world.secrets_are_kept())


@claims("nothing-leaves")
def test_no_call_leaves_the_network(world: World) -> None:
    """A bridge on a developer's machine never touches the real network (LN-05)."""
    alice = world.linked("alice")

    video = alice.publishes()
    alice.deletes(video)

    world.once_settled("nothing-leaves", world.nothing_left())

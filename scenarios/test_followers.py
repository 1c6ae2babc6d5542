"""What followers may rely on, whatever a person did: the oracle looks at it after every scenario, this one claims it."""

from localnet.world import World, claims, picture_of


@claims(
    "one-post-per-video",
    "commits-are-signed",
    "films-are-served",
    "followers-see-no-fault",
    "database-agrees-with-repository",
)
def test_a_busy_persons_repository_is_what_it_claims_to_be(world: World) -> None:
    """Whoever follows a person sees each of their films once, as signed, and nothing else (B05, B32, B33, B37)."""
    alice, bob = world.linked("alice"), world.linked("bob")
    alice.presents_as("Alice", "Films of cats", picture_of("a cat"))

    first, second = alice.publishes(hashtags=["cats"]), alice.publishes()
    of_bob = bob.publishes()
    alice.replays(first)
    alice.deletes(second)

    world.once_settled("one-post-per-video", alice.feed_shows_once(first), bob.feed_shows_once(of_bob))

"""Profiles: there from the beginning, the same as on Nostr, never in a video's way."""

from localnet.world import Profile, World, claims, film_of, picture_of


@claims("profile-is-there")
def test_a_newcomer_has_a_profile(world: World) -> None:
    """A person is no blank page on Bluesky before they have done anything (B24, VB-06)."""
    alice = world.linked("alice")

    world.eventually("profile-is-there", alice.followers_see(Profile(alice.name)))


@claims("profile-follows")
def test_a_name_words_and_a_picture_are_taken_over_and_follow_each_change(world: World) -> None:
    """A person who changes their profile on Nostr need not do it again on Bluesky (B27, BQ-28, O04, O34)."""
    alice = world.linked("alice")

    first = alice.presents_as("Alice", "Films of cats", picture_of("a cat"))
    world.eventually("profile-follows", alice.followers_see(first))
    alice.presents_as("Alice in Wonderland", "Films of dogs", picture_of("a dog"))
    newest = alice.presents_as("Alice, back again", "Films of dogs", picture_of("a dog"))

    world.eventually("profile-follows", alice.followers_see(newest))
    world.once_settled("profile-follows", alice.followers_see(newest))


@claims("profile-goes-without-picture")
def test_a_picture_that_bluesky_does_not_take_is_left_out(world: World) -> None:
    """A person whose picture is no PNG or JPEG, or is nowhere, has their new name all the same (O35, VB-13)."""
    alice, bob, lost = world.linked("alice"), world.linked("bob"), picture_of("lost")
    world.media.has_not_yet(lost)

    alice.presents_as("Alice", "Films of cats", film_of("no picture"))
    bob.presents_as("Bob", "Films of dogs", lost)

    world.eventually(
        "profile-goes-without-picture",
        alice.followers_see(Profile("Alice", "Films of cats")),
        bob.followers_see(Profile("Bob", "Films of dogs")),
    )

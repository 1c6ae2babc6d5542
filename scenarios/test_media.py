"""Media servers: late, slow, closed, lying. A film is posted as it was signed, or not at all; nobody waits for another's."""

from localnet.world import World, claims, film_of


@claims("film-may-come-late")
def test_a_film_that_is_not_there_yet_is_fetched_again(world: World) -> None:
    """A person's video appears although its event overtook its film (VB-11)."""
    alice, film = world.linked("alice"), film_of("alice's film")
    world.media.has_not_yet(film)

    video = alice.publishes(film)

    world.eventually("film-may-come-late", alice.feed_shows(video))


@claims("film-is-known-by-its-bytes")
def test_a_film_under_another_type_is_posted_since_its_bytes_are_right(world: World) -> None:
    """A person's video appears although the media server mistakes it for a page (O40)."""
    alice, film = world.linked("alice"), film_of("alice's film")
    world.media.serves_under_another_type(film)

    video = alice.publishes(film)

    world.eventually("film-is-known-by-its-bytes", alice.feed_shows(video))


@claims("other-bytes-are-never-posted")
def test_other_bytes_than_were_signed_are_never_posted(world: World) -> None:
    """Nobody sees under a person's name what the person did not sign (VB-10)."""
    alice, whole, half = world.linked("alice"), film_of("swapped film"), film_of("cut film")
    world.media.serves_other_bytes(whole)
    world.media.serves_half(half)

    swapped, cut = alice.publishes_in_vain(whole), alice.publishes_in_vain(half)
    good = alice.publishes()

    world.eventually("other-bytes-are-never-posted", alice.feed_shows(good))
    world.once_settled("other-bytes-are-never-posted", alice.feed_lacks(swapped), alice.feed_lacks(cut))


@claims("who-fails-is-told-why")
def test_who_signed_a_film_that_is_not_there_any_more_is_told_that_it_cannot_be_posted(world: World) -> None:
    """A person learns in their app that it is the film, and that waiting will not help (VB-10)."""
    alice, film = world.linked("alice"), film_of("alice's film")
    world.media.serves_other_bytes(film)

    spoiled = alice.publishes_in_vain(film)

    world.eventually("who-fails-is-told-why", alice.is_told_that_it_cannot_be_posted(spoiled))


@claims("restricted-films-stop-nobody")
def test_a_film_that_is_kept_from_strangers_stops_nothing(world: World) -> None:
    """A person with an age-restricted film sees their other videos appear (VB-11)."""
    alice, film = world.linked("alice"), film_of("alice's film")
    world.media.asks_for_the_age(film)

    alice.publishes_in_vain(film)
    good = alice.publishes()

    world.eventually("restricted-films-stop-nobody", alice.feed_shows(good))


@claims("lost-films-stop-nobody")
def test_a_film_that_is_nowhere_or_never_ends_stops_nothing(world: World) -> None:
    """A film that leads elsewhere, in circles, or on for ever is left alone; the next one is posted (O39, VB-11, VB-12)."""
    alice, away, around, huge = world.linked("alice"), film_of("away"), film_of("around"), film_of("huge")
    world.media.sends_elsewhere(away)
    world.media.sends_round_in_circles(around)
    world.media.serves_without_end(huge)

    alice.publishes_in_vain(away)
    alice.publishes_in_vain(around)
    alice.publishes_in_vain(huge)
    good = alice.publishes()

    world.eventually("lost-films-stop-nobody", alice.feed_shows(good))
    world.once_settled("lost-films-stop-nobody", alice.feed_shows_once(good))


@claims("slow-films-stop-nobody")
def test_a_film_that_drips_holds_up_nobody_else(world: World) -> None:
    """People whose media server is fast do not wait for those whose is slow, and the slow get there (O38)."""
    alice, bob, film = world.linked("alice"), world.linked("bob"), film_of("alice's film")
    slowness = world.media.drips(film)

    slow = alice.publishes(film)
    fast = bob.publishes()

    world.eventually("slow-films-stop-nobody", bob.feed_shows(fast))
    world.eventually("slow-films-stop-nobody", alice.feed_lacks(slow))
    slowness.ends()
    world.eventually("slow-films-stop-nobody", alice.feed_shows(slow))

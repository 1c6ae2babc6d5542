"""The database restarts, throws sessions out, hangs, is full, or loses a COMMIT: nothing is lost and nothing is done twice."""

from localnet.world import COMMITTING, World, claims


@claims("database-troubles-pass")
def test_a_video_published_while_the_database_restarts_appears_once(world: World) -> None:
    """An operator may restart the database whenever they have to (O22)."""
    alice = world.linked("alice")

    first = alice.publishes()
    world.postgres.restarts()
    second = alice.publishes()

    world.eventually("database-troubles-pass", alice.feed_shows(first), alice.feed_shows(second))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(first), alice.feed_shows_once(second))


@claims("database-troubles-pass")
def test_videos_published_while_the_database_is_down_appear_once_it_is_up(world: World) -> None:
    """A person's videos wait for a database that is away (O22)."""
    alice = world.linked("alice")
    world.postgres.goes_down()

    video = alice.publishes()
    world.postgres.comes_back()

    world.eventually("database-troubles-pass", alice.feed_shows(video))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(video))


@claims("database-troubles-pass")
def test_a_bridge_thrown_out_by_the_database_comes_back_by_itself(world: World) -> None:
    """Nobody has to restart the bridge after an administrator has ended its sessions (O22)."""
    alice = world.linked("alice")

    first = alice.publishes()
    world.postgres.terminates_the_sessions()
    second = alice.publishes()

    world.eventually("database-troubles-pass", alice.feed_shows(first), alice.feed_shows(second))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(first), alice.feed_shows_once(second))


@claims("database-troubles-pass")
def test_a_database_that_takes_no_notice_for_a_while_costs_no_video(world: World) -> None:
    """A person's video waits for a database that hangs (B06)."""
    alice = world.linked("alice")
    world.postgres.pauses()

    video = alice.publishes()
    world.postgres.goes_on()

    world.eventually("database-troubles-pass", alice.feed_shows(video))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(video))


@claims("database-troubles-pass")
def test_a_full_disk_costs_no_video(world: World) -> None:
    """What arrives while the database's disk is full is posted once there is space again (B06)."""
    alice = world.linked("alice")
    world.postgres.has_no_space(times=3)
    world.postgres.has_no_space_for_changes(times=2)

    video = alice.publishes()

    world.eventually("database-troubles-pass", alice.feed_shows(video))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(video))


@claims("database-troubles-pass")
def test_a_commit_that_never_happened_is_made_up_for(world: World) -> None:
    """A person's video survives a connection that breaks before a COMMIT arrives (B37, O12, O22)."""
    alice = world.linked("alice")
    world.wire.drops(COMMITTING, times=3)

    video = alice.publishes()

    world.eventually("database-troubles-pass", alice.feed_shows(video))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(video))


@claims("database-troubles-pass")
def test_a_commit_that_nobody_heard_of_is_not_done_again(world: World) -> None:
    """A person has one post although the bridge could not know what it had noted (B37, O12, O22, O42)."""
    alice = world.linked("alice")
    world.wire.loses_the_answer(COMMITTING, times=3)

    video = alice.publishes()

    world.eventually("database-troubles-pass", alice.feed_shows(video))
    world.once_settled("database-troubles-pass", alice.feed_shows_once(video))

"""Migrations: whatever state a database is in, the bridge comes up on it, publishes, and loses nothing."""

from localnet.world import World, claims, own_network


@claims("migrates-empty-database")
@own_network()
def test_an_empty_database_gets_its_tables(world: World) -> None:
    """An operator who points the bridge at an empty database needs no other tool (B09, BQ-27)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("migrates-empty-database", world.database.has_the_columns_of("all_by_hand"))
    world.eventually("migrates-empty-database", alice.feed_shows(video))


@claims("migrates-twice")
@own_network()
def test_starting_again_changes_nothing(world: World) -> None:
    """An operator may restart the bridge as often as they like (B09, BQ-27)."""
    alice = world.linked("alice")
    before = world.database.shape()

    world.bridge.restarts("migrates-twice")
    world.bridge.restarts("migrates-twice")
    video = alice.publishes()

    world.eventually("migrates-twice", world.database.has_shape(before), alice.feed_shows(video))


@claims("migrates-first-migration-only", "migrations-keep-rows")
@own_network(schema="first_migration")
def test_a_database_with_only_the_first_migration_is_completed(world: World) -> None:
    """Production had only the first migration, and crossposted nothing; never again (B09, BQ-27)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("migrates-first-migration-only", world.database.has_the_columns_of("all_by_hand"))
    world.eventually("migrates-first-migration-only", alice.feed_shows(video))
    world.eventually("migrations-keep-rows", world.database.has_the_rows_of("first_migration"))


@claims("migrates-first-and-scheduler", "migrations-keep-rows")
@own_network(schema="first_and_scheduler")
def test_a_database_with_the_scheduler_added_by_hand_is_completed(world: World) -> None:
    """An operator who helped themselves once is not punished for it (B09, BQ-27)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("migrates-first-and-scheduler", world.database.has_the_columns_of("all_by_hand"))
    world.eventually("migrates-first-and-scheduler", alice.feed_shows(video))
    world.eventually("migrations-keep-rows", world.database.has_the_rows_of("first_and_scheduler"))


@claims("migrates-when-applied-by-hand", "migrations-keep-rows")
@own_network(schema="all_by_hand")
def test_a_database_migrated_by_hand_is_taken_as_it_is(world: World) -> None:
    """An operator who applied every migration by hand can start the bridge (B09, BQ-27)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("migrates-when-applied-by-hand", alice.feed_shows(video))
    world.eventually("migrations-keep-rows", world.database.has_the_rows_of("all_by_hand"))


@claims("migrates-with-replicas")
@own_network(replicas=3)
def test_replicas_may_start_at_once_on_an_empty_database(world: World) -> None:
    """A first deployment with three replicas comes up, and each video is still one post (O33)."""
    alice = world.linked("alice")

    video = alice.publishes()

    world.eventually("migrates-with-replicas", alice.feed_shows(video))
    world.once_settled("migrates-with-replicas", alice.feed_shows_once(video))

"""Activation: whoever is told “ready” is there for everybody."""

from localnet.world import World, claims


@claims("account-is-active")
def test_a_ready_person_has_an_active_account_that_is_served(world: World) -> None:
    """A person told that they are ready can be followed: the repository is active and public (B14, B15)."""
    alice = world.linked("alice")

    world.eventually("account-is-active", alice.account_is_active())


@claims("handle-resolves-both-ways")
def test_a_ready_persons_handle_resolves_both_ways(world: World) -> None:
    """A person's handle leads to their DID, and the DID document back to the handle (B02, B04, PD-38)."""
    alice = world.linked("alice")

    world.eventually("handle-resolves-both-ways", alice.handle_resolves_both_ways())

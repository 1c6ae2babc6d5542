"""What a scenario is written with: people, verbs, conditions, promises. See CONTRIBUTING.md for how one is
written.
"""

from localnet.world.custodian import RECOVERY_KEY
from localnet.world.films import demo_film, film_of
from localnet.world.moments import (
    ACTIVATING_THE_ACCOUNT,
    COMMITTING,
    CREATING_THE_ACCOUNT,
    FETCHING_THE_FILM,
    HANDING_IN_THE_FILM,
    REGISTERING_THE_DID,
    STORING_THE_FILM,
    SUBSCRIBING,
    TELLING_KEYCAST,
    TELLING_THE_NAME_SERVER,
    THE_END_OF_WHAT_IS_STORED,
    WRITING_THE_POST,
)
from localnet.world.person import Person
from localnet.world.profiles import Profile, picture_of
from localnet.world.promises import BrokenPromise, claims, own_network, shared_network
from localnet.world.video import Video
from localnet.world.world import World, world_of

__all__ = [
    "ACTIVATING_THE_ACCOUNT",
    "COMMITTING",
    "CREATING_THE_ACCOUNT",
    "FETCHING_THE_FILM",
    "HANDING_IN_THE_FILM",
    "RECOVERY_KEY",
    "REGISTERING_THE_DID",
    "STORING_THE_FILM",
    "SUBSCRIBING",
    "TELLING_KEYCAST",
    "TELLING_THE_NAME_SERVER",
    "THE_END_OF_WHAT_IS_STORED",
    "WRITING_THE_POST",
    "BrokenPromise",
    "Person",
    "Profile",
    "Video",
    "World",
    "claims",
    "demo_film",
    "film_of",
    "own_network",
    "picture_of",
    "shared_network",
    "world_of",
]

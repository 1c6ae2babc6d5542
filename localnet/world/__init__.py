"""What a scenario is written with: people, verbs, conditions, promises. See CONTRIBUTING.md for how one is
written.
"""

from localnet.world.custodian import RECOVERY_KEY
from localnet.world.films import demo_film, film_of
from localnet.world.person import Person
from localnet.world.promises import BrokenPromise, claims, own_network, shared_network
from localnet.world.subject import FETCHING_THE_FILM, HANDING_IN_THE_FILM, STORING_THE_FILM, WRITING_THE_POST
from localnet.world.video import Video
from localnet.world.world import World, world_of

__all__ = [
    "FETCHING_THE_FILM",
    "HANDING_IN_THE_FILM",
    "RECOVERY_KEY",
    "STORING_THE_FILM",
    "WRITING_THE_POST",
    "BrokenPromise",
    "Person",
    "Video",
    "World",
    "claims",
    "demo_film",
    "film_of",
    "own_network",
    "shared_network",
    "world_of",
]

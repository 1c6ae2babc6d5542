"""`opt-in` and `publish`: what a person does, from the command line; and the story that `up --demo` tells."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from fakes.nostr.events import Event
from localnet.backends.output import tail
from localnet.cli.film import film_in
from localnet.cli.inspect import RunOption
from localnet.cli.output import console, never_silent
from localnet.cli.trace import show
from localnet.errors import LocalnetError, UsageError
from localnet.journal.lookup import look_up
from localnet.journal.trace import Tracer
from localnet.network import Attached, Network, attach
from localnet.world import BrokenPromise, Person, World, demo_film, world_of
from localnet.world.catalogue import load_catalogue
from localnet.world.neighbours import Neighbours
from localnet.world.reader import Reader

DEMO = "demo"
BROKEN = 1
"""exit code of a broken promise"""
LAST_WORDS = 8
"""lines"""


class NotKeptError(LocalnetError):
    """What was asked for did not come about, and it is the bridge's fault."""

    exit_code = BROKEN


@contextmanager
def kept(network: Network | Attached) -> Iterator[None]:
    """A broken promise becomes an error with the bridge's own last words."""
    try:
        yield
    except BrokenPromise as broken:
        bridge = network.adapter.control_plane if network.adapter else "bridge"
        said = tail(network.service(bridge).log if bridge in network.services else None, LAST_WORDS)
        raise NotKeptError(
            f"{broken}\nthe {bridge}'s last words:\n{said}", f"localnet logs {bridge}"
        ) from broken


def register(app: typer.Typer) -> None:
    app.command("opt-in")(opt_in)
    app.command()(publish)


def opt_in(
    name: Annotated[str, typer.Argument(help="becomes NAME.localnet.test")], run: RunOption = None
) -> None:
    """A person asks to be bridged; returns when the account is active."""
    network = attach(run)
    with kept(network):
        person = linked(world_of(network, load_catalogue()), name)
    console().print(f"{person.handle} is {person.did}, active, and crossposted from now on.")


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE.mp4")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="who signs it; opts in first if need be")],
    run: RunOption = None,
) -> None:
    """A person publishes a video; returns when a follower sees the post."""
    film = film_in(file)
    crosspost(attach(run), name, film, f"{file.stem} {time.strftime('%H:%M:%S')}")


def tell_demo(network: Network | Attached) -> None:
    """A person opts in and publishes; every hop of it, and what a follower sees at the end."""
    try:
        crosspost(network, DEMO, demo_film(), "Hello from Nostr")
    finally:
        console().print("\nHop by hop:")
        journal = network.journal.path
        with Tracer(journal) as tracer, suppress(UsageError):
            show(tracer.story(look_up(tracer, journal, DEMO)))


def linked(world: World, name: str) -> Person:
    person = world.person(name)
    with never_silent(f"{person.handle} is opting in"):
        person.opts_in()
    return person


def crosspost(network: Network | Attached, name: str, film: bytes, title: str) -> None:
    world = world_of(network, load_catalogue())
    with kept(network):
        began = time.monotonic()
        person = linked(world, name)
        console().print(f"\n{person.handle} opted in and is {person.did} ({time.monotonic() - began:.2f} s)")
        began = time.monotonic()
        video = person.publishes(film, title, hashtags=["localnet"])
        console().print(f"published “{title}”, Nostr event {video.id}")
        with never_silent("waiting until a follower sees it"):
            world.eventually("video-appears", person.feed_shows(video))
    post = person.post_of(video)
    assert post
    assert person.did
    console().print(f"a follower sees {post.uri} ({time.monotonic() - began:.2f} s after it was signed)")
    console().print(f"  {post.text!r}, video {post.film} plays: {Reader(network).page(person.did)}")


def read_events(file: Path) -> list[Event]:
    """Signed Nostr events, one JSON object a line."""
    events = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            events += [Event.parse(json.loads(line))] if line.strip() else []
        except ValueError as error:
            raise UsageError(
                f"{file}, line {number}, is not a Nostr event: {error}", "one signed event a line"
            ) from error
    return events


def put_into_relay(network: Network | Attached, events: list[Event]) -> None:
    neighbours = Neighbours(network)
    for event in events:
        neighbours.publish(event)

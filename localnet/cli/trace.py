"""`trace`: what happened to an event, a person or a record, hop by hop, out of a network's journal."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from localnet.cli.inspect import RunOption
from localnet.cli.output import console
from localnet.errors import UsageError
from localnet.journal import Journal
from localnet.journal.lookup import look_up
from localnet.journal.trace import Story, Tracer
from localnet.network import attach
from localnet.network.evidence import JOURNAL, evidence_root
from localnet.network.naming import nearest
from localnet.report.hops import WIDTH, duration, entries, lines_of
from localnet.report.timeline import Focus, timeline


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    id_: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="event, public key, npub, DID, at-uri, CID, or the beginning of one; a name, a handle",
        ),
    ] = None,
    run: RunOption = None,
    evidence: Annotated[
        Path | None, typer.Option(metavar="DIR", help="what was kept of a run that has ended, or its name")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="all hops of the run as one page, ID highlighted if given"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the whole hops as one JSON document")] = False,
) -> None:
    """The story of an event, a person or a record across every hop, in order."""
    if id_ is None and page is None:
        raise UsageError("`trace` needs an id", "an event, a person, a record; or --html FILE for all hops")
    journal = journal_of(run, evidence)
    with Tracer(journal) as tracer:
        called = look_up(tracer, journal, id_) if id_ is not None else None
        if page is not None:
            draw(journal, called, page)
        elif called and as_json:
            print(json.dumps(document(tracer.story(called)), ensure_ascii=False))
        elif called:
            tell(tracer.story(called))


def draw(journal: Path, called: tuple[str, str] | None, page: Path) -> None:
    focus = Focus(f"all hops of {journal.parent.name}", id=called and called[1])
    page.write_text(timeline(Journal(journal).lines(), focus), "utf-8")
    console().print(f"{page} shows {focus.title}; any browser opens it, without a network.")


def tell(story: Story) -> None:
    for line in heading(story):
        console().print(line)
    show(story)


def journal_of(run: str | None, evidence: Path | None) -> Path:
    if evidence is None:
        return attach(run).journal.path
    kept = evidence_root()
    for place in (evidence, kept / evidence):
        found = [place] if place.is_file() else [*place.glob(JOURNAL), *sorted(place.glob(f"*/{JOURNAL}"))]
        if len(found) == 1:
            return found[0]
        if found:
            names = [str(journal.parent) for journal in found]
            raise UsageError(f"{place} holds several: {', '.join(names)}", "give one of them")
    names = [path.name for path in kept.iterdir()] if kept.is_dir() else []
    raise UsageError(f"there is no {JOURNAL} in {evidence}", nearest(str(evidence), names))


def heading(story: Story) -> Iterator[Text]:
    for kind, texts in story.ids.items():
        for text in texts:
            yield Text.assemble((f"{kind:<8}", "dim"), text)
    looks = f"; {story.looks} more looks of the harness" if story.looks else ""
    yield Text(f"{len(story.hops)} hops in {duration(story.seconds)}{looks}\n")


def show(story: Story) -> None:
    """Its hops, as wide as the terminal is."""
    screen = console()
    told = entries(story.hops)
    for line in lines_of(told, story.began, screen.width if screen.is_terminal else WIDTH):
        screen.print(line)
    if any(entry.is_supposed for entry in told):
        screen.print(
            Text(
                "\n~ by the person or the time alone: it may belong to another story",
                "dim",
            )
        )


def document(story: Story) -> dict[str, Any]:
    """{ids, looks, hops: [{by, at, run, kind, op, outcome, edge, ms, ids, request, response, note, connection}]}"""
    return {
        "ids": story.ids,
        "looks": story.looks,
        "hops": [{"by": hop.by, **asdict(hop.line)} for hop in story.hops],
    }

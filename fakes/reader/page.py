"""A person's feed as an HTML page that needs nothing but this server. The markup is all in `page.html`.

Shows what the JSON feed says and decides nothing itself.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from json import dumps
from pathlib import Path
from string import Template
from typing import Any

from fakes.reader.entries import moment, segments
from fakes.reader.person import Person


def _parts() -> dict[str, Template]:
    text = Path(__file__).with_name("page.html").read_text()
    page, *pairs = re.split(r"\n<!-- part: ([\w-]+) -->\n", text)
    named = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return {"page": Template(page), **{name: Template(part.strip()) for name, part in named.items()}}


_PARTS = _parts()


def person_page(person: Person, feed: Mapping[str, Any], raw_feed: bytes) -> str:
    """`raw_feed` is the feed as it was served last: the page reloads when it changes."""
    handle = feed["handle"] or "no handle"
    name = str(person.profile.get("displayName") or handle.partition(".")[0])
    about = person.profile.get("description")
    posts = [_post(person.did, name, handle, post) for post in feed["posts"]]
    body = _fill(
        "person",
        portrait=_portrait(person.did, name, feed["profile"]["avatar"]),
        name=escape(name),
        handle=escape(handle),
        handle_badge=_badge("good", "✓ verified")
        if feed["handle_verified"]
        else _badge("bad", "not verified"),
        status_badge=_status_badge(feed["active"], feed["status"]),
        did=escape(person.did),
        about=_fill("about", text=escape(str(about))) if about else "",
        count=str(len(posts)),
        posts_word="post" if len(posts) == 1 else "posts",
        problems=_problems(feed["problems"]),
        posts="\n".join(posts) or _fill("empty", text=_nothing(feed)),
        # Inside a script element only `<` could end it.
        state=dumps(raw_feed.decode()).replace("<", "\\u003c"),
    )
    return _page(f"{name} (@{handle})", body, person.did)


def people_page(feeds: Iterable[Mapping[str, Any]]) -> str:
    items = [
        _fill(
            "people-item",
            did=escape(feed["did"]),
            handle=escape(feed["handle"] or "no handle"),
            badge=_status_badge(feed["active"], feed["status"]),
        )
        for feed in feeds
    ]
    body = _fill("people", items="\n".join(items))
    return _page("People", body if items else body + _fill("empty", text="Nobody yet"), "")


def _post(did: str, name: str, handle: str, post: Mapping[str, Any]) -> str:
    record = post["record"]
    created = moment(record.get("createdAt"))
    pieces = (f"<em>{escape(text)}</em>" if lit else escape(text) for text, lit in segments(record))
    return _fill(
        "post",
        rkey=escape(post["rkey"]),
        name=escape(name),
        handle=escape(handle),
        created=escape(str(record.get("createdAt", ""))),
        when=created.strftime("%-d %b %Y, %H:%M") if created else "no date",
        text="".join(pieces),
        video=_video(did, record, post["video"]) if post["video"] else "",
        uri=escape(post["uri"]),
        problems=_problems(post["problems"]),
    )


def _video(did: str, record: Mapping[str, Any], video: Mapping[str, Any]) -> str:
    verified = _badge("good", "✓ blob verified") if video["verified"] else _badge("bad", "blob not verified")
    return _fill(
        "video",
        alt=escape(str(record["embed"].get("alt", ""))),
        source=escape(f"/blobs/{did}/{video['cid']}"),
        badge=verified,
        mime=escape(video["mime"]),
        size=f"{video['size'] / 1000:,.0f} kB",
    )


def _portrait(did: str, name: str, avatar: Mapping[str, Any] | None) -> str:
    if avatar and avatar["verified"]:
        return _fill("portrait", source=escape(f"/blobs/{did}/{avatar['cid']}"))
    return escape(name[:1].upper())


def _nothing(feed: Mapping[str, Any]) -> str:
    return "This account is not active" if feed["active"] is False else "No posts yet"


def _status_badge(active: bool | None, status: str | None) -> str:
    if active is None:
        return _badge("plain", "no account event yet")
    return _badge("good", "active") if active else _badge("bad", status or "inactive")


def _badge(kind: str, label: str) -> str:
    return _fill("badge", kind=kind, label=escape(label))


def _problems(problems: Iterable[str]) -> str:
    items = "".join(_fill("problem", text=escape(problem)) for problem in problems)
    return _fill("problems", items=items) if items else ""


def _page(title: str, body: str, seed: str) -> str:
    hue = sha256(seed.encode()).digest()[0] * 360 // 256
    return _fill("page", title=escape(title), body=body, hue=str(hue), hue2=str((hue + 50) % 360))


def _fill(part: str, **values: str) -> str:
    return _PARTS[part].substitute(values)

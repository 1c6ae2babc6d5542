"""Writing to a repository: from what a client asks for to one signed commit that is on the firehose.

Everything that can be refused is refused before anything changes. Rules: lexicons com.atproto.repo.*, and
where those are silent what the reference server does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fakes.atproto.cid import Cid
from fakes.pds import blob_rules
from fakes.pds.accounts import Account
from fakes.pds.errors import AuthRequiredError, InvalidRequestError
from fakes.pds.repository import Change
from fakes.pds.server import Holding, Pds
from fakes.pds.writes import ANY, Swap, Write, prepare

MOST_WRITES = 200

_APPLY = "com.atproto.repo.applyWrites#"


@dataclass(frozen=True)
class Written:
    """What became of one write; `change` is None where nothing had to be done."""

    account: Account
    write: Write
    change: Change | None


def create(pds: Pds, form: Mapping[str, Any], requester: str, at: float) -> Written:
    account, holding = _own(pds, form["repo"], requester)
    collection, validate = form["collection"], form.get("validate")
    rkey = form.get("rkey") or pds.record_keys.next(at)
    write = prepare(
        "create", collection, rkey, form["record"], validate=validate, lexical=pds.dialect.lexical
    )
    older = None
    if validate is not False and pds.dialect.one_per_subject:
        older = holding.subjects.record_about(collection, form["record"])
    writes = [write] if older is None or older == rkey else [Write("delete", collection, older), write]
    return Written(account, write, _commit(pds, holding, writes, form, at))


def put(pds: Pds, form: Mapping[str, Any], requester: str, at: float) -> Written:
    account, holding = _own(pds, form["repo"], requester)
    collection, rkey = form["collection"], form["rkey"]
    current = holding.repository.cid_of(f"{collection}/{rkey}")
    write = prepare(
        "create" if current is None else "update",
        collection,
        rkey,
        form["record"],
        validate=form.get("validate"),
        swap=_swap(form, "swapRecord"),
        lexical=pds.dialect.lexical,
    )
    if write.cid == current:
        return Written(account, write, None)
    return Written(account, write, _commit(pds, holding, [write], form, at))


def delete(pds: Pds, form: Mapping[str, Any], requester: str, at: float) -> Written:
    account, holding = _own(pds, form["repo"], requester)
    write = Write("delete", form["collection"], form["rkey"], swap=_swap(form, "swapRecord"))
    if holding.repository.cid_of(write.path) is None:
        return Written(account, write, None)
    return Written(account, write, _commit(pds, holding, [write], form, at))


def apply_writes(pds: Pds, form: Mapping[str, Any], requester: str, at: float) -> tuple[list[Write], Change]:
    _account, holding = _own(pds, form["repo"], requester)
    asked = form["writes"]
    if len(asked) > MOST_WRITES:
        raise InvalidRequestError(f"Too many writes. Max: {MOST_WRITES}")
    writes = [_asked(pds, write, index, form.get("validate"), at) for index, write in enumerate(asked)]
    return writes, _commit(pds, holding, writes, form, at)


def _own(pds: Pds, repo: str, requester: str) -> tuple[Account, Holding]:
    account = pds.writable(repo)
    if account.did != requester:
        raise AuthRequiredError()
    return account, pds.holdings[account.did]


def _asked(pds: Pds, asked: Mapping[str, Any], index: int, validate: bool | None, at: float) -> Write:
    action, collection = asked["$type"].removeprefix(_APPLY), asked["collection"]
    if action == "delete":
        return Write("delete", collection, asked["rkey"])
    return prepare(
        action,
        collection,
        asked.get("rkey") or pds.record_keys.next(at),
        asked["value"],
        validate=validate,
        where=f"writes[{index}].record",
        lexical=pds.dialect.lexical,
    )


def _commit(
    pds: Pds, holding: Holding, writes: Sequence[Write], form: Mapping[str, Any], at: float
) -> Change:
    swap = form.get("swapCommit")
    blobs = {write.path: write.blobs for write in writes}
    if pds.dialect.blob_rules is not None and form.get("validate") is not False:
        blob_rules.check(writes, pds.dialect.blob_rules, holding.blobs)
    for refs in blobs.values():
        holding.blobs.check(refs)
    rev = holding.revisions.next(at)
    change = holding.repository.apply(writes, rev, _cid(swap) if swap else None)
    holding.blobs.record_changes(blobs, rev)
    for write in writes:
        _index(holding, write)
    pds.sequencer.commit(change, at)
    return change


def _index(holding: Holding, write: Write) -> None:
    if write.action != "delete":
        holding.subjects.put(write.collection, write.rkey, write.record)
    else:
        holding.subjects.drop(write.collection, write.rkey)


def _swap(form: Mapping[str, Any], name: str) -> Swap:
    if name not in form:
        return ANY
    return None if form[name] is None else _cid(form[name])


def _cid(text: str) -> Cid:
    try:
        return Cid.parse(text)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None

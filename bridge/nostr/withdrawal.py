"""Which event takes another one back: a deletion by its author, or a newer revision of the same address.

A deletion covers every event its `e` tags name and, of the addresses its `a` tags name, the revisions up to
its own time. Of two revisions with one time the lower id stays. Nobody withdraws what somebody else signed.
Rules: NIP-09, NIP-01 (addressable events).
"""

from bridge.nostr.events import DELETION, Event


def withdraws(event: Event, target: Event) -> bool:
    """Whether `event`, once known, means that `target` must not be shown."""
    if event.pubkey != target.pubkey or event.id == target.id or target.kind == DELETION:
        return False
    if event.kind == DELETION:
        return deletes(event, target)
    return supersedes(event, target)


def deletes(deletion: Event, target: Event) -> bool:
    if target.id in deletion.values("e"):
        return True
    if target.address is None or target.created_at > deletion.created_at:
        return False
    return target.address in deletion.values("a")


def supersedes(revision: Event, target: Event) -> bool:
    if revision.address is None or revision.address != target.address:
        return False
    return (-revision.created_at, revision.id) < (-target.created_at, target.id)

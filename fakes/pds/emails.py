"""Which e-mail addresses the server takes: they must look real and not be throw-away ones."""

import re

_ADDRESS = re.compile(
    r"[^\s@]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
)
_FORM = re.compile(r"[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)*")

_THROW_AWAY_DOMAINS = """
    10minutemail.com discard.email dispostable.com fakeinbox.com getnada.com guerrillamail.com
    maildrop.cc mailinator.com mailnesia.com mohmal.com sharklasers.com spam4.me temp-mail.org
    tempmail.com throwawaymail.com trashmail.com yopmail.com
"""
_THROW_AWAY = frozenset(_THROW_AWAY_DOMAINS.split())


def is_acceptable(email: str, plausible: bool = True) -> bool:
    """`plausible` False takes whatever has the form of an address."""
    if not plausible:
        return _FORM.fullmatch(email) is not None
    return _ADDRESS.fullmatch(email) is not None and email.rpartition("@")[2].lower() not in _THROW_AWAY

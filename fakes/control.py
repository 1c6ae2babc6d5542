"""The control routes of a fake: what the harness asks of it that no client of the real server could.

They live under `/_control/` and do not exist for whoever lacks the network's token: the answer is then the
same 404 as for any unknown route.
"""

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException


def control_router(token: str) -> APIRouter:
    """A router whose routes answer only to `X-Localnet-Token: <token>`; an empty token answers to nobody."""

    def check(x_localnet_token: Annotated[str, Header()] = "") -> None:
        if not token or not compare_digest(x_localnet_token.encode(), token.encode()):
            raise HTTPException(404)

    return APIRouter(prefix="/_control", dependencies=[Depends(check)], include_in_schema=False)

"""aiomysql: `connect(source, …)` instead of `aiomysql.connect(user=…, password=…, …)`."""

from __future__ import annotations

from typing import Any

import aiomysql

from ._client import Source
from ._values import Credential

__all__ = ["connect"]


async def connect(source: Source, **parameters: Any) -> Any:
    """A connection with the current credential of the source.

    A login that the database rejects is reported and repeated once, with another credential. The parameters are those
    of `aiomysql.connect`, without user and password.
    """

    async def log_in(credential: Credential) -> Any:
        return await aiomysql.connect(user=credential.username, password=credential.password, **parameters)

    return await source.acall(log_in)

"""asyncpg: `connect(source, …)` instead of `asyncpg.connect(user=…, password=…, …)`."""

from __future__ import annotations

from typing import Any

import asyncpg

from ._client import Source
from ._values import Credential

__all__ = ["connect"]


async def connect(source: Source, *arguments: Any, **parameters: Any) -> Any:
    """A connection with the current credential of the source.

    A login that the database rejects is reported and repeated once, with another credential. The parameters are those
    of `asyncpg.connect`, without user and password. `asyncpg.create_pool(connect=…)` takes it by functools.partial.
    """

    async def log_in(credential: Credential) -> Any:
        return await asyncpg.connect(
            *arguments, **{**parameters, "user": credential.username, "password": credential.password}
        )

    return await source.acall(log_in)

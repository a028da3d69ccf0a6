"""psycopg 3: `connect(source, …)` instead of `psycopg.connect(…)`, and `connect_async` for event loops."""

from __future__ import annotations

from typing import Any

import psycopg

from ._client import Source
from ._values import Credential

__all__ = ["connect", "connect_async", "pool_kwargs"]


def connect(source: Source, conninfo: str = "", **parameters: Any) -> psycopg.Connection[Any]:
    """A connection with the current credential of the source.

    A login that the database rejects is reported and repeated once, with another credential. The parameters are those
    of `psycopg.connect`, without user and password.
    """

    def log_in(credential: Credential) -> psycopg.Connection[Any]:
        return psycopg.connect(conninfo, user=credential.username, password=credential.password, **parameters)

    return source.call(log_in)


async def connect_async(source: Source, conninfo: str = "", **parameters: Any) -> psycopg.AsyncConnection[Any]:
    """Like `connect`, in an event loop."""

    async def log_in(credential: Credential) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            conninfo, user=credential.username, password=credential.password, **parameters
        )

    return await source.acall(log_in)


def pool_kwargs(source: Source, **parameters: Any) -> Any:
    """For `psycopg_pool.ConnectionPool(kwargs=pool_kwargs(source, …))`: each new connection has the current credential.

    The pool does not report a rejected login; `connect` does.
    """

    def current() -> dict[str, Any]:
        credential = source.get()
        return {**parameters, "user": credential.username, "password": credential.password}

    return current

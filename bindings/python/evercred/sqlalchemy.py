"""SQLAlchemy: `attach(engine, source)` gives every new connection of an engine the current credential."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from ._client import Source
from ._values import Credential

__all__ = ["attach"]


def attach(engine: Any, source: Source, *, timeout: float | None = None) -> None:
    """Makes an `Engine` or an `AsyncEngine` log in with the credentials of a source.

    A login that the database rejects is reported and repeated once, with another credential. Connections that are open
    stay open. `timeout` limits the wait for credentials, in seconds. With an `AsyncEngine` the wait for a credential
    blocks the event loop where there is no usable one: call `await source.aget()` first.
    """
    sync_engine = getattr(engine, "sync_engine", engine)

    @event.listens_for(sync_engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Any:
        def log_in(credential: Credential) -> Any:
            # Not in `parameters`: the engine keeps them, and other threads connect with them at the same time.
            login = {**parameters, "user": credential.username, "password": credential.password}
            return dialect.connect(*arguments, **login)

        return source.call(log_in, timeout=timeout)

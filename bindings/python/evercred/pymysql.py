"""PyMySQL: `connect(source, …)` instead of `pymysql.connect(user=…, password=…, …)`."""

from __future__ import annotations

from typing import Any

import pymysql

from ._client import Source
from ._values import Credential

__all__ = ["connect"]


def connect(source: Source, **parameters: Any) -> pymysql.connections.Connection[Any]:
    """A connection with the current credential of the source.

    A login that the database rejects is reported and repeated once, with another credential. The parameters are those
    of `pymysql.connect`, without user and password.
    """

    def log_in(credential: Credential) -> pymysql.connections.Connection[Any]:
        return pymysql.connect(user=credential.username, password=credential.password, **parameters)

    return source.call(log_in)

"""Cloud credentials that are always fresh: database passwords, managed access keys, login identities.

    import evercred

    client = evercred.Client(tencent_secret_id="…", tencent_secret_key="…")
    source = client.database("ap-guangzhou", "cdb-example1", "app")
    credential = source.get()  # or: await source.aget()

Timeouts are in seconds, times are aware datetimes. No exception, `repr` or log message holds a secret.
"""

from ._client import AccessKey, Client, IdentityUnavailable, Source, Subscription, version
from ._codes import error_code
from ._errors import (
    Closed,
    Code,
    Error,
    FileError,
    IdentityError,
    InvalidArgument,
    NetworkError,
    Progress,
    RateLimited,
    Refused,
    ServiceError,
    Timeout,
)
from ._values import Credential, Event, EventKind, Kind, Origin, State, Status
from ._version import __version__

__all__ = [
    "AccessKey",
    "Client",
    "Closed",
    "Code",
    "Credential",
    "Error",
    "Event",
    "EventKind",
    "FileError",
    "IdentityError",
    "IdentityUnavailable",
    "InvalidArgument",
    "Kind",
    "NetworkError",
    "Origin",
    "Progress",
    "RateLimited",
    "Refused",
    "ServiceError",
    "Source",
    "State",
    "Status",
    "Subscription",
    "Timeout",
    "__version__",
    "error_code",
    "version",
]

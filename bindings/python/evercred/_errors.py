"""The exceptions of this package."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """The error codes of the C library."""

    OK = 0
    INVALID_ARGUMENT = 1
    UNKNOWN_OPTION = 2
    INVALID_OPTION = 3
    FILE = 4
    CLOSED = 5
    TIMEOUT = 6
    NETWORK = 7
    TLS = 8
    SERVICE = 9
    THROTTLED = 10
    REFUSED = 11
    IDENTITY = 12
    CLOCK = 13
    MALFORMED = 14
    RATE_LIMITED = 15
    NO_IDENTITY = 16
    UNSUPPORTED = 17
    RESOURCES = 18
    INTERNAL = 99


class Progress(IntEnum):
    """How far a failed request got."""

    #: Nothing of the request was sent, or the call needed none.
    NOT_SENT = 0
    #: The request, or a part of it, was sent; whether the service got it is not known.
    PERHAPS_SENT = 1
    #: A server answered: `Error.http_status` is its status.
    ANSWERED = 2


class Error(Exception):
    """Something failed. The message says what to do about it. An error holds no secret.

    Attributes:
        code: what went wrong, a `Code` (an int if the library is newer than this package).
        provider_code: the cloud's own code, such as "AuthFailure.SecretIdNotFound", or "".
        request_id: the cloud's id of the request, which its support asks for, or "".
        retryable: whether a retry later can succeed without a change by a person.
        user_notification_required: whether a person must be told, as the official Tencent SDK defines it.
        retry_after: how many seconds to wait before a retry; None if it is not known.
        progress: how far the failed request got, a `Progress`.
        http_status: the HTTP status of the answer, such as 403; None if there was no answer.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int = Code.INTERNAL,
        provider_code: str = "",
        request_id: str = "",
        retryable: bool = False,
        user_notification_required: bool = False,
        retry_after: float | None = None,
        progress: int = Progress.NOT_SENT,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        try:
            self.code: int = Code(code)
        except ValueError:
            self.code = code
        self.provider_code = provider_code
        self.request_id = request_id
        self.retryable = retryable
        self.user_notification_required = user_notification_required
        self.retry_after = retry_after
        try:
            self.progress: int = Progress(progress)
        except ValueError:
            self.progress = progress
        self.http_status = http_status


class InvalidArgument(Error, ValueError):
    """An argument or an option cannot be used. The message names it."""


class FileError(Error):
    """A requested file cannot be read or parsed. The message names the file and the line."""


class Closed(Error):
    """The client, the source or the subscription is closed."""


class Timeout(Error, TimeoutError):
    """The timeout ended before an answer arrived."""


class NetworkError(Error):
    """The cloud cannot be reached, or its certificate is not accepted."""


class ServiceError(Error):
    """The cloud answered with a temporary failure or with something malformed. The library retries."""


class Refused(Error):
    """The cloud refuses the request: not permitted, switched off, no such resource, clock wrong."""


class IdentityError(Error):
    """There is no login identity, or the cloud does not accept it."""


class RateLimited(Error):
    """Too many forced refreshes or reports in a short time. `retry_after` says when the next one is allowed."""


_CLASSES: dict[int, type[Error]] = {
    Code.INVALID_ARGUMENT: InvalidArgument,
    Code.UNKNOWN_OPTION: InvalidArgument,
    Code.INVALID_OPTION: InvalidArgument,
    Code.FILE: FileError,
    Code.CLOSED: Closed,
    Code.TIMEOUT: Timeout,
    Code.NETWORK: NetworkError,
    Code.TLS: NetworkError,
    Code.SERVICE: ServiceError,
    Code.THROTTLED: ServiceError,
    Code.MALFORMED: ServiceError,
    Code.REFUSED: Refused,
    Code.CLOCK: Refused,
    Code.IDENTITY: IdentityError,
    Code.NO_IDENTITY: IdentityError,
    Code.RATE_LIMITED: RateLimited,
}


def error_class(code: int) -> type[Error]:
    """The class of the exception for a code."""
    return _CLASSES.get(code, Error)

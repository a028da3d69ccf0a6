"""The plain values that this package hands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

from . import _native
from ._errors import Error

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_Number = TypeVar("_Number", bound=IntEnum)


class Kind(IntEnum):
    """What a credential holds."""

    NONE = 0
    #: The user name and password of a database account or a machine.
    PASSWORD = 1
    #: An access key: id, secret, and a session token if it is temporary.
    ACCESS_KEY = 2
    #: A whole secret text without a known form: `Credential.secret_value`.
    TEXT = 3
    #: Whole secret bytes: `Credential.secret_value`.
    BINARY = 4


class State(IntEnum):
    """The state of a value."""

    #: There is no value.
    EMPTY = 0
    #: The value is good and no refresh is due.
    FRESH = 1
    #: The value is good and a refresh is due. Only a status has this state.
    DUE = 2
    #: The value is still good but about to expire.
    MANDATORY = 3
    #: The value is expired and is used because the cloud cannot be reached.
    STALE = 4
    #: The value is expired, and the option `max_stale_ms` has passed.
    ENDED = 5
    #: The value was reported as rejected, and the cloud has no other one yet.
    REJECTED = 6


class Origin(IntEnum):
    """Where a value came from."""

    NONE = 0
    CLOUD = 1
    FALLBACK_FILE = 2
    CONFIGURATION = 3
    ENVIRONMENT = 4
    PROFILE_FILE = 5
    METADATA = 6
    STS = 7
    FILE_CACHE = 8
    PROCESS = 9
    CREDENTIALS_URI = 10
    CALLBACK = 11
    CLIENT_KEY_FILE = 12


class EventKind(IntEnum):
    """What happened to a source or to a client."""

    #: The source has another value. The first value is a change too.
    CHANGED = 1
    #: A refresh failed; `Event.error` says why.
    REFRESH_FAILED = 2
    #: The value was reported as rejected, and another one is looked for.
    REJECTED = 3
    #: The service still returns the old value 15 minutes after it should have rotated it.
    ROTATION_OVERDUE = 4
    #: A certificate of a CA file is about to expire; `Event.error` says which.
    CA_EXPIRING = 5
    #: A refresh succeeded after failed ones.
    RECOVERED = 6
    #: The value is expired, and there is no other one.
    ENDED = 7
    #: The service stands by a value that was reported as rejected.
    RECONFIRMED = 8
    #: A refresh that somebody asked or waited for succeeded with the same value.
    REFRESHED = 9
    #: A fetch that somebody waits for takes long: the held value is returned meanwhile.
    WAIT_ENDED = 10


def number(kind: type[_Number], value: int) -> Any:
    """The member of an enumeration, or the number itself if the library is newer than this package."""
    try:
        return kind(value)
    except ValueError:
        return value


def moment(value: int) -> datetime | None:
    """A time of the library: milliseconds since 1970; 0 is not known."""
    return _EPOCH + timedelta(milliseconds=value) if value else None


class Credential:
    """A snapshot of a source's value. It never changes: a rotation makes a new credential.

    `repr` shows no secret, and a credential cannot be pickled. Python cannot wipe its texts: they stay in memory until
    the last reference is gone and the memory is used again.

    Attributes:
        kind: what it holds, a `Kind`.
        username: the user name to log in with, or "".
        password: the password to log in with, or "". A secret.
        access_key_id: the id of the access key, or "".
        access_key_secret: the secret of the access key, or "". A secret.
        security_token: the session token of a temporary access key, or "". A secret.
        secret_value: the whole value, as bytes, of a secret of kind TEXT or BINARY, or b"". A secret.
        version_id: the service's id of this version of the secret, or "".
        generation: a number that grows with every change of the value.
        origin: where the value came from, an `Origin`.
        state: the state of the value when this credential was returned, a `State`.
        expires_at: when the value expires, an aware `datetime`; None if the cloud does not say.
        renew_at: when its renewal is due, an aware `datetime`; None if it is renewed only on request.
    """

    __slots__ = (
        "access_key_id",
        "access_key_secret",
        "expires_at",
        "generation",
        "kind",
        "origin",
        "password",
        "renew_at",
        "secret_value",
        "security_token",
        "state",
        "username",
        "version_id",
    )
    kind: Kind
    username: str
    password: str
    access_key_id: str
    access_key_secret: str
    security_token: str
    secret_value: bytes
    version_id: str
    generation: int
    origin: Origin
    state: State
    expires_at: datetime | None
    renew_at: datetime | None

    def __init__(self, **fields: object) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, fields[name])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Credential cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Credential cannot be changed")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Credential cannot be pickled, because it holds secrets: open a source in each process")

    def __copy__(self) -> Credential:
        return self

    def __deepcopy__(self, memo: object) -> Credential:
        return self

    def __repr__(self) -> str:
        shown = [f"kind={_name(self.kind)}", f"state={_name(self.state)}", f"generation={self.generation}"]
        if self.username:
            shown.insert(1, f"username={self.username!r}")
        if self.access_key_id:
            shown.insert(1, f"access_key_id={self.access_key_id!r}")
        if self.expires_at:
            shown.append(f"expires_at={self.expires_at.isoformat()}")
        return f"<evercred.Credential {' '.join(shown)}>"


def _name(value: int) -> str:
    return value.name if isinstance(value, IntEnum) else str(value)


def _no_credential() -> Credential:
    fields: dict[str, object] = dict.fromkeys(Credential.__slots__)
    fields["generation"] = -1
    return Credential(**fields)


#: Its generation is never published, so the hot path needs no test for None.
NO_CREDENTIAL = _no_credential()

_CREDENTIAL_TEXTS = (
    "username",
    "password",
    "access_key_id",
    "access_key_secret",
    "security_token",
    "version_id",
)


def take_credential(pointer: int) -> Credential:
    """Copies a credential of the library and frees it."""
    library = _native.library
    try:
        fields: dict[str, object] = {
            name: _native.text(_native.call("credential_" + name), pointer) for name in _CREDENTIAL_TEXTS
        }
        fields["secret_value"] = _native.read_bytes(library.evercred_credential_secret_value, pointer)
        fields["generation"] = library.evercred_credential_generation(pointer)
        fields["kind"] = number(Kind, library.evercred_credential_kind(pointer))
        fields["origin"] = number(Origin, library.evercred_credential_origin(pointer))
        fields["state"] = number(State, library.evercred_credential_state(pointer))
        fields["expires_at"] = moment(library.evercred_credential_expires_at_ms(pointer))
        fields["renew_at"] = moment(library.evercred_credential_renew_at_ms(pointer))
        return Credential(**fields)
    finally:
        library.evercred_credential_free(pointer)


@dataclass(frozen=True)
class Status:
    """The status of a source at one moment. It holds no secret. Times are aware datetimes, or None if not known;
    durations are seconds, or None if the service does not say."""

    state: State
    origin: Origin
    generation: int
    expires_at: datetime | None
    #: When the renewal of the value is due.
    renew_at: datetime | None
    #: When the background thread asks the cloud next.
    next_refresh_at: datetime | None
    #: When a fetch last succeeded.
    last_success_at: datetime | None
    #: How many refreshes have failed since the last success.
    consecutive_failures: int
    #: Why the last refresh failed; None if it succeeded.
    last_error: Error | None
    #: How many fetches were tried in total.
    fetches: int
    #: How many reports of a rejected credential were acted upon.
    rejections: int
    #: How far the cloud's clock is ahead of this machine's, in seconds, if the signing time was corrected.
    clock_skew: float
    #: How long the last rotation took, in seconds.
    last_rotation_duration: float | None
    #: When the service plans the next rotation.
    next_rotation_at: datetime | None
    #: The time between two rotations, in seconds.
    rotation_interval: float | None
    #: When a managed access key was created.
    generated_at: datetime | None
    #: Whether requests are encrypted and certificates are verified.
    is_tls_verified: bool
    #: Whether the service still returns the old value long after it should have rotated it.
    is_rotation_overdue: bool
    #: The result of the last rotation, such as "success", or "".
    rotation_status: str
    #: Which login identity was used, and why others were skipped.
    identity_explanation: str


def take_status(pointer: int) -> Status:
    """Copies a status of the library and frees it."""
    library = _native.library
    try:
        error = library.evercred_status_last_error(pointer)
        duration = library.evercred_status_last_rotation_duration_ms(pointer)
        return Status(
            state=number(State, library.evercred_status_state(pointer)),
            origin=number(Origin, library.evercred_status_origin(pointer)),
            generation=library.evercred_status_generation(pointer),
            expires_at=moment(library.evercred_status_expires_at_ms(pointer)),
            renew_at=moment(library.evercred_status_renew_at_ms(pointer)),
            next_refresh_at=moment(library.evercred_status_next_refresh_at_ms(pointer)),
            last_success_at=moment(library.evercred_status_last_success_at_ms(pointer)),
            consecutive_failures=library.evercred_status_consecutive_failures(pointer),
            last_error=_native.make_error(error) if error else None,
            fetches=library.evercred_status_fetches(pointer),
            rejections=library.evercred_status_rejections(pointer),
            clock_skew=library.evercred_status_clock_skew_ms(pointer) / 1000,
            last_rotation_duration=duration / 1000 if duration >= 0 else None,
            next_rotation_at=moment(library.evercred_status_next_rotation_at_ms(pointer)),
            rotation_interval=library.evercred_status_rotation_interval_ms(pointer) / 1000 or None,
            generated_at=moment(library.evercred_status_generated_at_ms(pointer)),
            is_tls_verified=library.evercred_status_is_tls_verified(pointer),
            is_rotation_overdue=library.evercred_status_is_rotation_overdue(pointer),
            rotation_status=_native.text(library.evercred_status_rotation_status, pointer),
            identity_explanation=_native.text(library.evercred_status_identity_explanation, pointer),
        )
    finally:
        library.evercred_status_free(pointer)


@dataclass(frozen=True)
class Event:
    """Something that happened to a source or to a client. It holds no secret."""

    #: What happened, an `EventKind` (an int if the library is newer than this package).
    kind: EventKind
    #: The name of the source, as in `Source.name`; "" if the event concerns the client.
    source_name: str
    #: The source's generation after the event.
    generation: int
    #: Why a refresh failed, or which certificate is about to expire.
    error: Error | None
    #: When it happened.
    occurred_at: datetime | None
    #: How many older events were dropped directly before this one.
    dropped_before: int


def take_event(pointer: int) -> Event:
    """Copies an event of the library and frees it."""
    library = _native.library
    try:
        error = library.evercred_event_error(pointer)
        return Event(
            kind=number(EventKind, library.evercred_event_kind(pointer)),
            source_name=_native.text(library.evercred_event_source_name, pointer),
            generation=library.evercred_event_generation(pointer),
            error=_native.make_error(error) if error else None,
            occurred_at=moment(library.evercred_event_occurred_at_ms(pointer)),
            dropped_before=library.evercred_event_dropped_before(pointer),
        )
    finally:
        library.evercred_event_free(pointer)

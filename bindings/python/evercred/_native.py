"""The shared library: finding it, its functions, and how its errors become exceptions."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Callable, NoReturn

from ._errors import Error, error_class

#: The ABI that this package is written for (`EVERCRED_ABI_VERSION` of the header).
ABI_VERSION = 0
_FILE = "libevercred.so.0"

LOG_CALLBACK = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_void_p, c_size_t)
FREE_CALLBACK = ctypes.CFUNCTYPE(None, c_void_p)
IDENTITY_CALLBACK = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)

_TEXTS = {
    "credential": "username password access_key_id access_key_secret security_token secret_value version_id",
    "error": "message provider_code request_id",
    "event": "source_name",
    "report": "text",
    "source": "name",
    "status": "rotation_status identity_explanation",
}
_INT32 = {
    "credential": "kind origin state",
    "error": "code progress http_status",
    "event": "kind",
    "status": "state origin",
    "subscription": "descriptor",
}
_INT64 = {
    "credential": "expires_at_ms renew_at_ms",
    "error": "retry_after_ms",
    "event": "occurred_at_ms",
    "source": "total_timeout_ms",
    "status": "expires_at_ms renew_at_ms next_refresh_at_ms last_success_at_ms clock_skew_ms "
    "last_rotation_duration_ms next_rotation_at_ms rotation_interval_ms generated_at_ms",
}
_UINT64 = {
    "credential": "generation",
    "event": "generation dropped_before",
    "status": "consecutive_failures generation fetches rejections",
}
_BOOL = {
    "error": "is_retryable is_user_notification_required",
    "status": "is_tls_verified is_rotation_overdue",
}
_POINTER = {"event": "error", "status": "last_error", "source": "generation_address"}
_NOTHING = {
    "client": "close free",
    "config": "free",
    "credential": "free",
    "error": "free",
    "event": "free",
    "report": "free",
    "source": "close free",
    "status": "free",
    "subscription": "close free",
}
# Functions that return an error; the last argument is an out argument unless the name is in _NO_OUT.
_FALLIBLE: dict[str, list[Any]] = {
    "client_new": [c_void_p],
    "client_report": [c_void_p, c_int32],
    "config_new": [],
    "config_set": [c_void_p, c_char_p, c_char_p],
    "config_load_file": [c_void_p, c_char_p],
    "config_load_environment": [c_void_p],
    "config_set_log_callback": [c_void_p, c_int32, LOG_CALLBACK, c_void_p, FREE_CALLBACK],
    "config_set_identity_callback": [c_void_p, IDENTITY_CALLBACK, c_void_p, FREE_CALLBACK],
    "identity_set_key": [c_void_p, c_char_p, c_char_p, c_char_p, c_int64],
    "source_get": [c_void_p, c_int64],
    "source_try_get": [c_void_p],
    "source_get_newer": [c_void_p, c_uint64, c_int64],
    "source_peek": [c_void_p],
    "source_refresh": [c_void_p, c_int64],
    "source_report_rejected_generation": [c_void_p, c_uint64],
    "source_status": [c_void_p],
    "source_open_database_with": [c_void_p, c_void_p, c_char_p, c_char_p, c_char_p],
    "source_open_managed_with": [c_void_p, c_void_p, c_char_p],
    "source_open_identity_with": [c_void_p, c_void_p, c_char_p],
    "subscription_open": [c_void_p, c_void_p],
    "subscription_next": [c_void_p, c_int64],
}
_NO_OUT = frozenset(
    [
        "config_set",
        "config_load_file",
        "config_load_environment",
        "config_set_log_callback",
        "config_set_identity_callback",
        "identity_set_key",
        "source_report_rejected_generation",
    ]
)


def _load() -> tuple[ctypes.CDLL, str]:
    named = os.environ.get("EVERCRED_LIBRARY")
    if named:
        try:
            return ctypes.CDLL(named), named
        except OSError as error:
            raise ImportError(f"evercred: EVERCRED_LIBRARY names {named!r}, which cannot be loaded: {error}") from None
    bundled = Path(__file__).with_name("_lib") / _FILE
    path = str(bundled) if bundled.exists() else _FILE
    try:
        return ctypes.CDLL(path), path
    except OSError as error:
        raise ImportError(
            f"evercred: the shared library cannot be loaded: {error}. Install the wheel for this system, or install "
            f"{_FILE} where the loader finds it, or set EVERCRED_LIBRARY to its path."
        ) from None


def _declare(library: ctypes.CDLL) -> None:
    def set_type(name: str, arguments: list[Any], result: Any) -> None:
        function = getattr(library, "evercred_" + name)
        function.argtypes = arguments
        function.restype = result

    tables: list[tuple[dict[str, str], Any, list[Any]]] = [
        (_TEXTS, c_void_p, [c_void_p, POINTER(c_size_t)]),
        (_INT32, c_int32, [c_void_p]),
        (_INT64, c_int64, [c_void_p]),
        (_UINT64, c_uint64, [c_void_p]),
        (_BOOL, c_bool, [c_void_p]),
        (_POINTER, c_void_p, [c_void_p]),
        (_NOTHING, None, [c_void_p]),
    ]
    for table, result, arguments in tables:
        for handle, fields in table.items():
            for field in fields.split():
                set_type(f"{handle}_{field}", arguments, result)
    for name, given in _FALLIBLE.items():
        set_type(name, given if name in _NO_OUT else [*given, POINTER(c_void_p)], c_void_p)
    set_type("identity_set_error", [c_void_p, c_char_p, c_bool], None)
    set_type("source_is_rejection_code", [c_void_p, c_char_p], c_bool)
    set_type("version", [], c_char_p)
    set_type("abi_version", [], c_uint32)
    set_type("live_handles", [], c_uint64)


def _checked() -> tuple[ctypes.CDLL, str]:
    library, path = _load()
    try:
        library.evercred_abi_version.argtypes = []
        library.evercred_abi_version.restype = c_uint32
        abi = int(library.evercred_abi_version())
    except AttributeError:
        raise ImportError(f"evercred: {path} is not an evercred library") from None
    if abi != ABI_VERSION:
        raise ImportError(
            f"evercred: {path} has ABI version {abi}, this package needs {ABI_VERSION}. "
            "Install the package and the library in the same version."
        )
    try:
        _declare(library)
    except AttributeError as error:
        raise ImportError(f"evercred: {path} is older than this package: {error}") from None
    return library, path


library, library_path = _checked()


def call(name: str) -> Callable[..., Any]:
    """The function `evercred_NAME` of the library."""
    return getattr(library, "evercred_" + name)  # type: ignore[no-any-return]


def read_bytes(function: Callable[..., Any], handle: int) -> bytes:
    """What a text accessor returns, whole even if it holds NULs."""
    size = c_size_t()
    address = function(handle, byref(size))
    return ctypes.string_at(address, size.value) if address else b""


def text(function: Callable[..., Any], handle: int) -> str:
    """What a text accessor returns."""
    return read_bytes(function, handle).decode("utf-8", "replace")


def encode(what: str, value: object) -> bytes:
    """An argument as C text. What C cannot take is an error that names the argument and does not hold its value."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"{what} holds a NUL character")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        # It holds the whole text, so it must not become the context of the next exception either.
        pass
    raise ValueError(f"{what} holds a character that is not valid Unicode (a lone surrogate)")


def milliseconds(timeout: float | None) -> int:
    """A timeout in seconds for C: None is the option `total_timeout_ms`."""
    if timeout is None:
        return -1
    return max(0, min(int(timeout * 1000 + 0.999), 2**62))


def make_error(pointer: int) -> Error:
    """The exception for an error that something else owns."""
    number = call("error_code")(pointer)
    return error_class(number)(
        text(call("error_message"), pointer),
        code=number,
        provider_code=text(call("error_provider_code"), pointer),
        request_id=text(call("error_request_id"), pointer),
        retryable=call("error_is_retryable")(pointer),
        user_notification_required=call("error_is_user_notification_required")(pointer),
        retry_after=call("error_retry_after_ms")(pointer) / 1000 or None,
        progress=call("error_progress")(pointer),
        http_status=call("error_http_status")(pointer) or None,
    )


def raise_error(pointer: int) -> NoReturn:
    """Raises an error that the caller owns, and frees it."""
    try:
        error = make_error(pointer)
    finally:
        library.evercred_error_free(pointer)
    raise error


def check(pointer: int | None) -> None:
    """Raises the error that a fallible function returned, if it is one."""
    if pointer:
        raise_error(pointer)


def out(name: str, *arguments: object) -> int | None:
    """Calls a fallible function and returns what it stored in its out argument."""
    result = c_void_p()
    check(call(name)(*arguments, byref(result)))
    return result.value

"""The error code of the service in the exceptions of common drivers and SDKs."""

from __future__ import annotations

import re

from ._errors import Error

_SQLSTATE = re.compile("[0-9A-Z]{5}")


def error_code(error: BaseException) -> str | None:
    """The error code that the service sent, as a text; None if the exception has none.

    Knows database drivers (SQLSTATE, or the number in the first argument), SQLAlchemy's wrappers, and the SDKs of
    Tencent Cloud and Alibaba Cloud. An exception of any other library with such an attribute works too. An
    `evercred.Error` has none: its number is the library's own.
    """
    if isinstance(error, Error):
        return None
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):
        return error_code(original)
    for name in ("sqlstate", "pgcode", "error_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(int(value)) if isinstance(value, int) else value
    details = getattr(error, "details", None)
    if isinstance(details, dict) and isinstance(details.get("Code"), str):
        return str(details["Code"])
    get_code = getattr(error, "get_error_code", None)
    if callable(get_code):
        value = get_code()
        return value if isinstance(value, str) else None
    code = _first(error.args)
    if isinstance(code, tuple):
        # pymssql: ((number, message),)
        code = _first(code)
    if isinstance(code, int) and not isinstance(code, bool) and not isinstance(error, OSError):
        return str(int(code))
    # pyodbc: (SQLSTATE, message)
    if isinstance(code, str) and len(error.args) > 1 and _SQLSTATE.fullmatch(code):
        return code
    # libpq gives no SQLSTATE for a connection that fails, only the server's sentence.
    if "password authentication failed" in str(error):
        return "28P01"
    return None


def _first(values: tuple[object, ...]) -> object:
    return values[0] if values else None

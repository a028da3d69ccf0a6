"""The error code of the service in the exceptions of common drivers and SDKs."""

from __future__ import annotations


def error_code(error: BaseException) -> str | None:
    """The error code that the service sent, as a text; None if the exception has none.

    Knows database drivers (SQLSTATE, or the number in the first argument), SQLAlchemy's wrappers, and the SDKs of
    Tencent Cloud and Alibaba Cloud. An exception of any other library with such an attribute works too.
    """
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
    if error.args and isinstance(error.args[0], int) and not isinstance(error, OSError):
        return str(error.args[0])
    # libpq gives no SQLSTATE for a connection that fails, only the server's sentence.
    if "password authentication failed" in str(error):
        return "28P01"
    return None

"""Clients, sources and subscriptions."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import itertools
import logging
import os
import threading
import time
import weakref
from datetime import datetime, timedelta
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    TypeVar,
)

from . import _native
from ._codes import error_code
from ._errors import Closed, Code, Error, RateLimited, Timeout
from ._values import NO_CREDENTIAL, Credential, Event, State, Status, take_credential, take_event, take_status
from ._wait import RETRY_AFTER, Handle, LoopHub, ProcessLock, ThreadHub, _readable

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import ClientOptions, SourceOptions

_T = TypeVar("_T")
_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}


class AccessKey:
    """The login identity that an identity callback returns: an access key, with a session token if it is temporary.

    `expires_at` is the time when it expires, as a `datetime` (one without a time zone is in local time) or as seconds
    since 1970; without it the key is assumed to live for 15 minutes. `repr` shows no secret.
    """

    __slots__ = ("access_key_id", "access_key_secret", "expires_at", "security_token")

    def __init__(
        self,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        expires_at: datetime | float | None = None,
    ) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.security_token = security_token
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"<evercred.AccessKey access_key_id={self.access_key_id!r}>"

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError("an AccessKey cannot be pickled, because it holds secrets: make one in each process")


class IdentityUnavailable(Exception):
    """Raised by an identity callback: there is no key now. `reason` becomes part of the error that callers of `get`
    see, so it must hold no secret. `retryable` says whether a retry can soon succeed."""

    def __init__(self, reason: str, retryable: bool = True) -> None:
        super().__init__(reason)
        self.retryable = retryable


# Callbacks that the library may call, until it says that it does not any more.
_callbacks: dict[int, Any] = {}
_numbers = itertools.count(1)


def _forget(number: int | None) -> None:
    _callbacks.pop(number or 0, None)


_forget_callback = _native.FREE_CALLBACK(_forget)


def _log_callback(logger: logging.Logger) -> Any:
    def log(_userdata: int | None, level: int, message: int, size: int) -> None:
        text = ctypes.string_at(message, size).decode("utf-8", "replace")
        logger.log(_LEVELS.get(level, logging.DEBUG), "%s", text)

    return _native.LOG_CALLBACK(log)


def _identity_callback(supply: Callable[[], AccessKey]) -> Any:
    def identify(_userdata: int | None, identity: int) -> None:
        try:
            key = supply()
            expires = key.expires_at
            if isinstance(expires, datetime):
                expires = expires.timestamp()
            _native.check(
                _native.library.evercred_identity_set_key(
                    identity,
                    _native.encode("access_key_id", key.access_key_id),
                    _native.encode("access_key_secret", key.access_key_secret),
                    _native.encode("security_token", key.security_token or ""),
                    int((expires or 0) * 1000),
                )
            )
        except IdentityUnavailable as error:
            told = str(error).encode("utf-8", "replace")
            _native.library.evercred_identity_set_error(identity, told, error.retryable)
        except Exception as error:
            # The text of a foreign exception may hold a secret; its type does not.
            reason = f"the identity callback raised {type(error).__name__}"
            _native.library.evercred_identity_set_error(identity, reason.encode(), True)

    return _native.IDENTITY_CALLBACK(identify)


def _option(name: str, value: object) -> bytes:
    what = f"the option {name}"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, timedelta):
        if not name.endswith("_ms"):
            raise TypeError(f"{what} is not a time: it takes no timedelta")
        return str(round(value / timedelta(milliseconds=1))).encode()
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, (list, tuple)):
        return _native.encode(what, ",".join(value))
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise TypeError(f"{what} cannot be a {type(value).__name__}")
    return _native.encode(what, value)


class _Config:
    """A configuration of the library while it is filled in."""

    def __init__(self) -> None:
        self.handle = Handle(_native.out("config_new"), _native.library.evercred_config_free)

    def set(self, options: Mapping[str, object]) -> None:
        for name, value in options.items():
            if value is None:
                continue
            text = _option(name, value)
            _native.check(_native.library.evercred_config_set(self.handle.pointer, name.encode(), text))

    def register(self, setter: Callable[..., int | None], thunk: Any, *before: int) -> None:
        number = next(_numbers)
        _callbacks[number] = thunk
        error = setter(self.handle.pointer, *before, thunk, number, _forget_callback)
        if error:
            _forget(number)
            _native.raise_error(error)


class Client:
    """A configuration, and the sources that are opened with it. Threads and event loops may share it.

    Args:
        files: configuration files, read in this order; those of Alibaba Cloud's official clients are read as they are.
        environment: whether environment variables (`EVERCRED_…` and those of the official clients) are read, after
            the files.
        identity: a function without arguments that returns the login identity as an `AccessKey`, for example from a
            vault. A thread of the library calls it; it may block. See also `IdentityUnavailable`.
        log: a `logging.Logger` for the messages of the library; its level at this moment is used. None: no messages.
        options: the options of docs/CONFIGURATION.md, which override files and environment. A time is an int in
            milliseconds or a `timedelta`, a list may be a sequence. None means that the option is not set.

    Raises:
        InvalidArgument: an option cannot be used; the message names it.
        FileError: a file cannot be read.

    No request is sent before a source is used. A forked child may go on using the client.
    """

    def __init__(
        self,
        *files: str | os.PathLike[str],
        environment: bool = True,
        identity: Callable[[], AccessKey] | None = None,
        log: logging.Logger | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        library = _native.library
        config = _Config()
        self._has_callbacks = log is not None or identity is not None
        if log is not None:
            level = max((n for n, at in _LEVELS.items() if log.isEnabledFor(at)), default=1)
            config.register(library.evercred_config_set_log_callback, _log_callback(log), level)
        for file in files:
            path = os.fspath(file)
            _native.check(library.evercred_config_load_file(config.handle.pointer, _native.encode("a file", path)))
        if environment:
            _native.check(library.evercred_config_load_environment(config.handle.pointer))
        config.set(options)
        if identity is not None:
            config.register(library.evercred_config_set_identity_callback, _identity_callback(identity))
        self._handle = Handle(_native.out("client_new", config.handle.pointer), library.evercred_client_free)
        self._closed = False
        self._threads: dict[int, ThreadHub] = {}
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopHub] = weakref.WeakKeyDictionary()
        self._refreshing = ProcessLock()
        _clients.add(self)

    def database(self, region: str, instance_id: str, user: str, **overrides: Unpack[SourceOptions]) -> Source:
        """Opens the password of a Tencent Cloud database account, such as ("ap-guangzhou", "cdb-example1", "app").

        `overrides` are options that override the client's. Does not block, except to read files that options name.
        Raises `InvalidArgument`, `FileError` or `Closed`.
        """
        arguments = [
            _native.encode(what, value)
            for what, value in (("region", region), ("instance_id", instance_id), ("user", user))
        ]
        return self._open("source_open_database_with", arguments, overrides)

    def managed(self, secret_name: str, **overrides: Unpack[SourceOptions]) -> Source:
        """Opens a managed secret of Alibaba Cloud's KMS Secrets Manager: an access key, a password, a text or bytes.

        Otherwise like `database`.
        """
        return self._open("source_open_managed_with", [_native.encode("secret_name", secret_name)], overrides)

    def identity(self, cloud: str, **overrides: Unpack[SourceOptions]) -> Source:
        """Opens the login identity of a cloud ("tencent" or "aliyun") itself, with which any SDK can sign.

        Otherwise like `database`.
        """
        return self._open("source_open_identity_with", [_native.encode("cloud", cloud)], overrides)

    def _open(self, function: str, arguments: list[bytes], overrides: Mapping[str, object]) -> Source:
        self._check_open()
        config = None
        if overrides:
            config = _Config()
            config.set(overrides)
        pointer = _native.out(function, self._handle.pointer, config and config.handle.pointer, *arguments)
        return Source(self, Handle(pointer, _native.library.evercred_source_free))

    def events(self, source: Source | None = None) -> Subscription:
        """Subscribes to the future events of one source, or of all sources of the client. Does not block."""
        self._check_open()
        return Subscription(self, source)

    def report(self, format: str = "json") -> str:
        """A report on all sources without secrets, as "json" or as "prometheus" text. Does not block."""
        if format not in ("json", "prometheus"):
            raise ValueError(f'format must be "json" or "prometheus", not {format!r}')
        self._check_open()
        pointer = _native.out("client_report", self._handle.pointer, 1 if format == "json" else 2)
        report = Handle(pointer, _native.library.evercred_report_free)
        return _native.text(_native.library.evercred_report_text, report.pointer or 0)

    def close(self) -> None:
        """Stops all work: calls that wait raise `Closed`, and so does every later one. A second call has no effect.

        Blocks at most 1 second, with `cache_file` 3 seconds. Any thread may call it.
        """
        self._closed = True
        pointer = self._handle.pointer
        if pointer:
            _native.library.evercred_client_close(pointer)
        for hub in list(self._threads.values()):
            if hub.process == os.getpid():
                hub.wake()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<evercred.Client {'closed' if self._closed else 'open'}>"

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError("a Client cannot be pickled: make one in each process, or fork")

    def _check_open(self) -> None:
        if self._closed or not self._handle.pointer:
            raise Closed("the client is closed", code=Code.CLOSED)

    def _thread_hub(self) -> ThreadHub:
        # A forked child has locks and a subscription of its own: those of its parent may be held by a lost thread.
        process = os.getpid()
        hub = self._threads.get(process)
        if hub is None:
            hub = self._threads.setdefault(process, ThreadHub())
        return hub

    def _loop_hub(self) -> LoopHub:
        loop = asyncio.get_running_loop()
        hub = self._loops.get(loop)
        if hub is None or hub.process != os.getpid():
            hub = self._loops[loop] = LoopHub(self._handle)
        return hub


class Source:
    """A value that is kept fresh: the password of a database account, a managed secret or a login identity.

    `Client.database`, `Client.managed` and `Client.identity` open one. Threads and event loops may share it. A forked
    child may go on using it. Every `timeout` is in seconds; None means the option `total_timeout_ms`.
    """

    def __init__(self, client: Client, handle: Handle) -> None:
        library = _native.library
        self._client = client
        self._handle = handle
        self._total_timeout: float = library.evercred_source_total_timeout_ms(handle.pointer) / 1000
        self._closed = False
        self._name = _native.text(library.evercred_source_name, handle.pointer or 0)
        # Readable for the life of the process, and 0 while a call into the library is needed.
        address = library.evercred_source_generation_address(handle.pointer)
        self._generation = memoryview((ctypes.c_uint64 * 1).from_address(address)).cast("B").cast("Q")
        self._snapshot = NO_CREDENTIAL

    @property
    def name(self) -> str:
        """The name of the source in reports and logs. It holds no secret."""
        return self._name

    def get(self, timeout: float | None = None) -> Credential:
        """The current credential. A fresh one is returned without a call into the library.

        Otherwise the call waits for a refresh, at most `timeout` seconds (0: no wait). Where it may return the old
        value in the end, it waits at most `refresh_wait_ms`, and then returns the old value with its state.

        Raises `Timeout`, `Closed`, or the reason why the refresh failed.
        """
        snapshot = self._snapshot
        if self._generation[0] == snapshot.generation:
            return snapshot
        return self._wait(timeout, self._try_get, self._get_now, True)

    async def aget(self, timeout: float | None = None) -> Credential:
        """Like `get`, in an event loop: it waits without a thread, and cancellation takes effect at once."""
        snapshot = self._snapshot
        if self._generation[0] == snapshot.generation:
            return snapshot
        return await self._await(timeout, "get", self._try_get, self._get_now, True)

    def get_newer(self, than: Credential | int, timeout: float | None = None) -> Credential:
        """A credential with another value than `than` (a credential or its generation), for "that one was rejected".

        Waits for it at most `timeout` seconds. Raises `Timeout` if there is still no other value, `Closed`, or the
        refusal of the cloud.
        """
        generation = than if isinstance(than, int) else than.generation
        attempt, final = self._newer(generation)
        return self._wait(timeout, attempt, final, False)

    async def aget_newer(self, than: Credential | int, timeout: float | None = None) -> Credential:
        """Like `get_newer`, in an event loop."""
        generation = than if isinstance(than, int) else than.generation
        attempt, final = self._newer(generation)
        return await self._await(timeout, generation, attempt, final, False)

    def peek(self) -> Credential | None:
        """The credential that the source holds, whatever its state; None if it holds none yet. Does not block."""
        return self._take(_native.out("source_peek", self._handle.pointer), keep=False)

    def refresh(self, timeout: float | None = None) -> Credential:
        """Asks the cloud now, even if the value is fresh, and waits for the answer at most `timeout` seconds.

        Blocks in the library, one thread of a client at a time. Raises the reason why the refresh failed, `Timeout`,
        `Closed`, or `RateLimited` after too many calls in a short time.
        """
        with _silent_end():
            return self._refresh_open(self._total_timeout if timeout is None else timeout)

    def _refresh_open(self, seconds: float) -> Credential:
        deadline = time.monotonic() + seconds
        refreshing = self._client._refreshing.current()
        if not refreshing.acquire(timeout=max(0.0, seconds)):
            raise Timeout("another refresh of this client took the whole timeout", code=Code.TIMEOUT, retryable=True)
        try:
            left = max(0.0, deadline - time.monotonic())
            pointer = _native.out("source_refresh", self._handle.pointer, _native.milliseconds(left))
        finally:
            refreshing.release()
        return self._taken(pointer)

    async def arefresh(self, timeout: float | None = None) -> Credential:
        """Like `refresh`, in an event loop: a thread of the loop's executor waits."""
        return await asyncio.get_running_loop().run_in_executor(None, self.refresh, timeout)

    def report_rejected(self, credential: Credential | int) -> None:
        """Reports that the service rejected this credential (or the one of this generation): another is looked for.

        Reporting an old credential has no effect. Does not block. Raises `RateLimited` after too many reports in a
        short time (the value counts as rejected all the same), or `Closed`.
        """
        generation = credential if isinstance(credential, int) else credential.generation
        pointer = self._handle.pointer
        _native.check(_native.library.evercred_source_report_rejected_generation(pointer, generation))

    def is_rejection_code(self, code: str | int) -> bool:
        """Whether an error code of the service, such as 1045, "28P01" or "InvalidAccessKeyId", means that it rejects
        the credential. The option `rejected_codes` lists these codes. Does not block."""
        text = _native.encode("code", str(code))
        return bool(_native.library.evercred_source_is_rejection_code(self._handle.pointer, text))

    def is_rejection(
        self, error: BaseException, code_of: Callable[[BaseException], str | int | None] = error_code
    ) -> bool:
        """Whether an exception of a driver or an SDK means that the service rejects the credential."""
        code = code_of(error)
        return code is not None and "\0" not in str(code) and self.is_rejection_code(code)

    def status(self) -> Status:
        """The status: state, expiry, next refresh, failures and last error. Does not block."""
        return take_status(_native.out("source_status", self._handle.pointer) or 0)

    def call(
        self,
        function: Callable[[Credential], _T],
        code_of: Callable[[BaseException], str | int | None] = error_code,
        timeout: float | None = None,
    ) -> _T:
        """Calls `function` with the current credential, and once more with another one if the service rejects it.

        `code_of` gets the exception of `function` and returns the service's error code, or None; the default knows
        the common drivers and SDKs. If the code means a rejected credential, the credential is reported, and the call
        waits for another one. If none comes, the exception of `function` is raised. `timeout` seconds limit the waits
        for credentials, not `function`.
        """
        deadline = time.monotonic() + (self._total_timeout if timeout is None else timeout)
        credential = self.get(timeout)
        try:
            return function(credential)
        except Exception as error:
            if not self.is_rejection(error, code_of):
                raise
            try:
                newer = self._replace(credential, deadline)
            except Error as failure:
                raise error from failure
        return function(newer)

    async def acall(
        self,
        function: Callable[[Credential], Awaitable[_T]],
        code_of: Callable[[BaseException], str | int | None] = error_code,
        timeout: float | None = None,
    ) -> _T:
        """Like `call`, with a coroutine function."""
        deadline = time.monotonic() + (self._total_timeout if timeout is None else timeout)
        credential = await self.aget(timeout)
        try:
            return await function(credential)
        except Exception as error:
            if not self.is_rejection(error, code_of):
                raise
            try:
                self._report(credential)
                newer = await self.aget_newer(credential, max(0.0, deadline - time.monotonic()))
            except Error as failure:
                raise error from failure
        return await function(newer)

    def _report(self, credential: Credential | int) -> None:
        # With too many reports the value counts as rejected all the same, and another one is looked for later.
        with contextlib.suppress(RateLimited):
            self.report_rejected(credential)

    def _replace(self, credential: Credential, deadline: float) -> Credential:
        self._report(credential)
        return self.get_newer(credential, max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Closes the source: calls that wait raise `Closed` within a quarter of a second, and so do later ones that
        ask for a credential. A second call has no effect. Any thread may call it."""
        self._closed = True
        self._snapshot = NO_CREDENTIAL
        _native.library.evercred_source_close(self._handle.pointer)
        self._client._thread_hub().wake()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<evercred.Source {self._name!r}>"

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError("a Source cannot be pickled: open one in each process, or fork")

    def _take(self, pointer: int | None, keep: bool = True) -> Credential | None:
        if not pointer:
            return None
        credential = take_credential(pointer)
        if keep:
            self._snapshot = credential
            if self._closed:
                self._snapshot = NO_CREDENTIAL
        return credential

    def _taken(self, pointer: int | None) -> Credential:
        credential = self._take(pointer)
        assert credential is not None
        return credential

    def _try_get(self) -> Credential | None:
        return self._take(_native.out("source_try_get", self._handle.pointer))

    def _get_now(self) -> Credential:
        return self._taken(_native.out("source_get", self._handle.pointer, 0))

    def _newer(self, generation: int) -> tuple[Callable[[], Credential | None], Callable[[], Credential]]:
        if not 0 <= generation < 2**64:
            raise ValueError(f"generation must be between 0 and 2**64 - 1, not {generation}")

        def final() -> Credential:
            return self._taken(_native.out("source_get_newer", self._handle.pointer, generation, 0))

        def attempt() -> Credential | None:
            try:
                return final()
            except Timeout:
                return None

        return attempt, final

    def _failure(self) -> Error | None:
        # With a value that may still be used, a failure ends no wait: the library soon hands that value out.
        status = self.status()
        return status.last_error if status.state in (State.EMPTY, State.ENDED) else None

    def _wait(
        self,
        timeout: float | None,
        attempt: Callable[[], Credential | None],
        final: Callable[[], Credential],
        ends_with_failure: bool,
    ) -> Credential:
        with _silent_end():
            return self._wait_open(timeout, attempt, final, ends_with_failure)

    def _wait_open(
        self,
        timeout: float | None,
        attempt: Callable[[], Credential | None],
        final: Callable[[], Credential],
        ends_with_failure: bool,
    ) -> Credential:
        if timeout is not None and timeout <= 0:
            return final()
        self._client._check_open()
        deadline = time.monotonic() + (self._total_timeout if timeout is None else timeout)
        hub = self._client._thread_hub()
        sequence, failures = hub.mark(self._client._handle, self._name)
        while True:
            found = attempt()
            if found is not None:
                return found
            if ends_with_failure and hub.failed_since(self._name, failures):
                error = self._failure()
                if error is not None:
                    raise error
            left = deadline - time.monotonic()
            if left <= 0:
                return final()
            hub.wait(sequence, min(left, RETRY_AFTER))
            sequence, _ = hub.mark(self._client._handle, self._name)

    async def _await(
        self,
        timeout: float | None,
        key: str | int,
        attempt: Callable[[], Credential | None],
        final: Callable[[], Credential],
        ends_with_failure: bool,
    ) -> Credential:
        async with _silent_end():
            if timeout is not None and timeout <= 0:
                return final()
            self._client._check_open()
            seconds = self._total_timeout if timeout is None else timeout
            failure = self._failure if ends_with_failure else _no_failure
            found = await self._client._loop_hub().wait((self, key), self._name, attempt, failure, seconds)
            return final() if found is None else found


def _no_failure() -> Error | None:
    return None


class Subscription:
    """The events of a client's sources, in order. At most 256 events wait to be fetched; after that the oldest are
    dropped, and the next event says how many.

    Iterate over it with `for` or `async for`, which end when the client is closed, or call `next`. A forked child
    opens its own. One thread or task at a time uses it; any thread may close it.
    """

    def __init__(self, client: Client, source: Source | None) -> None:
        library = _native.library
        self._client = client
        self._source = source
        self._lock = threading.Lock()
        pointer = _native.out("subscription_open", client._handle.pointer, source and source._handle.pointer)
        self._handle = Handle(pointer, library.evercred_subscription_free)
        self._descriptor: int = library.evercred_subscription_descriptor(pointer)

    def fileno(self) -> int:
        """A descriptor that is readable while events wait, for `select` and event loops: then call `next(0)` until it
        returns None. Never read or close it. -1 if there is none."""
        return self._descriptor

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event, or None after `timeout` seconds (0: no wait; None: no limit).

        Raises `Closed` when the subscription or the client is closed and all earlier events are fetched.
        """
        with _silent_end():
            return self._next_open(timeout)

    def _next_open(self, timeout: float | None) -> Event | None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._lock:
                pointer = _native.out("subscription_next", self._handle.pointer, 0)
            if pointer:
                return take_event(pointer)
            left = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
            if left <= 0:
                return None
            _readable(self._descriptor, left)

    async def anext(self) -> Event:
        """The next event, in an event loop. Raises `Closed` like `next`."""
        async with _silent_end():
            return await self._anext_open()

    async def _anext_open(self) -> Event:
        loop = asyncio.get_running_loop()
        while True:
            event = self._next_open(0)
            if event is not None:
                return event
            ready = loop.create_future()
            if self._descriptor < 0:
                await asyncio.sleep(0.05)
                continue
            loop.add_reader(self._descriptor, _set, ready)
            try:
                await ready
            finally:
                loop.remove_reader(self._descriptor)

    def close(self) -> None:
        """Closes the subscription: `next` raises `Closed` after the events that wait already."""
        _native.library.evercred_subscription_close(self._handle.pointer)

    def __iter__(self) -> Iterator[Event]:
        while True:
            try:
                event = self.next()
            except Closed:
                return
            if event is not None:
                yield event

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            try:
                event = await self.anext()
            except Closed:
                return
            yield event

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


#: How long a daemon thread waits (seconds) before it learns that its client is closed by the end of the interpreter:
#: longer than the end takes, but not for ever, because some other handler of the end may join the thread.
_END_TAKES = 10.0
_ending = threading.Event()


class _silent_end:
    """Keeps a daemon thread that waits at the end of the interpreter from printing a traceback of `Closed`: it goes on
    waiting, like one that waits for anything else."""

    @staticmethod
    def _applies(error: BaseException | None) -> bool:
        # A thread that only a callback of the library made is waited for.
        thread = threading.current_thread()
        foreign = isinstance(thread, threading._DummyThread)
        return isinstance(error, Closed) and _ending.is_set() and thread.daemon and not foreign

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if self._applies(error):
            time.sleep(_END_TAKES)

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if self._applies(error):
            await asyncio.sleep(_END_TAKES)


@atexit.register
def _close_all() -> None:
    _ending.set()
    # No thread of the library may call Python while the interpreter ends, so callbacks are waited for.
    for client in list(_clients):
        client.close()
        if client._has_callbacks:
            client._handle.free()


def version() -> str:
    """The version of the shared library, such as "0.1.0"."""
    return str(_native.library.evercred_version().decode())

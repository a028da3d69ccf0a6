"""Waiting without a thread in C: by `try_get`, and by the descriptor of a subscription to the whole client.

A thread hub serves the threads of a client: one of the waiting threads watches the descriptor, and the others wait for
it. A loop hub serves one event loop, which watches the descriptor itself. Each has a subscription of its own, because
the events of a subscription are fetched once.
"""

from __future__ import annotations

import asyncio
import copy
import os
import select
import threading
import time
from typing import Any, Callable, Hashable

from . import _native
from ._errors import Closed, Error
from ._values import Credential, EventKind

#: The library runs no timer in lazy mode, and sends no event when one source of a client is closed, so a waiting
#: caller also tries again after this time (seconds).
RETRY_AFTER = 0.25


class Handle:
    """A pointer of the library that is freed with the last reference; each call in progress holds one."""

    __slots__ = ("_free", "pointer")

    def __init__(self, pointer: int | None, free: Callable[[int], None]) -> None:
        self.pointer = pointer
        self._free = free

    def free(self) -> None:
        """Frees it now. Nothing may be in a call with it."""
        pointer, self.pointer = self.pointer, None
        if pointer:
            self._free(pointer)

    def __del__(self) -> None:
        self.free()


class ProcessLock:
    """A lock of which each process has its own: in a forked child, no lost thread of the parent holds it."""

    def __init__(self) -> None:
        self._locks: dict[int, threading.Lock] = {}

    def current(self) -> threading.Lock:
        """The lock of this process."""
        return self._locks.setdefault(os.getpid(), threading.Lock())


class Drain:
    """A subscription to all sources of a client, of which only "something happened" matters."""

    def __init__(self, client: Handle) -> None:
        library = _native.library
        pointer = _native.out("subscription_open", client.pointer, None)
        self._handle = Handle(pointer, library.evercred_subscription_free)
        #: -1 if there is none: then only time helps.
        self.descriptor: int = library.evercred_subscription_descriptor(pointer)
        self.closed = False

    def fetch(self) -> tuple[bool, list[str]]:
        """Takes all events. Returns whether there was one, and the names of sources whose refresh failed."""
        library = _native.library
        found, failed = False, []
        while not self.closed:
            try:
                event = _native.out("subscription_next", self._handle.pointer, 0)
            except Closed:
                self.closed = found = True
                break
            if not event:
                break
            found = True
            if library.evercred_event_kind(event) == EventKind.REFRESH_FAILED:
                failed.append(_native.text(library.evercred_event_source_name, event))
            library.evercred_event_free(event)
        return found, failed


def _readable(descriptor: int, seconds: float) -> None:
    if descriptor < 0:
        time.sleep(min(seconds, 0.05))
    elif hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
    else:
        select.select([descriptor], [], [], seconds)


class ThreadHub:
    """The waiting threads of a client in this process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._condition = threading.Condition(threading.Lock())
        self._drain: Drain | None = None
        self._watched = False
        self._sequence = 0
        self._failures: dict[str, int] = {}

    def mark(self, client: Handle, name: str) -> tuple[int, int]:
        """The present: what happens after this call ends a `wait` for it."""
        with self._condition:
            if self._drain is None:
                self._drain = Drain(client)
            if not self._watched:
                # Nobody has looked for a while: old events are not news.
                self._note(self._drain.fetch())
            return self._sequence, self._failures.get(name, 0)

    def failed_since(self, name: str, failures: int) -> bool:
        """Whether a refresh of the source failed after the mark."""
        with self._condition:
            return self._failures.get(name, 0) != failures

    def wake(self) -> None:
        """Makes everybody try again who is not watching the descriptor."""
        with self._condition:
            self._sequence += 1
            self._condition.notify_all()

    def wait(self, sequence: int, seconds: float) -> None:
        """Returns when something happened since the mark, or after about `seconds`."""
        deadline = time.monotonic() + seconds
        with self._condition:
            while True:
                left = deadline - time.monotonic()
                if self._sequence != sequence or left <= 0:
                    return
                if not self._watched:
                    break
                self._condition.wait(left)
            self._watched = True
            drain = self._drain
        assert drain is not None
        try:
            if not drain.closed:
                _readable(drain.descriptor, left)
        finally:
            with self._condition:
                self._watched = False
                self._note(drain.fetch())
                # One of the others goes on watching.
                self._condition.notify()

    def _note(self, news: tuple[bool, list[str]]) -> None:
        found, failed = news
        for name in failed:
            self._failures[name] = self._failures.get(name, 0) + 1
        if found:
            self._sequence += 1
            self._condition.notify_all()


class Flight:
    """The tasks of one event loop that wait for the same thing."""

    __slots__ = ("attempt", "failure", "name", "waiting")

    def __init__(
        self, name: str, attempt: Callable[[], Credential | None], failure: Callable[[], Error | None]
    ) -> None:
        self.name = name
        self.attempt = attempt
        self.failure = failure
        self.waiting: set[asyncio.Future[Credential | None]] = set()


class LoopHub:
    """The waiting tasks of a client in one event loop. Only the thread of the loop uses it."""

    def __init__(self, client: Handle) -> None:
        self.process = os.getpid()
        self._drain = Drain(client)
        self._flights: dict[Hashable, Flight] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(
        self,
        key: Hashable,
        name: str,
        attempt: Callable[[], Credential | None],
        failure: Callable[[], Error | None],
        seconds: float,
    ) -> Credential | None:
        """What `attempt` returns as soon as it returns something; None after `seconds`."""
        loop = asyncio.get_running_loop()
        flight = self._flights.get(key)
        if flight is None:
            if not self._flights:
                # Nobody has looked for a while: old events are not news.
                self._drain.fetch()
            found = attempt()
            if found is not None:
                return found
            flight = self._flights.setdefault(key, Flight(name, attempt, failure))
            self._start(loop)
        future: asyncio.Future[Credential | None] = loop.create_future()
        flight.waiting.add(future)
        timer = loop.call_later(seconds, _end, future)
        try:
            return await future
        finally:
            timer.cancel()
            flight.waiting.discard(future)
            if not flight.waiting and self._flights.get(key) is flight:
                del self._flights[key]
                self._stop(loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None:
            self._timer = loop.call_later(RETRY_AFTER, self._tick)
            if self._drain.descriptor >= 0:
                loop.add_reader(self._drain.descriptor, self._on_readable)

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._flights and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            if self._drain.descriptor >= 0:
                loop.remove_reader(self._drain.descriptor)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(RETRY_AFTER, self._tick)
        self._on_readable()

    def _on_readable(self) -> None:
        _, failed = self._drain.fetch()
        for key, flight in list(self._flights.items()):
            self._try(key, flight, flight.name in failed)
        self._stop(asyncio.get_running_loop())

    def _try(self, key: Hashable, flight: Flight, failed: bool) -> None:
        found: Credential | None = None
        error: BaseException | None = None
        try:
            found = flight.attempt()
            if found is None and failed:
                error = flight.failure()
        except Exception as exception:
            error = exception
        if found is None and error is None:
            return
        if self._flights.get(key) is flight:
            del self._flights[key]
        for future in flight.waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(found)
            else:
                # Each task has its own, because raising an exception adds to its traceback.
                future.set_exception(copy.copy(error))


def _end(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_result(None)

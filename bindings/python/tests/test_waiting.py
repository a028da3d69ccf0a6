"""Many threads and tasks, fork, closing, and the end of the interpreter."""

import asyncio
import gc
import importlib
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import FREQUENT, eventually

import evercred
from evercred import _native

SECONDS = float(os.environ.get("EVERCRED_STRESS_SECONDS", "5"))


def test_threads_read_whole_credentials_through_rotations(cloud):
    """Each credential that a thread sees was current: no text of one is mixed with another's."""
    with evercred.Client(**cloud.aliyun(**FREQUENT)) as client:
        source = client.managed("prod/app-key")
        pairs, torn, reads, stop = {}, [], [], threading.Event()

        def read():
            count = 0
            while not stop.is_set():
                for _ in range(1000):
                    credential = source.get()
                    pair = pairs.setdefault(credential.generation, credential)
                    if (pair.access_key_id, pair.access_key_secret) != (
                        credential.access_key_id,
                        credential.access_key_secret,
                    ):
                        torn.append(credential.generation)
                count += 1000
                # A busy machine needs time for the rotations too.
                time.sleep(0.001)
            reads.append(count)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        end, rotations = time.monotonic() + SECONDS, 0
        known = {}
        try:
            while time.monotonic() < end or rotations < 10:
                answer = cloud.ask("rotate-secret", name="prod/app-key", overlap_ms=0)
                known[answer["access_key_id"]] = answer["data"]
                source.refresh()
                rotations += 1
                time.sleep(0.1)
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
        assert not torn and len(reads) == 8 and len(pairs) > 5
        for credential in pairs.values():
            if credential.access_key_id in known:
                assert credential.access_key_secret in known[credential.access_key_id]


def test_ten_thousand_tasks_make_one_request(cloud):
    cloud.ask("fault", kind="delay", ms=500)
    threads = threading.active_count()

    async def main(source):
        tasks = [asyncio.ensure_future(source.aget()) for _ in range(10000)]
        await asyncio.sleep(0)
        assert threading.active_count() == threads
        tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        assert not tasks[1].done()
        return {credential.password for credential in await asyncio.gather(*tasks[1:])}

    with evercred.Client(**cloud.tencent()) as client:
        assert asyncio.run(main(client.database("ap-guangzhou", "cdb-1", "app"))) == {cloud.password()}
    assert cloud.requests("BuildDataFlowAuthToken") == 1


def test_threads_and_loops_wait_together(cloud):
    cloud.ask("fault", kind="delay", ms=300)
    with evercred.Client(**cloud.tencent()) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        found = []

        async def several():
            found.extend(
                credential.password for credential in await asyncio.gather(*[source.aget()] * 1, source.aget())
            )

        threads = [threading.Thread(target=lambda: found.append(source.get().password)) for _ in range(20)]
        threads += [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert found == [cloud.password()] * 26
    assert cloud.requests("BuildDataFlowAuthToken") == 1


def test_a_deadline_ends_the_wait(cloud):
    cloud.ask("fault", kind="delay", ms=20000)
    with evercred.Client(**cloud.tencent()) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        started = time.monotonic()
        for get in (
            lambda: source.get(timeout=0.2),
            lambda: asyncio.run(source.aget(timeout=0.2)),
            lambda: source.get(0),
        ):
            with pytest.raises(evercred.Timeout):
                get()
        assert time.monotonic() - started < 10
        # The loop's own timeout works too.
        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(asyncio.wait_for(source.aget(), 0.2))
        cloud.ask("clear-faults")


def test_lazy_mode(cloud):
    with evercred.Client(refresh="lazy", **cloud.tencent(**FREQUENT)) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        old = source.get()
        assert asyncio.run(source.aget()).password == old.password == cloud.password()
        new = cloud.rotate()
        source.report_rejected(old)
        assert source.get_newer(old, timeout=20).password == new


def _child_get(source, queue):
    queue.put(source.get(timeout=20).password)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork_works_in_the_child_while_threads_wait(cloud, source):
    other = source._client.database("ap-guangzhou", "cdb-1", "app", poll_interval_ms=2000)
    source.get()
    cloud.ask("fault", kind="delay", ms=300, times=1)
    waiting = [threading.Thread(target=other.get) for _ in range(3)]
    for thread in waiting:
        thread.start()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=_child_get, args=(source, queue)) for _ in range(2)]
    children += [context.Process(target=_child_get, args=(other, queue))]
    for child in children:
        child.start()
    assert [queue.get(timeout=30) for _ in children] == [cloud.password()] * 3
    for child in children:
        child.join(30)
        assert child.exitcode == 0
    for thread in waiting:
        thread.join(30)
    assert source.get().password == cloud.password()
    # A child follows a rotation by itself, with asyncio too.
    read, write = os.pipe()
    old = source.get()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            new = cloud.rotate()
            asyncio.run(source.aget())
            source.report_rejected(old)
            if asyncio.run(source.aget_newer(old, timeout=20)).password == new:
                status = 0
        finally:
            os.write(write, b"x")
            os._exit(status)
    os.close(write)
    assert os.read(read, 1) == b"x" and os.waitpid(pid, 0)[1] == 0
    os.close(read)


def _in_child(function):
    """Whether a forked child returns from a function, which must be true, within 30 seconds."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if function() else 2
        finally:
            os._exit(status)
    try:
        ended = []
        eventually(lambda: ended.append(os.waitpid(pid, os.WNOHANG)) or ended[-1][0] == pid, seconds=30)
        return ended[-1][1] == 0
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return False


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_refreshes_that_is_forked_during_a_refresh(cloud, source):
    source.get()
    cloud.ask("fault", kind="delay", ms=3000, times=1)
    thread = threading.Thread(target=source.refresh)
    thread.start()
    eventually(lambda: source._client._refreshing.current().locked())
    assert _in_child(lambda: source.refresh(timeout=20).password == cloud.password())
    thread.join(30)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("module", ["dbauth", "aliyun"])
def test_a_child_does_not_wait_for_the_locks_of_its_parent(module):
    lock = importlib.import_module(f"evercred.{module}")._lock
    held, end = threading.Event(), threading.Event()

    def hold():
        with lock.current():
            held.set()
            end.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(20)
        assert not lock.current().acquire(blocking=False)
        assert _in_child(lambda: lock.current().acquire(timeout=5))
    finally:
        end.set()
        thread.join(30)


def test_opening_and_closing_leaves_nothing(cloud):
    def once():
        with evercred.Client(**cloud.tencent()) as client:
            source = client.database("ap-guangzhou", "cdb-1", "app")
            with client.events():
                source.get(0.001) if source.peek() else None

    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    for _ in range(50):
        once()
    gc.collect()
    handles, files, threads = _native.library.evercred_live_handles(), descriptors(), len(os.listdir("/proc/self/task"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2000):
        once()
    gc.collect()
    assert _native.library.evercred_live_handles() == handles
    assert descriptors() == files
    eventually(lambda: len(os.listdir("/proc/self/task")) <= threads)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 16 * 1024


def test_used_clients_are_freed_with_their_last_reference(cloud):
    gc.collect()
    handles = _native.library.evercred_live_handles()
    gc.disable()
    try:
        for _ in range(20):
            client = evercred.Client(**cloud.tencent())
            source = client.database("ap-guangzhou", "cdb-1", "app")
            source.get()
            asyncio.run(_cold(source))
            del client, source
    finally:
        gc.enable()
    gc.collect()
    assert _native.library.evercred_live_handles() == handles


async def _cold(source):
    with pytest.raises(evercred.Timeout):
        await source.aget_newer(source.get(), timeout=0.01)


EXIT = """
import asyncio, logging, sys, threading, time
import evercred
logging.basicConfig(stream=open("/dev/null", "w"), level=logging.DEBUG)
def supply():
    return evercred.AccessKey("my-id", "my-key")
options = {options!r}
del options["tencent_secret_id"], options["tencent_secret_key"]
client = evercred.Client(log=logging.getLogger("evercred"), identity=supply, poll_interval_ms=1000, **options)
source = client.database("ap-guangzhou", "cdb-1", "app")
source.get()
events = client.events()
def repeat(function):
    while True:
        function()
def newer():
    source.get_newer(source.get(), timeout=60)
def new_tasks():
    asyncio.run(anewer())
async def anewer():
    await source.aget_newer(source.get(), timeout=60)
more = client.events()
for function in (newer, newer, events.next, lambda: more.next(0.05), new_tasks, lambda: source.get(0)):
    threading.Thread(target=repeat, args=(function,), daemon=True).start()
async def main():
    task = asyncio.ensure_future(source.aget_newer(source.get(), timeout=60))
    await asyncio.sleep(0.2)
asyncio.run(main())
print("done")
{end}
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)"])
def test_the_interpreter_ends_silently_with_everything_open(cloud, end):
    program = EXIT.format(options=cloud.tencent(), end=end)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3 if end else 0, b"done\n", b"")


def test_loading_errors_are_one_clear_importerror(tmp_path):
    def load(path):
        environment = dict(os.environ, EVERCRED_LIBRARY=str(path))
        done = subprocess.run(
            [sys.executable, "-c", "import evercred"], env=environment, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 1
        return done.stderr.decode().strip().splitlines()[-1]

    assert load("/no/such/lib.so").startswith("ImportError: evercred: EVERCRED_LIBRARY names '/no/such/lib.so'")
    assert load("libm.so.6") == "ImportError: evercred: libm.so.6 is not an evercred library"
    wrong = tmp_path / "wrong.so"
    code = "unsigned evercred_abi_version(void) { return 7; }"
    built = subprocess.run(["gcc", "-shared", "-x", "c", "-o", str(wrong), "-"], input=code.encode(), check=False)
    assert built.returncode == 0
    assert "has ABI version 7, this package needs 0" in load(wrong)

"""Clients, sources, credentials and errors against the emulator."""

import asyncio
import copy
import datetime
import io
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
import traceback
import types
from pathlib import Path

import pytest
from conftest import FREQUENT, REPOSITORY, eventually

import evercred
from evercred import _codes, _native


def test_get_returns_the_password_and_keeps_the_snapshot(cloud, source):
    credential = source.get()
    assert credential.kind is evercred.Kind.PASSWORD
    assert (credential.username, credential.password) == ("app", cloud.password())
    assert credential.origin is evercred.Origin.CLOUD and credential.state is evercred.State.FRESH
    assert credential.renew_at > datetime.datetime.now(datetime.timezone.utc)
    assert source.get() is credential and source.get(0) is credential
    assert asyncio.run(source.aget()) is credential
    assert source.peek().generation == credential.generation
    assert cloud.requests("BuildDataFlowAuthToken") == 1


def test_the_hot_path_does_not_call_the_library(source, monkeypatch):
    credential = source.get()
    monkeypatch.setattr(source, "_wait", None)
    monkeypatch.setattr(source, "_await", None)
    assert source.get() is credential
    assert asyncio.run(source.aget()) is credential


def test_refresh_finds_a_rotation(cloud, source):
    old = source.get()
    new = cloud.rotate()
    assert source.refresh().password == new
    assert source.get().password == new and source.get().generation > old.generation
    assert asyncio.run(source.arefresh()).password == new


def test_a_managed_secret_and_an_identity(cloud):
    with evercred.Client(**cloud.aliyun(tencent_secret_id="t", tencent_secret_key="k")) as client:
        key = client.managed("prod/app-key").get()
        assert key.kind is evercred.Kind.ACCESS_KEY
        assert key.access_key_id == cloud.ask("secret", name="prod/app-key")["access_key_id"]
        assert client.identity("tencent").get().access_key_id == "t"
        assert client.identity("aliyun").get().access_key_secret == "login-secret"
        cloud.ask("secrets", name="bytes", kind="binary", data="AAECAw==")
        assert client.managed("bytes").get().secret_value == b"\0\1\2\3"


def test_call_repeats_once_after_a_rejection(cloud, source):
    class Denied(Exception):
        pass

    current = [source.get().password]

    def log_in(credential):
        if credential.password != current[0]:
            raise Denied(1045, "Access denied")
        return credential.password

    assert source.call(log_in) == current[0]
    current[0] = cloud.rotate()
    assert source.call(log_in) == current[0]
    current[0] = cloud.rotate()

    async def log_in_async(credential):
        return log_in(credential)

    assert asyncio.run(source.acall(log_in_async)) == current[0]
    # Another error is not a rejection, and the second rejection is the caller's.
    with pytest.raises(ZeroDivisionError):
        source.call(lambda credential: 1 / 0)
    calls = []
    with pytest.raises(Denied) as caught:
        source.call(lambda credential: calls.append(1) or log_in(credential) if 0 else _deny(calls, Denied), timeout=1)
    assert len(calls) == 1 and isinstance(caught.value.__cause__, evercred.Timeout)


def test_error_codes_of_drivers():
    class DriverError(Exception):
        pass

    wrapped = DriverError("wrapped")
    wrapped.orig = evercred.Timeout("late", code=evercred.Code.TIMEOUT)
    for error, code in (
        (DriverError(1045, "Access denied"), "1045"),
        (DriverError("28000", "[28000] [Microsoft] Login failed (18456)"), "28000"),
        (DriverError((18456, b"Login failed for user 'app'.")), "18456"),
        (DriverError("28000"), None),
        (DriverError("a text", "28000"), None),
        (DriverError(()), None),
        (DriverError(), None),
        (OSError(18, "cross-device"), None),
        (evercred.Error("no memory", code=evercred.Code.RESOURCES), None),
        (wrapped, None),
    ):
        assert _codes.error_code(error) == code, repr(error)


def test_an_error_of_this_package_is_no_rejection(source):
    calls = []

    def fail(credential):
        calls.append(credential)
        raise evercred.Error("no memory", code=evercred.Code.RESOURCES)

    with pytest.raises(evercred.Error, match="no memory"):
        source.call(fail)
    assert len(calls) == 1 and source.status().rejections == 0


def _deny(calls, error):
    calls.append(1)
    raise error(1045, "Access denied")


class Credential:
    """A credential of a program that happens to have the name of the SDK's, and renews its key."""

    def __init__(self):
        self.secretId, self.secretKey, self.token = "old-id", "old-key", None


def test_dbauth_asks_for_the_account_and_the_key_that_the_request_has_now(cloud):
    from evercred.dbauth import DBAuthentication, GenerateAuthenticationTokenRequest

    cloud.ask("accounts", region="ap-guangzhou", instance="cdb-1", user="other")
    key = Credential()
    http = types.SimpleNamespace(endpoint=cloud.host_port, protocol="http", reqTimeout=20)
    profile = types.SimpleNamespace(httpProfile=http)
    request = GenerateAuthenticationTokenRequest("ap-guangzhou", "cdb-1", "app", key, profile)
    key.secretId, key.secretKey = "my-id", "my-key"
    generate = DBAuthentication.generate_authentication_token
    assert generate(request) == cloud.password("app")
    request.user_name = "other"
    assert generate(request) == cloud.password("other") != cloud.password("app")


def test_dbauth_reports_the_password_that_the_request_got(cloud):
    from evercred.dbauth import DBAuthentication, GenerateAuthenticationTokenRequest

    key = Credential()
    key.secretId, key.secretKey = "my-id", "my-key"
    http = types.SimpleNamespace(endpoint=cloud.host_port, protocol="http", reqTimeout=20)
    arguments = "ap-guangzhou", "cdb-1", "app", key, types.SimpleNamespace(httpProfile=http)
    request = GenerateAuthenticationTokenRequest(*arguments)
    old = DBAuthentication.generate_authentication_token(request)
    source, _ = request._given
    new = cloud.rotate()
    assert source.refresh().password == new != old
    # The old password was rejected: that says nothing against the new one.
    DBAuthentication.report_rejected(request)
    assert source.status().state is evercred.State.FRESH and source.status().rejections == 0
    for _ in range(20):
        # More reports than are allowed are no error.
        DBAuthentication.report_rejected(GenerateAuthenticationTokenRequest(*arguments))
    assert source.status().rejections > 0


def test_get_newer_waits_for_another_value(cloud, source):
    old = source.get()
    assert source.get_newer(0).generation == old.generation
    with pytest.raises(evercred.Timeout):
        source.get_newer(old, timeout=0.3)
    source.report_rejected(old)
    results = []
    thread = threading.Thread(target=lambda: results.append(source.get_newer(old, timeout=20).password))
    thread.start()
    new = cloud.rotate()
    thread.join(30)
    assert results == [new]
    with pytest.raises(ValueError, match="generation"):
        source.get_newer(-1)


def test_errors_say_what_to_do(cloud):
    with evercred.Client(**cloud.tencent(tencent_secret_id="wrong")) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        for get in (source.get, lambda: asyncio.run(source.aget())):
            with pytest.raises(evercred.Refused) as caught:
                get()
            assert caught.value.provider_code == "AuthFailure.SecretIdNotFound"
            assert caught.value.user_notification_required and caught.value.request_id
            assert caught.value.http_status == 200 and caught.value.progress is evercred.Progress.ANSWERED
        assert source.peek() is None
        status = source.status()
        assert status.state is evercred.State.EMPTY and status.consecutive_failures >= 1
        assert status.last_error.code is evercred.Code.REFUSED
    error = copy.copy(caught.value)
    assert (error.code, error.request_id, str(error)) == (
        caught.value.code, caught.value.request_id, str(caught.value),
    )  # fmt: skip


def test_a_failure_of_the_cloud_ends_the_wait_before_the_timeout():
    options = {"environment": False, "tencent_endpoint": "127.0.0.1:1", "tencent_scheme": "http", "proxy": "none"}
    options.update(tencent_secret_id="a", tencent_secret_key="b", max_attempts=1)
    with evercred.Client(**options) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        with pytest.raises(evercred.NetworkError):
            source.get(timeout=60)
        with pytest.raises(evercred.NetworkError):
            asyncio.run(source.aget(timeout=60))


@pytest.mark.parametrize("wait", ["get", "aget"])
def test_a_failure_does_not_hide_a_value_that_is_still_usable(cloud, wait):
    with evercred.Client(refresh_wait_ms=2000, max_attempts=1, **cloud.tencent(**FREQUENT)) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        old = source.get()
        failures = client.events(source)
        cloud.ask("fault", kind="answer", status=503)
        source.report_rejected(old)
        found = source.get(timeout=20) if wait == "get" else asyncio.run(source.aget(timeout=20))
        assert found.password == old.password and found.state is evercred.State.REJECTED
        assert evercred.EventKind.REFRESH_FAILED in [event.kind for event in iter(lambda: failures.next(0), None)]
        cloud.ask("clear-faults")


def test_arguments_and_options_are_checked():
    for options, message in (
        ({"tencent_secret_ids": "x"}, "tencent_secret_id"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"tencent_scheme": "ftp"}, "tencent_scheme"),
    ):
        with pytest.raises(evercred.InvalidArgument, match=message):
            evercred.Client(environment=False, **options)
    with pytest.raises(TypeError, match="max_attempts"):
        evercred.Client(environment=False, max_attempts=1.5)
    with pytest.raises(TypeError, match="timedelta"):
        evercred.Client(environment=False, max_attempts=datetime.timedelta(seconds=1))
    with pytest.raises(ValueError, match="NUL"):
        evercred.Client(environment=False, tencent_secret_key="a\0b")
    with pytest.raises(ValueError, match="tencent_secret_key") as caught:
        evercred.Client(environment=False, tencent_secret_key="s3cret\udc80")
    assert not isinstance(caught.value, UnicodeError) and caught.value.__context__ is None
    assert "s3cret" not in str(caught.value)
    with pytest.raises(evercred.FileError, match="no-such-file"):
        evercred.Client("no-such-file", environment=False)
    with evercred.Client(environment=False, poll_interval_ms=datetime.timedelta(minutes=1)) as client:
        with pytest.raises(TypeError, match="instance_id"):
            client.database("ap-guangzhou", None, "app")
        with pytest.raises(evercred.InvalidArgument):
            client.identity("no-such-cloud")
        with pytest.raises(ValueError, match="format"):
            client.report("xml")


def test_files_and_environment(cloud, tmp_path, monkeypatch):
    options = cloud.tencent()
    file = tmp_path / "evercred.conf"
    file.write_text("".join(f"{name} = {options[name]}\n" for name in options if name != "environment"))
    monkeypatch.setenv("EVERCRED_TENCENT_SECRET_ID", "wrong")
    with evercred.Client(file, environment=False) as client:
        assert client.database("ap-guangzhou", "cdb-1", "app").get().password == cloud.password()
    with evercred.Client(file, tencent_secret_id="my-id") as client:
        assert client.database("ap-guangzhou", "cdb-1", "app").get().password == cloud.password()
    with evercred.Client(str(file)) as client, pytest.raises(evercred.Refused):
        client.database("ap-guangzhou", "cdb-1", "app").get()


def test_closing_wakes_everybody(start_cloud):
    cloud = start_cloud("--key", "my-id:my-key", "--account", "ap-guangzhou/cdb-1/app")
    cloud.ask("fault", kind="delay", ms=20000)
    client = evercred.Client(**cloud.tencent())
    source = client.database("ap-guangzhou", "cdb-1", "app")
    other = client.database("ap-guangzhou", "cdb-1", "app")
    errors = []

    def get(source):
        try:
            source.get()
        except evercred.Error as error:
            errors.append(type(error))

    async def get_async(source):
        await asyncio.gather(*(source.aget() for _ in range(10)))

    def run(source):
        try:
            asyncio.run(get_async(source))
        except evercred.Error as error:
            errors.append(type(error))

    threads = [threading.Thread(target=get, args=(source,)) for _ in range(5)]
    threads.append(threading.Thread(target=run, args=(source,)))
    closed_alone = threading.Thread(target=get, args=(other,))
    for thread in [*threads, closed_alone]:
        thread.start()
    eventually(lambda: cloud.requests("BuildDataFlowAuthToken") == 1)
    other.close()
    closed_alone.join(10)
    assert errors == [evercred.Closed]
    client.close()
    client.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert errors == [evercred.Closed] * 7
    for call in (source.get, client.report, client.events, lambda: client.database("a", "b", "c")):
        with pytest.raises(evercred.Closed):
            call()
    assert source.status().generation == 0
    cloud.ask("clear-faults")


def test_a_closed_source_does_not_hand_out_its_snapshot(cloud):
    with evercred.Client(**cloud.tencent()) as client:
        one = client.database("ap-guangzhou", "cdb-1", "app")
        two = client.database("ap-guangzhou", "cdb-1", "app")
        assert one.get().generation == two.get().generation
        one.close()
        with pytest.raises(evercred.Closed):
            one.get()
        assert two.get().password == cloud.password()


def test_events(cloud):
    with evercred.Client(**cloud.tencent(**FREQUENT)) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        with client.events(source) as events, client.events() as all_events:
            assert events.next(0) is None
            source.get()
            event = events.next(10)
            assert event.kind is evercred.EventKind.CHANGED and event.source_name == source.name
            assert event.generation == source.get().generation and event.error is None
            cloud.rotate()
            source.refresh()
            assert events.next(10).kind is evercred.EventKind.CHANGED

            async def first():
                async for event in all_events:
                    return event
                return None

            assert asyncio.run(first()).kind is evercred.EventKind.CHANGED
            assert events.fileno() >= 0
        with pytest.raises(evercred.Closed):
            events.next()
        rest = client.events()
    assert list(rest) == []


def test_report_and_status(cloud, source):
    source.get()
    report = json.loads(source._client.report())
    assert source.name in json.dumps(report)
    assert "evercred_" in source._client.report("prometheus")
    status = source.status()
    assert status.state is evercred.State.FRESH and status.last_error is None and status.fetches == 1
    assert not status.is_tls_verified and status.last_success_at is not None
    assert cloud.password() not in repr(status)


def test_identity_callback(cloud):
    calls = []

    def supply():
        calls.append(1)
        if len(calls) == 1:
            raise evercred.IdentityUnavailable("the vault is sealed", retryable=False)
        return evercred.AccessKey("my-id", "my-key", expires_at=time.time() + 3600)

    options = cloud.tencent(refusal_memory_ms=1)
    del options["tencent_secret_id"], options["tencent_secret_key"]
    with evercred.Client(identity=supply, **options) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        with pytest.raises(evercred.Error, match="the vault is sealed"):
            source.get()
        eventually(lambda: _value(source) == cloud.password())

    def broken():
        raise RuntimeError("the password is hunter2")

    with evercred.Client(identity=broken, max_attempts=1, **options) as client:
        with pytest.raises(evercred.Error, match="RuntimeError") as caught:
            client.database("ap-guangzhou", "cdb-1", "app").get(timeout=10)
        assert "hunter2" not in str(caught.value)


def _value(source):
    try:
        return source.get(timeout=5).password
    except evercred.Error:
        return None


def test_no_secret_is_shown(cloud):
    stream = io.StringIO()
    logger = logging.Logger("test", logging.DEBUG)
    logger.addHandler(logging.StreamHandler(stream))
    with evercred.Client(log=logger, **cloud.tencent()) as client:
        source = client.database("ap-guangzhou", "cdb-1", "app")
        credential = source.get()
        try:
            raise RuntimeError(credential, source, client)
        except RuntimeError as error:
            shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        shown += repr([credential, source, client, source.status(), evercred.AccessKey("id", "s3cret")])
        shown += f"{credential} {credential!s}" + client.report() + stream.getvalue()
        assert credential.password not in shown and "my-key" not in shown and "s3cret" not in shown
        assert stream.getvalue()
        for thing in (credential, source, client, evercred.AccessKey("id", "s3cret")):
            with pytest.raises(TypeError, match="pickled"):
                pickle.dumps(thing)
        assert copy.deepcopy(credential) is credential
        with pytest.raises(AttributeError):
            credential.password = "x"
        with pytest.raises(AttributeError):
            del credential.password


def test_exceptions_are_a_tree():
    assert issubclass(evercred.Timeout, TimeoutError) and issubclass(evercred.InvalidArgument, ValueError)
    for name in evercred.__all__:
        thing = getattr(evercred, name)
        if isinstance(thing, type) and issubclass(thing, Exception) and thing is not evercred.IdentityUnavailable:
            assert issubclass(thing, evercred.Error)


def test_the_package_has_every_number_of_the_header():
    import re

    header = (REPOSITORY / "include" / "evercred.h").read_text()
    for prefix, enumeration in (
        ("E", evercred.Code),
        ("KIND", evercred.Kind),
        ("STATE", evercred.State),
        ("ORIGIN", evercred.Origin),
        ("EVENT", evercred.EventKind),
        ("PROGRESS", evercred.Progress),
    ):
        found = {name: int(value) for name, value in re.findall(rf"#define EVERCRED_{prefix}_(\w+) (\d+)", header)}
        ours = {member.name: int(member) for member in enumeration}
        ours = {
            name: value for name, value in ours.items() if name not in ("OK",) and (name, prefix) != ("NONE", "KIND")
        }
        assert found == ours, prefix
    assert f"#define EVERCRED_ABI_VERSION {_native.ABI_VERSION}\n" in header
    assert evercred.version() == evercred.__version__


def test_the_options_are_generated_from_the_table():
    generator = Path(__file__).parents[1] / "generate_options.py"
    expected = subprocess.run([sys.executable, generator, "--print"], check=True, stdout=subprocess.PIPE).stdout
    present = (Path(evercred.__file__).parent / "_options.py").read_bytes()
    assert present == expected, "run bindings/python/generate_options.py"

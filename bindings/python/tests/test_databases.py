"""The DBAuth module and the database adapters, against a MariaDB whose passwords the emulator rotates."""

import asyncio
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import FREQUENT, REPOSITORY

import evercred

pymysql = pytest.importorskip("pymysql", reason="PyMySQL is not installed for this Python")


@pytest.fixture
def account(database_cloud):
    with evercred.Client(**database_cloud.tencent(**FREQUENT)) as client:
        yield client.database("ap-guangzhou", "cdb-1", "app")


def who(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        return cursor.fetchone()[0]


def test_the_sample_of_the_dbauth_readme(database_cloud, mariadb):
    """Only the imports differ from a program for the official SDK."""
    pytest.importorskip("tencentcloud", reason="the Tencent Cloud SDK is not installed for this Python")
    from tencentcloud.common import credential
    from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    from evercred.dbauth import DBAuthentication, GenerateAuthenticationTokenRequest

    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=database_cloud.host_port))
    profile.language = "en-US"

    def token(key="my-key", request=None):
        cred = credential.Credential("my-id", key)
        request = request or GenerateAuthenticationTokenRequest(
            region="ap-guangzhou", instance_id="cdb-1", user_name="app", credential=cred, client_profile=profile
        )
        return DBAuthentication.generate_authentication_token(request), request

    def connect(password):
        return pymysql.connect(host="127.0.0.1", port=mariadb.port, user="app", password=password)

    password, request = token()
    with connect(password) as connection:
        assert who(connection).startswith("app@")
    assert token()[0] == password and database_cloud.requests("BuildDataFlowAuthToken") == 1
    new = database_cloud.rotate()
    with pytest.raises(pymysql.err.OperationalError):
        connect(password)
    DBAuthentication.report_rejected(request)
    deadline = time.monotonic() + 20
    while token()[0] != new and time.monotonic() < deadline:
        time.sleep(0.05)
    with connect(token()[0]) as connection:
        assert who(connection).startswith("app@")
    with pytest.raises(TencentCloudSDKException) as caught:
        token("wrong-key")
    assert caught.value.get_code() == "AuthFailure.SignatureFailure" and caught.value.requestId
    with pytest.raises(TencentCloudSDKException) as caught:
        GenerateAuthenticationTokenRequest("", "cdb-1", "app", credential.Credential("a", "b"))
    assert caught.value.get_code() == "InvalidParameter.ResourceRegionError"


def test_pymysql(database_cloud, mariadb, account):
    from evercred.pymysql import connect

    for _ in range(3):
        with connect(account, host="127.0.0.1", port=mariadb.port) as connection:
            assert who(connection).startswith("app@")
        database_cloud.rotate()
    with pytest.raises(pymysql.err.OperationalError):
        connect(account, host="127.0.0.1", port=1)


def test_sqlalchemy(database_cloud, mariadb, account):
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed for this Python")
    from evercred.sqlalchemy import attach

    engine = sqlalchemy.create_engine(f"mysql+pymysql://127.0.0.1:{mariadb.port}", pool_size=2)
    attach(engine, account)
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("SELECT CURRENT_USER()")).scalar().startswith("app@")
        database_cloud.rotate()
        engine.dispose()


def test_sqlalchemy_keeps_no_password(source):
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed for this Python")
    from evercred.sqlalchemy import attach

    engine = sqlalchemy.create_engine("sqlite://")
    kept, used = [], []

    @sqlalchemy.event.listens_for(engine, "do_connect")
    def keep(_dialect, _record, _arguments, parameters):
        kept.append(parameters)

    attach(engine, source)
    engine.dialect.connect = lambda *_, **options: used.append(options) or sqlite3.connect(":memory:")
    with engine.connect():
        pass
    assert used and used[0]["password"] == source.get().password and used[0]["user"] == "app"
    assert kept and "password" not in kept[0] and "user" not in kept[0]
    engine.dispose()


def test_aiomysql(database_cloud, mariadb, account):
    pytest.importorskip("aiomysql", reason="aiomysql is not installed for this Python")
    from evercred.aiomysql import connect

    async def main():
        for _ in range(2):
            connection = await connect(account, host="127.0.0.1", port=mariadb.port)
            async with connection.cursor() as cursor:
                await cursor.execute("SELECT CURRENT_USER()")
                assert (await cursor.fetchone())[0].startswith("app@")
            connection.close()
            database_cloud.rotate()

    asyncio.run(main())


@pytest.fixture
def postgresql(cloud):
    """A PostgreSQL, and a function that rotates the password there and in the emulator."""
    psql = shutil.which("psql")
    if psql is None or not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        pytest.skip("there is no PostgreSQL (scripts/setup.sh python installs it)")
    folder = tempfile.mkdtemp(prefix="evercred-pg-")
    command = [REPOSITORY / "scripts" / "postgresql.sh", folder]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        words = process.stdout.readline().split()
        assert words[:1] == ["ready"], "PostgreSQL did not start"

        def run(sql):
            subprocess.run(
                [psql, "-q", "-h", words[2], "-p", words[1], "-U", "postgres", "-c", sql], check=True, timeout=60
            )

        def set_password(start, password):
            run(f"{start} PASSWORD '" + password.replace("'", "''") + "'")

        set_password("CREATE ROLE app LOGIN", cloud.password())
        yield int(words[1]), lambda: set_password("ALTER ROLE app", cloud.rotate())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def test_psycopg(postgresql, source):
    pytest.importorskip("psycopg", reason="psycopg is not installed for this Python")
    psycopg_pool = pytest.importorskip("psycopg_pool", reason="psycopg_pool is not installed for this Python")
    from evercred.psycopg import connect, connect_async, pool_kwargs

    port, rotate = postgresql
    place = {"host": "127.0.0.1", "port": port, "dbname": "postgres"}
    for _ in range(2):
        with connect(source, **place) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("app",)
        rotate()

    async def main():
        connection = await connect_async(source, **place)
        await connection.close()

    asyncio.run(main())
    pool = psycopg_pool.ConnectionPool(kwargs=pool_kwargs(source, **place), min_size=1, open=True)
    with pool, pool.connection(timeout=20) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)


def test_asyncpg(postgresql, source):
    pytest.importorskip("asyncpg", reason="asyncpg is not installed for this Python")
    from evercred.asyncpg import connect

    port, rotate = postgresql

    async def main():
        for _ in range(2):
            connection = await connect(source, host="127.0.0.1", port=port, database="postgres")
            assert await connection.fetchval("SELECT current_user") == "app"
            await connection.close()
            rotate()

    asyncio.run(main())


def test_tencentcloud(cloud):
    pytest.importorskip("tencentcloud", reason="the Tencent Cloud SDK is not installed for this Python")
    from tencentcloud.common.common_client import CommonClient
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    from evercred.tencentcloud import Credential

    cloud.ask("action", cloud="tencent", service="cvm", version="2017-03-12", action="DescribeZones", answer={"N": 7})
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=cloud.host_port))
    with evercred.Client(**cloud.tencent()) as client:
        credential = Credential(client.identity("tencent"))
        answer = CommonClient("cvm", "2017-03-12", credential, "ap-guangzhou", profile).call_json("DescribeZones", {})
    assert answer["Response"]["N"] == 7

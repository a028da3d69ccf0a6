"""The DBAuth module and the database adapters, against a MariaDB whose passwords the emulator rotates."""

import time

import pytest
from conftest import FREQUENT

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

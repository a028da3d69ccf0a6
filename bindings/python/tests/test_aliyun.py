"""The module for programs of the managed credentials plugin, and the providers, against the emulator."""

import asyncio
import io

import pytest

import evercred


@pytest.fixture
def configured(cloud, tmp_path, monkeypatch):
    """The plugin's file in the working directory, as its README says."""
    from evercred import aliyun

    (tmp_path / "managed_credentials_providers.properties").write_text(
        "credentials_type=ak\ncredentials_access_key_id=LTAItest\ncredentials_access_secret=login-secret\n"
        f'cache_client_region_id=[{{"regionId":"cn-hangzhou","endpoint":"{cloud.host_port}"}}]\n'
        "aliyun_scheme = http\nproxy = none\n"
        # Keys are revoked more often here than the default allows.
        "forced_refresh_burst = 1000\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(aliyun, "_client", None)
    yield aliyun
    if aliyun._client is not None:
        aliyun._client.close()


def rotate(cloud):
    """Another key; the old one is deleted at once."""
    return cloud.ask("rotate-secret", name="prod/app-key", overlap_ms=0)["access_key_id"]


def test_the_sample_of_the_acs_client(cloud, configured):
    pytest.importorskip("aliyunsdkcore", reason="aliyun-python-sdk-core is not installed for this Python")
    from aliyunsdkcore.acs_exception.exceptions import ServerException
    from aliyunsdkcore.request import CommonRequest

    from evercred.aliyun import AKExpireHandler, ProxyAcsClient

    cloud.ask("action", cloud="aliyun", version="2014-05-26", action="DescribeRegions", answer={"Regions": 7})

    def invoke(client):
        request = CommonRequest(cloud.host_port, "2014-05-26", "DescribeRegions")
        return client.do_action_with_exception(request)

    client = ProxyAcsClient(region_id="cn-hangzhou", secret_name="prod/app-key")
    assert b'"Regions":7' in invoke(client).replace(b" ", b"")
    rotate(cloud)
    assert b"Regions" in invoke(client)
    client.shutdown()
    with pytest.raises(evercred.Closed):
        invoke(client)

    class Handler(AKExpireHandler):
        def __init__(self, code):
            self.code = code

        def judge_ak_expire(self, exception):
            return exception.error_code == self.code

    client = ProxyAcsClient("prod/app-key", Handler("InvalidAccessKeyId.NotFound"), region_id="cn-hangzhou")
    invoke(client)
    rotate(cloud)
    assert b"Regions" in invoke(client)
    never = ProxyAcsClient("prod/app-key", Handler("Other"), region_id="cn-hangzhou")
    invoke(never)
    rotate(cloud)
    with pytest.raises(ServerException):
        invoke(never)


def test_a_put_with_a_revoked_key_succeeds(cloud, configured):
    pytest.importorskip("oss2", reason="oss2 is not installed for this Python")
    from evercred.aliyun import ProxyBucket

    cloud.ask("buckets", name="box")
    bucket = ProxyBucket("prod/app-key", f"http://{cloud.host_port}", "box", connect_timeout=5)
    body = b"0123456789" * 20000
    file = io.BytesIO(b"skipped" + body)
    for number, data in enumerate((body, file, body.decode())):
        if data is file:
            file.seek(7)
        rotate(cloud)
        assert bucket.put_object(f"a-{number}", data).status == 200
        rotate(cloud)
        assert bucket.get_object(f"a-{number}").read() == body
    rotate(cloud)
    with pytest.raises(oss_error("InvalidAccessKeyId")):
        bucket.put_object("b", iter([b"cannot", b"go back"]))
    assert bucket.put_object("b", iter([b"can"])).status == 200


def oss_error(code):
    import oss2

    return {"InvalidAccessKeyId": oss2.exceptions.ServerError}[code]


def test_providers(cloud):
    oss2 = pytest.importorskip("oss2", reason="oss2 is not installed for this Python")
    pytest.importorskip("alibabacloud_credentials", reason="alibabacloud_credentials is not installed for this Python")
    from alibabacloud_credentials.client import Client as CredentialsClient

    from evercred.alibabacloud_credentials import CredentialsProvider
    from evercred.oss2 import CredentialsProvider as OssProvider

    cloud.ask("buckets", name="box")
    with evercred.Client(**cloud.aliyun()) as client:
        source = client.managed("prod/app-key")
        bucket = oss2.Bucket(oss2.ProviderAuth(OssProvider(source)), f"http://{cloud.host_port}", "box")
        assert bucket.put_object("a", b"x").status == 200
        provider = CredentialsProvider(source)
        assert provider.get_credentials().get_access_key_id() == source.get().access_key_id
        found = asyncio.run(provider.get_credentials_async())
        assert found.get_access_key_secret() == source.get().access_key_secret
        model = CredentialsClient(provider=provider).get_credential()
        assert model.access_key_id == source.get().access_key_id

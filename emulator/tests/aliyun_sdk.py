"""Runs the vendor's own Python clients against the emulator; prints one line for each check.

Arguments: a JSON object, see aliyun_sdk.rs.
"""

import json
import logging
import os
import sys
import time
import urllib.request
import warnings

import requests

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
WORLD = json.loads(sys.argv[1])
requests.adapters.DEFAULT_CA_BUNDLE_PATH = WORLD["ca"]

import oss2
from alibaba_cloud_secretsmanager_client.model.client_key_credentials import ClientKeyCredential
from alibaba_cloud_secretsmanager_client.model.dkms_config import DKmsConfig
from alibaba_cloud_secretsmanager_client.model.region_info import RegionInfo
from alibaba_cloud_secretsmanager_client.secret_manager_cache_client_builder import SecretManagerCacheClientBuilder
from alibaba_cloud_secretsmanager_client.service.default_secret_manager_client_builder import (
    DefaultSecretManagerClientBuilder,
)
from alibaba_cloud_secretsmanager_client.utils.client_key_utils import load_rsa_key_pair_credential_and_client_key_signer
from alibabacloud_credentials import provider
from alibabacloud_kms20160120 import models as kms_models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi_models
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth import credentials as core_credentials
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from openapi.models import Config as DkmsSdkConfig
from sdk.client import Client as DkmsClient
from sdk.models import GetSecretValueRequest as DkmsRequest

MAIN, PLAIN, SECRET = WORLD["main"], WORLD["plain"], WORLD["secret"]


def ok(name):
    print("ok", name)


def control(endpoint, **fields):
    request = urllib.request.Request(f"http://{PLAIN}/_emulator/{endpoint}", json.dumps(fields).encode(), method="POST")
    return json.loads(urllib.request.urlopen(request).read())


def current():
    return json.loads(control("secret", name=SECRET)["data"])


def same(name, data):
    assert json.loads(data) == current(), (name, data)
    ok(name)


def refused(name, code, work, of=lambda error: getattr(error, "code", None)):
    try:
        answer = work()
    except Exception as error:
        assert of(error) == code, (name, of(error), repr(error))
        return ok(name)
    raise AssertionError(f"{name} was let in: {answer}")


# Who am I: the core's own signer. Proves that a key is live.
def identity(credential):
    client = AcsClient(region_id="cn-hangzhou", credential=credential, verify=WORLD["ca"])
    request = CommonRequest(domain=MAIN, version="2015-04-01", action_name="GetCallerIdentity")
    request.set_protocol_type("https")
    request.set_method("POST")
    return json.loads(client.do_action_with_exception(request))


def core_code(error):
    assert isinstance(error, ServerException), repr(error)
    return error.get_error_code()


ak = core_credentials.AccessKeyCredential
sts = core_credentials.StsTokenCredential
assert identity(ak("LTAIadmin", "admin-secret"))["Arn"] == "acs:ram::100000000000:user/LTAIadmin"
ok("core: lasting key")
assert identity(sts("STS.one", "sts-secret", "sts-token/+=="))["IdentityType"] == "RAMUser"
ok("core: session")
for name, code, credential in [
    ("wrong secret", "SignatureDoesNotMatch", ak("LTAIadmin", "other")),
    ("unknown key", "InvalidAccessKeyId.NotFound", ak("nobody", "admin-secret")),
    ("session without its token", "InvalidAccessKeyId.NotFound", ak("STS.one", "sts-secret")),
    ("wrong token", "InvalidSecurityToken.MismatchWithAccessKey", sts("STS.one", "sts-secret", "other")),
    ("ended session", "InvalidSecurityToken.Expired", sts("STS.ended", "sts-secret", "ended-token")),
]:
    refused("core: " + name, code, lambda: identity(credential), core_code)


# The secrets manager client (RPC).
def cache_client(credential=None, regions=None, dkms=None):
    builder = DefaultSecretManagerClientBuilder.standard()
    if credential is not None:
        builder.with_credentials(credential)
    for region, endpoint in regions or []:
        builder.add_region_info(RegionInfo(region, False, endpoint))
    if dkms is not None:
        builder.add_dkms_config(dkms)
    return SecretManagerCacheClientBuilder.new_cache_client_builder(builder.build()).build()


def from_cache_client(**options):
    client = cache_client(**options)
    try:
        info = client.get_secret_info(SECRET)
        assert (info.secret_type, info.automatic_rotation) == ("RAMCredentials", "Enabled")
        assert json.loads(info.extended_config)["SecretSubType"] == "RamUserAccessKey"
        return info.secret_value
    finally:
        client.close()


admin, here = ak("LTAIadmin", "admin-secret"), [("cn-main", MAIN)]
same("secrets manager: key", from_cache_client(credential=admin, regions=here))
same("secrets manager: session", from_cache_client(credential=sts("STS.one", "sts-secret", "sts-token/+=="), regions=here))
key_credential, key_signer = load_rsa_key_pair_credential_and_client_key_signer(
    WORLD["client_key"], WORLD["client_key_password"]
)
same("secrets manager: client key", from_cache_client(credential=ClientKeyCredential(key_signer, key_credential), regions=here))
regions = list(WORLD["regions"].items())
control("region", region=regions[0][0], down=True)
same("secrets manager: the other region", from_cache_client(credential=admin, regions=regions))
control("region", region=regions[0][0], down=False, throttle=1)
refused(
    "secrets manager: throttled",
    "Rejected.Throttling",
    lambda: from_cache_client(credential=admin, regions=regions[:1]),
    core_code,
)
same("secrets manager: not throttled any more", from_cache_client(credential=admin, regions=regions[:1]))
# The core sees its own string to sign in the answer, and says what follows from that.
refused(
    "secrets manager: wrong secret",
    "InvalidAccessKeySecret",
    lambda: from_cache_client(credential=ak("LTAIadmin", "other"), regions=here),
    core_code,
)
control("secret-denied", name=SECRET, key_id="LTAIadmin", denied=True)
refused("secrets manager: denied", "Forbidden.NoPermission", lambda: from_cache_client(credential=admin, regions=here), core_code)
control("secret-denied", name=SECRET, key_id="LTAIadmin", denied=False)


# The KMS client (ACS3, and RPC by its older scheme).
def kms(key="LTAIadmin", secret="admin-secret", token=None, name=SECRET, **more):
    config = openapi_models.Config(
        access_key_id=key, access_key_secret=secret, security_token=token, endpoint=MAIN, ca=open(WORLD["ca"]).read(), **more
    )
    config.ca = WORLD["ca"]
    request = kms_models.GetSecretValueRequest(secret_name=name, fetch_extended_config=True)
    return KmsClient(config).get_secret_value(request).body.secret_data


for scheme, more in [("ACS3", {}), ("RPC", {"signature_algorithm": "v2"})]:
    same(f"kms {scheme}: key", kms(**more))
    same(f"kms {scheme}: session", kms("STS.one", "sts-secret", "sts-token/+==", **more))
    for name, code, options in [
        ("wrong secret", "SignatureDoesNotMatch", {"secret": "other"}),
        ("unknown key", "InvalidAccessKeyId.NotFound", {"key": "nobody"}),
        ("ended session", "InvalidSecurityToken.Expired", {"key": "STS.ended", "secret": "sts-secret", "token": "ended-token"}),
        ("unknown secret", "Forbidden.ResourceNotFound", {"name": "用户/é ~*+"}),
    ]:
        refused(f"kms {scheme}: {name}", code, lambda: kms(**options, **more))


# Dedicated KMS.
def dkms(path=None, password=None, name=SECRET):
    config = DkmsSdkConfig(
        protocol="https",
        endpoint=MAIN,
        client_key_file=path or WORLD["client_key"],
        password=password or WORLD["client_key_password"],
        ca_file_path=WORLD["ca"],
    )
    request = DkmsRequest(secret_name=name, version_stage="ACSCurrent", fetch_extended_config=True)
    return DkmsClient(config).get_secret_value(request)


answer = dkms()
same("dkms: client key", answer.secret_data)
assert json.loads(answer.extended_config)["SecretSubType"] == "RamUserAccessKey"
assert (answer.automatic_rotation, answer.rotation_interval, answer.version_stages) == ("Enabled", "604800s", ["ACSCurrent"])
ok("dkms: fields")
refused("dkms: unknown secret", "Forbidden.ResourceNotFound", lambda: dkms(name="nothing"))
refused("dkms: deleted key", "Unauthorized", lambda: dkms(WORLD["deleted_key"]))
transfer = DKmsConfig()
transfer.region_id, transfer.endpoint = "cn-main", MAIN
transfer.client_key_file, transfer.password = WORLD["client_key"], WORLD["client_key_password"]
transfer.ca_file_path = WORLD["ca"]
same("secrets manager: dedicated KMS", from_cache_client(dkms=transfer))


# The credentials client; what it brings is shown to be live.
def live(name, credential):
    who = identity(sts(credential.get_access_key_id(), credential.get_access_key_secret(), credential.get_security_token()))
    assert who["IdentityType"] == "AssumedRoleUser", who
    ok(name)


base = provider.StaticAKCredentialsProvider(access_key_id="LTAIadmin", access_key_secret="admin-secret")


def role(arn=WORLD["role"], **options):
    return provider.RamRoleArnCredentialsProvider(
        credentials_provider=base, role_arn=arn, role_session_name="test", sts_endpoint=MAIN, **options
    )


def failed(name, part, work):
    try:
        work()
    except Exception as error:
        assert part in str(error), (name, repr(error))
        return ok(name)
    raise AssertionError(name + " was let in")


live("credentials: role", role(external_id="outside").get_credentials())
failed("credentials: external id", "NoPermission", lambda: role().get_credentials())
nobody = role("acs:ram::1:role/nobody")
failed("credentials: unknown role", "EntityNotExist.Role", nobody.get_credentials)


def oidc():
    return provider.OIDCRoleArnCredentialsProvider(
        role_arn=WORLD["role"],
        oidc_provider_arn="acs:ram::1:oidc-provider/idp",
        oidc_token_file_path=WORLD["oidc_file"],
        role_session_name="test",
        sts_endpoint=MAIN,
    )


live("credentials: OIDC", oidc().get_credentials())
assert control("ram-oidc-file", provider_arn="acs:ram::1:oidc-provider/idp")["path"] == WORLD["oidc_file"]
live("credentials: OIDC, the file written anew", oidc().get_credentials())


def ecs(**options):
    made = provider.EcsRamRoleCredentialsProvider(async_update_enabled=False, **options)
    made._EcsRamRoleCredentialsProvider__metadata_service_host = PLAIN
    return made


live("credentials: instance role, found", ecs().get_credentials())
live("credentials: instance role, named", ecs(role_name="vm role").get_credentials())
control("ecs-metadata", v2=False)
live("credentials: instance role, v1", ecs(role_name="vm role").get_credentials())
only_v2 = ecs(role_name="vm role", disable_imds_v1=True)
failed("credentials: instance role, v1 not wanted", "404", only_v2.get_credentials)
control("ecs-metadata", v2=True, v1=False)
live("credentials: instance role, v2", ecs(role_name="vm role", disable_imds_v1=True).get_credentials())
control("ecs-metadata", v1=True, hop_limited=True)
start = time.monotonic()
live("credentials: instance role, one hop too many", ecs(role_name="vm role").get_credentials())
assert time.monotonic() - start > 0.9
control("ecs-metadata", hop_limited=False)
live("credentials: URI", provider.URLCredentialsProvider(uri=WORLD["uri"]).get_credentials())

# OSS, with the managed key, through a rotation in an emergency.
managed = current()
old = (managed["AccessKeyId"], managed["AccessKeySecret"])


def auths(key):
    static = oss2.credentials.StaticCredentialsProvider(*key)
    return [("V1", oss2.ProviderAuth(static)), ("V4", oss2.ProviderAuthV4(static))]


def bucket(auth, name="bucket"):
    return oss2.Bucket(auth, f"http://{PLAIN}", name, region="cn-hangzhou", enable_crc=True)


def oss_code(error):
    return error.code


for version, auth in auths(old):
    key = f"目录/é ~*+&=?#%{version}.txt"
    it = bucket(auth)
    it.put_object(key, b"hello", headers={"x-oss-meta-a": "one", "Content-Type": "text/plain"})
    got = it.get_object(key)
    assert (got.read(), got.headers["x-oss-meta-a"], got.content_type) == (b"hello", "one", "text/plain")
    ok(f"oss {version}: put and get")
    assert it.head_object(key).content_length == 5
    listed = it.list_objects_v2(prefix="目录/")
    assert key in [item.key for item in listed.object_list]
    assert [item.key for item in oss2.ObjectIteratorV2(it, max_keys=1)] == sorted(o.key for o in listed.object_list)
    assert it.list_objects_v2(delimiter="/").prefix_list == ["目录/"]
    assert [item.key for item in oss2.ObjectIterator(it, prefix="目录/")][0].startswith("目录/")
    ok(f"oss {version}: head and lists")
    for method in ["GET", "PUT"]:
        url = it.sign_url(method, key, 60, slash_safe=True)
        answer = requests.request(method, url, data=b"hello" if method == "PUT" else None)
        assert answer.status_code == 200, answer.text
        assert requests.request(method, url + "x").status_code == 403
    ok(f"oss {version}: presigned")
    refused(f"oss {version}: no object", "NoSuchKey", lambda: it.get_object("nothing"), oss_code)
    refused(f"oss {version}: no bucket", "NoSuchBucket", lambda: bucket(auth, "nothing").get_object("x"), oss_code)
for version, auth in auths((old[0], "other")):
    refused(f"oss {version}: wrong secret", "SignatureDoesNotMatch", lambda: bucket(auth).get_object("x"), oss_code)
for version, auth in auths(("STS.ended", "sts-secret", "ended-token")):
    refused(f"oss {version}: ended session", "SecurityTokenExpired", lambda: bucket(auth).get_object("x"), oss_code)
for version, auth in auths(("STS.one", "sts-secret", "sts-token/+==")):
    it = bucket(auth)
    it.put_object("by-session", b"x")
    assert requests.get(it.sign_url("GET", "by-session", 60)).content == b"x"
    ok(f"oss {version}: session")
control("rotate-secret", name=SECRET, overlap_ms=0)
for version, auth in auths(old):
    refused(f"oss {version}: key of before", "InvalidAccessKeyId", lambda: bucket(auth).get_object("by-session"), oss_code)
refused("core: key of before", "InvalidAccessKeyId.NotFound", lambda: identity(ak(*old)), core_code)
managed = current()
new = (managed["AccessKeyId"], managed["AccessKeySecret"])
assert new != old and identity(ak(*new))["Arn"].endswith(":user/app")
for version, auth in auths(new):
    assert bucket(auth).get_object("by-session").read() == b"x"
    ok(f"oss {version}: new key")
print("done")
# Timers of the clients' own must not hold this up.
sys.stdout.flush()
os._exit(0)

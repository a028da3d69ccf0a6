"""Runs the vendor's own Python client against the emulator; prints one line for each check.

Arguments: a JSON object with https, http (URLs), ca, region, instance, user, password.
"""

import base64
import hashlib
import json
import sys

from Crypto.Cipher import AES
from tencentcloud.cam.v20190116 import cam_client, models
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential, CVMRoleCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

WORLD = json.loads(sys.argv[1])


def profile(sign="TC3-HMAC-SHA256", method="POST", unsigned=False, url="https"):
    scheme, endpoint = WORLD[url].split("://")
    http = HttpProfile(protocol=scheme, endpoint=endpoint, reqMethod=method, certification=WORLD["ca"])
    made = ClientProfile(signMethod=sign, httpProfile=http)
    made.unsignedPayload = unsigned
    return made


def ask(credential, user=None, **options):
    client = cam_client.CamClient(credential, WORLD["region"], profile(**options))
    request = models.BuildDataFlowAuthTokenRequest()
    request.ResourceId = WORLD["instance"]
    request.ResourceRegion = WORLD["region"]
    request.ResourceAccount = WORLD["user"] if user is None else user
    return client.BuildDataFlowAuthToken(request)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def password_in(token):
    name = "_".join([WORLD["instance"], WORLD["region"], WORLD["user"]])
    seed = hashlib.sha256(name.encode()).hexdigest()
    text = token[64:]
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    plain = AES.new(seed[:32].encode(), AES.MODE_CBC, seed[33:49].encode()).decrypt(sealed)
    plain = plain[: -plain[-1]]
    assert hashlib.sha256(plain).hexdigest() == token[:64]
    data, at, fields = plain[4:], 0, {}
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at : at + value].decode(), at + value
        fields[tag >> 3] = value
    assert (fields[5], fields[6], fields[7]) == (WORLD["instance"], WORLD["region"], WORLD["user"])
    return fields[8]


def good(name, answer):
    given = answer.Credentials
    assert password_in(given.Token) == WORLD["password"], name
    assert given.NextRotationTime - given.CurrentTime > 0
    assert (given.RotationStatus, given.LastRotationTimeCost) == ("success", 1200)
    assert len(answer.RequestId) == 36
    print("ok", name)


def refused(name, code, work):
    try:
        work()
    except TencentCloudSDKException as error:
        assert error.get_code() == code, (name, error)
        print("ok", name)
        return
    raise AssertionError(name + " was let in")


LASTING = Credential("lasting-id", "lasting-key")
SESSION = Credential("session-id", "session-key", "session-token")

for sign in ["TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"]:
    for method in ["POST", "GET"]:
        for kind, credential in [("lasting", LASTING), ("session", SESSION)]:
            good(f"{sign} {method} {kind}", ask(credential, sign=sign, method=method))
        how = f"{sign} {method} "
        options = {"sign": sign, "method": method}
        wrong = Credential("lasting-id", "another-key")
        refused(how + "wrong key", "AuthFailure.SignatureFailure", lambda: ask(wrong, **options))
        nobody = Credential("nobody", "lasting-key")
        refused(how + "unknown id", "AuthFailure.SecretIdNotFound", lambda: ask(nobody, **options))
        wrong = Credential("session-id", "session-key", "another-token")
        refused(how + "wrong token", "AuthFailure.TokenFailure", lambda: ask(wrong, **options))
        ended = Credential("ended-id", "ended-key", "ended-token")
        refused(how + "ended token", "AuthFailure.TokenFailure", lambda: ask(ended, **options))
        refused(how + "unknown user", "FailedOperation.FlowAuthIllegal", lambda: ask(LASTING, "nobody", **options))
        refused(how + "empty user", "InvalidParameter.ParamError", lambda: ask(LASTING, "", **options))

good("unsigned payload", ask(LASTING, unsigned=True))
good("plain http", ask(LASTING, url="http"))


def assume(action, params, credential=LASTING, options=None):
    client = CommonClient("sts", "2018-08-13", credential, WORLD["region"], profile=profile())
    return client.call_json(action, params, options=options or {})["Response"]


def usable(name, answer):
    keys = answer["Credentials"]
    good(name, ask(Credential(keys["TmpSecretId"], keys["TmpSecretKey"], keys["Token"])))


role = {"RoleArn": "qcs::cam::uin/1:roleName/app", "RoleSessionName": "test", "DurationSeconds": 900}
usable("AssumeRole", assume("AssumeRole", dict(role, ExternalId="outside")))
refused("AssumeRole external id", "UnauthorizedOperation", lambda: assume("AssumeRole", role))
web = dict(role, ProviderId="provider", WebIdentityToken="web-token")
skip = {"SkipSign": True}
usable("AssumeRoleWithWebIdentity", assume("AssumeRoleWithWebIdentity", web, None, skip))
other = dict(web, WebIdentityToken="frob")
refused(
    "AssumeRoleWithWebIdentity wrong token",
    "UnauthorizedOperation",
    lambda: assume("AssumeRoleWithWebIdentity", other, None, skip),
)

CVMRoleCredential._metadata_endpoint = WORLD["http"] + "/latest/meta-data/"
CVMRoleCredential._role_endpoint = CVMRoleCredential._metadata_endpoint + "cam/security-credentials/"
good("CVM role", ask(CVMRoleCredential(), url="http"))
print("done")

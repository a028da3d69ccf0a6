"""What programs use of Tencent Cloud's DBAuth SDK: change the imports, and keep the rest.

    from evercred.dbauth import DBAuthentication, GenerateAuthenticationTokenRequest

The credential and the profile objects of tencentcloud-sdk-python are taken as they are. Requests for the same account
with the same key share one source, which is kept fresh until the process ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable

from ._client import AccessKey, Client, Source
from ._errors import Error
from ._values import Credential
from ._wait import ProcessLock

if TYPE_CHECKING:
    TencentCloudSDKException: type[Exception]
else:
    try:
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
    except ImportError:

        class TencentCloudSDKException(Exception):
            """The exception of tencentcloud-sdk-python, where that is not installed."""

            def __init__(self, code=None, message=None, requestId=None):
                super().__init__(message)
                self.code, self.message, self.requestId = code, message, requestId


__all__ = ["DBAuthentication", "GenerateAuthenticationTokenRequest", "TencentCloudSDKException"]

_lock = ProcessLock()
_clients: dict[Hashable, Client] = {}
_sources: dict[Hashable, Source] = {}


class GenerateAuthenticationTokenRequest:
    """An account, and how to sign for it.

    Args:
        region: such as "ap-guangzhou".
        instance_id: such as "cdb-example1".
        user_name: the name of the account.
        credential: a credential object of tencentcloud-sdk-python, also one that renews itself.
        client_profile: a ClientProfile: its endpoint, protocol, proxy, certification, timeout, signing method and
            language are used.

    Raises:
        TencentCloudSDKException: an argument is missing.
    """

    def __init__(
        self, region: str, instance_id: str, user_name: str, credential: Any, client_profile: Any = None
    ) -> None:
        for value, code, name in (
            (region, "InvalidParameter.ResourceRegionError", "region"),
            (instance_id, "InvalidParameter.ResourceError", "instance_id"),
            (user_name, "InvalidParameter.UserNameIllegal", "user_name"),
            (credential, "ResourceNotFound.SecretNotExist", "credential"),
        ):
            if not value:
                raise TencentCloudSDKException(code, f"{name} is missing")
        self.region = region
        self.instance_id = instance_id
        self.user_name = user_name
        self.credential = credential
        self.client_profile = client_profile
        #: The source and the generation of the password that this request got last.
        self._given: tuple[Source, int] | None = None


class DBAuthentication:
    """Passwords of database accounts."""

    @staticmethod
    def generate_authentication_token(token_request: GenerateAuthenticationTokenRequest) -> str:
        """The password to log in with now. Blocks only while there is no usable one.

        Raises `TencentCloudSDKException`, with the `code` and `requestId` of the cloud if it sent them.
        """
        source = _source(token_request)
        try:
            credential = source.get()
        except Error as error:
            raise _exception(error) from error
        token_request._given = source, credential.generation
        return credential.password

    @staticmethod
    def report_rejected(token_request: GenerateAuthenticationTokenRequest) -> None:
        """Not in the original: the database rejected the password, so the next call waits for another one.

        The password is the one that this request object got last, or, if it got none for its account, the one that is
        held now. Reporting an old password has no effect. Does not block. Raises `TencentCloudSDKException`.
        """
        source = _source(token_request)
        given = token_request._given
        rejected: Credential | int | None = given[1] if given and given[0] is source else source.peek()
        if rejected is not None:
            try:
                source._report(rejected)
            except Error as error:
                raise _exception(error) from error


def _exception(error: Error) -> Exception:
    code = error.provider_code or f"ClientError.{getattr(error.code, 'name', error.code)}"
    return TencentCloudSDKException(code, str(error), error.request_id)


def _is_static(credential: Any) -> bool:
    # By name, because the SDK may be absent. Another class of that name may renew its key.
    of = type(credential)
    return (of.__module__, of.__name__) == ("tencentcloud.common.credential", "Credential")


def _identity(credential: Any) -> Hashable:
    if _is_static(credential):
        return credential.secretId, credential.secretKey, credential.token
    return id(credential)


def _profile(profile: Any) -> tuple[tuple[str, Any], ...]:
    """The options of a ClientProfile."""
    options: dict[str, Any] = {}
    if profile is not None:
        options["tencent_sign_method"] = getattr(profile, "signMethod", None)
        options["tencent_language"] = getattr(profile, "language", None)
        http = getattr(profile, "httpProfile", None)
        if http is not None:
            options["tencent_endpoint"] = http.endpoint
            options["tencent_scheme"] = getattr(http, "scheme", None) or http.protocol
            options["tencent_root_domain"] = getattr(http, "rootDomain", None)
            options["proxy"] = getattr(http, "proxy", None)
            options["total_timeout_ms"] = int(http.reqTimeout * 1000) if http.reqTimeout else None
            certification = getattr(http, "certification", None)
            if certification is False:
                options["tls_verify"] = False
            elif isinstance(certification, str):
                options["ca_file"] = certification
    return tuple((name, value) for name, value in options.items() if value not in (None, ""))


def _source(request: GenerateAuthenticationTokenRequest) -> Source:
    credential = request.credential
    try:
        options = _profile(request.client_profile)
        client_key = (_identity(credential), options)
        key = (client_key, request.region, request.instance_id, request.user_name)
        with _lock.current():
            source = _sources.get(key)
            if source is None:
                client = _clients.get(client_key)
                if client is None:
                    client = _clients[client_key] = _client(credential, dict(options))
                source = client.database(request.region, request.instance_id, request.user_name)
                _sources[key] = source
    except Error as error:
        raise _exception(error) from error
    return source


def _client(credential: Any, options: dict[str, Any]) -> Client:
    if _is_static(credential):
        return Client(
            tencent_secret_id=credential.secretId,
            tencent_secret_key=credential.secretKey,
            tencent_session_token=credential.token,
            tencent_identity="static",
            **options,
        )

    # The closure keeps the object, so that its id is not given to another one.
    def current() -> AccessKey:
        # The three texts of one moment, where the object can give them.
        whole = getattr(credential, "get_credential_info", None)
        if callable(whole):
            return AccessKey(*whole())
        return AccessKey(credential.secretId, credential.secretKey, credential.token)

    return Client(identity=current, tencent_identity="callback", **options)

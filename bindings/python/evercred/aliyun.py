"""What programs use of Alibaba Cloud's managed credentials plugin: change the imports, and keep the rest.

    from evercred.aliyun import AKExpireHandler, ProxyAcsClient, ProxyBucket

`ProxyAcsClient` needs aliyun-python-sdk-core, `ProxyBucket` needs oss2. The configuration is the plugin's: the file
`managed_credentials_providers.properties` of the working directory, if there is one, and the environment. All objects
of a process share one client, which is made with the first of them.
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any, Iterator

from ._client import Client, Source
from ._codes import error_code
from ._errors import Error
from ._values import Credential
from ._wait import ProcessLock

__all__ = ["AKExpireHandler", "ProxyAcsClient", "ProxyBucket", "set_config_name"]

_FILE = "managed_credentials_providers.properties"
_lock = ProcessLock()
_client: Client | None = None
_config_name: str | None = None


class AKExpireHandler:
    """Says whether an exception means that the access key is no longer valid. Derive from it to change that."""

    def judge_ak_expire(self, exception: Exception) -> bool:
        """Whether the key is to be replaced and the call repeated."""
        raise NotImplementedError


def set_config_name(path: str) -> None:
    """Names the configuration file, before the first client is made. Without it the working directory is searched."""
    global _config_name  # noqa: PLW0603
    _config_name = path


def _shared_client() -> Client:
    global _client  # noqa: PLW0603
    with _lock.current():
        if _client is None or _client._closed:
            name = _config_name or (_FILE if os.path.exists(_FILE) else None)
            _client = Client(*([name] if name else []))
        return _client


def _is_rejected(source: Source, handler: AKExpireHandler | None, error: Exception) -> bool:
    if handler is not None:
        return bool(handler.judge_ak_expire(error))
    return source.is_rejection(error, error_code)


def _replace(source: Source, credential: Credential, error: Exception) -> Credential:
    """Another key after this one was rejected; the exception of the service if there is none."""
    try:
        source._report(credential)
        return source.get_newer(credential)
    except Error as failure:
        raise error from failure


if TYPE_CHECKING:
    ProxyAcsClient: Any
    ProxyBucket: Any


def __getattr__(name: str) -> Any:
    # Each class needs an SDK that the program may not have, so it is made when it is asked for.
    if name == "ProxyAcsClient":
        made: Any = _make_acs_client()
    elif name == "ProxyBucket":
        made = _make_bucket()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = made
    return made


def _make_acs_client() -> Any:
    from aliyunsdkcore.acs_exception.exceptions import ServerException
    from aliyunsdkcore.auth import credentials
    from aliyunsdkcore.auth.signers.access_key_signer import AccessKeySigner
    from aliyunsdkcore.auth.signers.sts_token_signer import StsTokenSigner
    from aliyunsdkcore.client import AcsClient

    def signer_of(key: Credential) -> Any:
        if key.security_token:
            token = credentials.StsTokenCredential(key.access_key_id, key.access_key_secret, key.security_token)
            return StsTokenSigner(token)
        return AccessKeySigner(credentials.AccessKeyCredential(key.access_key_id, key.access_key_secret))

    class ProxyAcsClient(AcsClient):  # type: ignore[misc]
        """An AcsClient that signs each request with the current key of a managed secret, and repeats a request once
        with another key if the service does not know the key any more."""

        def __init__(
            self,
            secret_name: str,
            ak_expire_handler: AKExpireHandler | None = None,
            ak: str | None = None,
            secret: str | None = None,
            region_id: str = "cn-hangzhou",
            **options: Any,
        ) -> None:
            # The plugin takes a key too, and replaces it by that of the secret.
            self.secret_name = secret_name
            self._handler = ak_expire_handler
            options.pop("credential", None)
            super().__init__(ak="", secret="", region_id=region_id, **options)
            self._source = _shared_client().managed(secret_name)
            self._source.get()

        def _implementation_of_do_action(self, request: Any, signer: Any = None) -> Any:
            # A request with a signer of its own is one of the SDK for itself.
            if signer is not None:
                return super()._implementation_of_do_action(request, signer)
            key = self._source.get()
            answer = super()._implementation_of_do_action(request, signer_of(key))
            error = answer[3]
            if not isinstance(error, ServerException) or not _is_rejected(self._source, self._handler, error):
                return answer
            try:
                key = _replace(self._source, key, error)
            except ServerException:
                return answer
            return super()._implementation_of_do_action(request, signer_of(key))

        def shutdown(self) -> None:
            """Releases the secret. A later request raises `evercred.Closed`."""
            self._source.close()

    return ProxyAcsClient


def _make_bucket() -> Any:
    import oss2

    from .oss2 import CredentialsProvider

    class ProxyBucket(oss2.Bucket):  # type: ignore[misc]
        """A Bucket that signs each request with the current key of a managed secret, and repeats a request once with
        another key if OSS does not know the key any more. A body is sent again from where it began; one that cannot
        go back there is not repeated."""

        def __init__(
            self,
            secret_name: str,
            endpoint: str,
            bucket_name: str,
            is_cname: bool = False,
            session: Any = None,
            connect_timeout: Any = None,
            app_name: str = "",
            enable_crc: bool = True,
            proxies: Any = None,
            region: str | None = None,
            cloudbox_id: str | None = None,
            ak_expire_handler: AKExpireHandler | None = None,
        ) -> None:
            self._secret_name = secret_name
            self._handler = ak_expire_handler
            self._source = _shared_client().managed(secret_name)
            self._source.get()
            auth = oss2.ProviderAuth(CredentialsProvider(self._source))
            super().__init__(
                auth, endpoint, bucket_name, is_cname, session, connect_timeout, app_name, enable_crc, proxies,
                region, cloudbox_id,
            )  # fmt: skip

        def _do(self, method: str, bucket_name: str, key: Any, **options: Any) -> Any:
            used = self._source.get()
            body = options.get("data")
            marks = list(_positions(body))
            headers = options.get("headers")
            # Signing adds headers of one key.
            unsigned = None if headers is None else headers.copy()
            try:
                return super()._do(method, bucket_name, key, **options)
            except oss2.exceptions.ServerError as error:
                if not _is_rejected(self._source, self._handler, error):
                    raise
                if not _rewind(body, marks):
                    # The next request has another key.
                    self._source._report(used)
                    raise
                _replace(self._source, used, error)
            if unsigned is not None:
                options["headers"] = unsigned
            return super()._do(method, bucket_name, key, **options)

        def shutdown(self) -> None:
            """Releases the secret. A later request raises `evercred.Closed`."""
            self._source.close()

    return ProxyBucket


def _layers(body: Any) -> Iterator[Any]:
    """A body, and what the adapters of oss2 (progress, CRC) wrap."""
    while body is not None and not isinstance(body, (bytes, str)):
        yield body
        body = getattr(body, "data", None)


def _positions(body: Any) -> Iterator[tuple[Any, dict[str, Any], int | None]]:
    """The state of each layer before it is sent: the fields of an adapter, or the position of a file."""
    for layer in _layers(body):
        fields: dict[str, Any] = {}
        if hasattr(layer, "data"):
            fields = {name: value for name, value in vars(layer).items() if isinstance(value, int)}
            crc = getattr(layer, "crc_callback", None)
            if crc is not None:
                fields["crc_callback"] = copy.copy(crc)
                fields["crc_callback"].crc64 = crc.crc64.copy()
        try:
            position = layer.tell() if hasattr(layer, "seek") else None
        except (OSError, ValueError):
            position = None
        yield layer, fields, position


def _rewind(body: Any, marks: list[tuple[Any, dict[str, Any], int | None]]) -> bool:
    """Brings a body back to where it was. False if that cannot be done."""
    for layer, fields, position in marks:
        if hasattr(layer, "data"):
            vars(layer).update(fields)
        elif position is None:
            return False
        else:
            layer.seek(position)
    return True

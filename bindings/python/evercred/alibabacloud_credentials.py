"""alibabacloud_credentials: a provider over a source, for the Tea SDKs of Alibaba Cloud."""

from __future__ import annotations

from alibabacloud_credentials_api import ICredentials, ICredentialsProvider

from ._client import Source
from ._values import Credential

__all__ = ["CredentialsProvider"]


class _Credentials(ICredentials):  # type: ignore[misc]
    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def get_access_key_id(self) -> str:
        return self._credential.access_key_id

    def get_access_key_secret(self) -> str:
        return self._credential.access_key_secret

    def get_security_token(self) -> str:
        return self._credential.security_token

    def get_provider_name(self) -> str:
        return "evercred"


class CredentialsProvider(ICredentialsProvider):  # type: ignore[misc]
    """Gives a client of the SDKs the current key at each request, in threads and in event loops."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def get_credentials(self) -> ICredentials:
        """The current key. Blocks only while there is no usable one; raises `evercred.Error`."""
        return _Credentials(self._source.get())

    async def get_credentials_async(self) -> ICredentials:
        """Like `get_credentials`, in an event loop."""
        return _Credentials(await self._source.aget())

    def get_provider_name(self) -> str:
        return "evercred"

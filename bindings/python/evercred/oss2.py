"""oss2: a credentials provider over a source, for `oss2.ProviderAuth` and its later versions."""

from __future__ import annotations

from typing import Any

import oss2.credentials

from ._client import Source

__all__ = ["CredentialsProvider"]


class CredentialsProvider(oss2.credentials.CredentialsProvider):  # type: ignore[misc]
    """Gives oss2 the current access key at each request. A request whose key was revoked fails; see
    `evercred.aliyun.ProxyBucket` for one that is repeated."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def get_credentials(self) -> Any:
        """The current key. Blocks only while there is no usable one; raises `evercred.Error`."""
        key = self._source.get()
        return oss2.credentials.Credentials(key.access_key_id, key.access_key_secret, key.security_token)

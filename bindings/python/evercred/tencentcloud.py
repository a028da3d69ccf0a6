"""tencentcloud-sdk-python: `Credential(source)` for its clients."""

from __future__ import annotations

from ._client import Source

__all__ = ["Credential"]


class Credential:
    """A credential object over `client.identity("tencent")`, always current.

    Clients read the three texts one after the other; `get_credential_info` takes them from one snapshot.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def secret_id(self) -> str:
        """The id of the current key. Blocks only while there is no usable one; raises `evercred.Error`."""
        return self._source.get().access_key_id

    @property
    def secret_key(self) -> str:
        """The secret of the current key."""
        return self._source.get().access_key_secret

    @property
    def token(self) -> str | None:
        """The session token of the current key; None for a long-term key."""
        return self._source.get().security_token or None

    @property
    def secretId(self) -> str:
        """The SDK's other name of `secret_id`."""
        return self.secret_id

    @property
    def secretKey(self) -> str:
        """The SDK's other name of `secret_key`."""
        return self.secret_key

    def get_credential_info(self) -> tuple[str, str, str | None]:
        """Id, secret and token of one key."""
        key = self._source.get()
        return key.access_key_id, key.access_key_secret, key.security_token or None

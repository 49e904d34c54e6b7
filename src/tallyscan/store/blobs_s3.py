"""Blobs in an S3 bucket, so that many machines have the same ones.

By obstore: one library of well-kept Rust that sends large objects in parts, several at a time. What it is asked here
is as old as S3 itself, so that any server that speaks it will do.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from tallyscan.errors import NotFound, StoreAway, TallyscanError, Unavailable
from tallyscan.s3_place import aws_session, bucket_and_prefix, check_plain, not_installed
from tallyscan.store.blobs import changed, check_key, is_key, not_there

Encryption = Literal["AES256", "aws:kms"]

_SETTING = "blobs_url"
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_PART_BYTES, _PARTS_AT_ONCE = 16 << 20, 4
_CREDENTIALS_KEPT = timedelta(minutes=5)  # botocore itself renews those that end
_FRESH = timedelta(minutes=10)  # far less than bytes wait until they are deleted
_DEFAULT_REGION = "us-east-1"
# An answer may take long as a whole, for large objects on slow lines; but never stand still.
_CLIENT = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=20),
    "timeout": timedelta(minutes=10),
}
# A few tries: whoever asks waits meanwhile, and what reads a scan tries again by itself.
_RETRIES = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}


class S3Blobs:
    """Blobs as objects `<prefix>/<64 hex>` of one bucket.

    S3 shows an object when all of it is there. Its server compares what it gets with the signature of what was sent.
    """

    def __init__(
        self,
        url: str,
        endpoint: str | None = None,
        *,
        allow_plain: bool = False,
        encryption: Encryption | None = None,
        kms_key: str | None = None,
        authorities: Path | None = None,
    ) -> None:
        """`endpoint` is another server than AWS; `authorities` are trusted beside the machine's own. Asks nothing of
        the server yet.

        Raises `TallyscanError` without the extra `s3` or credentials, and where bytes would cross a network in the
        open.
        """
        try:
            import obstore
            from obstore.exceptions import BaseError
            from obstore.store import S3Store
        except ImportError as error:
            raise not_installed(_SETTING, "obstore") from error
        self._url = url.rstrip("/")
        self._api: Any = obstore
        self._faults = (BaseError, OSError)
        session, region = aws_session(_SETTING)
        if endpoint is not None:
            check_plain(endpoint, allowed=allow_plain, setting="blobs_s3_allow_plain")
        bucket, prefix = bucket_and_prefix(url)
        config: dict[str, Any] = {
            "region": region or _DEFAULT_REGION,
            "virtual_hosted_style_request": endpoint
            is None,  # others are seldom set up for a host of each bucket
        }
        if endpoint is not None:
            config["endpoint"] = endpoint.rstrip("/")
        if encryption is not None:
            config["server_side_encryption"] = encryption
        if kms_key is not None:
            config["sse_kms_key_id"] = kms_key
        client: dict[str, Any] = {**_CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http:"))}
        if authorities is not None:
            client["root_certificate"] = _certificates(authorities)
        try:
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                config=config,  # type: ignore[arg-type]
                client_options=client,  # type: ignore[arg-type]
                retry_config=_RETRIES,  # type: ignore[arg-type]
                credential_provider=_credentials(session),
            )
        except (BaseError, ValueError) as error:
            raise TallyscanError(f"{_SETTING} cannot be used: {_in_short(error)}.") from error

    def put(self, data: bytes, *, spooled: Path | None = None) -> str:
        """See `Blobs.put`. When this returns, the server has the bytes.

        An object that was damaged since is written anew. `spooled` is taken away: `data`, which is in memory, is what
        is sent, without another copy.
        """
        key = hashlib.sha256(data).hexdigest()
        if not self._holds(key, data):
            with self._faults_told():
                self._api.put(
                    self._store,
                    key,
                    data,
                    use_multipart=len(data) > _PART_BYTES,
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
        if spooled is not None:
            with suppress(OSError):  # its receiver tidies up too
                spooled.unlink(missing_ok=True)
        return key

    def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        check_key(key)
        data = self._asked(key, lambda: self._api.get(self._store, key).bytes())
        if hashlib.sha256(data).hexdigest() != key:
            raise changed(key, f"in {self._url}")
        return data

    def part(self, key: str, start: int, count: int) -> bytes:
        """See `Blobs.part`. One request, of these bytes alone."""
        check_key(key)
        if count == 0:
            return b""
        data = self._asked(key, lambda: self._api.get_range(self._store, key, start=start, length=count))
        if len(data) != count:
            raise changed(key, f"in {self._url}")
        return data

    def keys(self) -> Iterator[str]:
        """See `Blobs.keys`."""
        with self._faults_told():
            for page in self._api.list(self._store):
                for found in page:
                    if is_key(found["path"]):
                        yield found["path"]

    def delete(self, key: str, before: datetime) -> bool:
        """See `Blobs.delete`. Where the bucket keeps versions, its own rules say when the old one goes."""
        check_key(key)
        with self._faults_told():
            try:
                found = self._api.head(self._store, key)
            except FileNotFoundError:
                return True
            if found["last_modified"] >= before:
                return False
            with suppress(FileNotFoundError):
                self._api.delete(self._store, key)
        return True

    def _holds(self, key: str, data: bytes) -> bool:
        """Whether the object is there and has just these bytes; compared, as in a folder. One that is older than
        `_FRESH` is written anew, for it may be about to be deleted."""
        with self._faults_told():
            try:
                found = self._api.head(self._store, key)
            except FileNotFoundError:
                return False
        if found["size"] != len(data) or found["last_modified"] < datetime.now(UTC) - _FRESH:
            return False
        try:
            return self.get(key) == data
        except NotFound:  # taken away meanwhile
            return False
        except Unavailable:
            raise
        except TallyscanError:  # damaged
            return False

    def _asked(self, key: str, ask: Callable[[], Any]) -> bytes:
        with self._faults_told():
            try:
                return bytes(ask())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                raise not_there(key) from error
            except self._faults as error:
                if "InvalidRange" in str(error):
                    raise changed(key, f"in {self._url}") from error
                raise

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        """A fault of the network or the server is no fault of a scan: it is tried again later."""
        try:
            yield
        except self._faults as error:
            raise StoreAway(
                f"The bytes in {self._url} cannot be reached: {_in_short(error)}.",
                remedy="Check the server, the bucket and the rights of the credentials.",
            ) from error


def _credentials(session: Any) -> Callable[[], Any]:
    """What AWS tools would use here, renewed before it ends. Raises `TallyscanError` where there are none."""
    from botocore.exceptions import BotoCoreError

    try:
        held = session.get_credentials()
    except BotoCoreError as error:
        raise TallyscanError(
            f"S3 cannot be set up: {error}", remedy="Check the AWS_* environment."
        ) from error
    if held is None:
        raise TallyscanError(
            f"{_SETTING} is set, and there are no credentials for S3.",
            remedy="Give them as AWS tools find them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, "
            "or the role of the machine.",
        )

    def give() -> dict[str, object]:
        now = held.get_frozen_credentials()
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.token,
            "expires_at": datetime.now(UTC) + _CREDENTIALS_KEPT,
        }

    return give


def _certificates(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TallyscanError(f"blobs_s3_authorities cannot be read: {path}: {error.strerror}.") from error


def _in_short(error: Exception) -> str:
    """What the server says; what obstore appends to it is for those who build it."""
    text = str(error).partition("\n\nDebug source")[0]
    if code := _CODE.search(text):
        return f"the server answers {code[1]}"
    return text.partition("\n")[0].strip().rstrip(".")

"""A prefix of an S3 bucket, listed and read, never written.

By botocore, the client that AWS keeps: it lists keys that are any text, such as `a//b`, at which clients that take
keys for paths give up the whole listing. It comes with the extra `s3`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tallyscan.errors import InputError, TallyscanError, Unavailable
from tallyscan.outbound import Outbound
from tallyscan.s3_place import aws_session, bucket_and_prefix, check_plain

_CHUNK_BYTES = 1 << 20
_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 5, 30, 3
_GONE = ("NoSuchKey", "404", "PreconditionFailed", "412")


@dataclass(frozen=True)
class S3Object:
    """An object as it is listed: `name` is its key within the prefix, `e_tag` stands for its bytes ("": untold).

    `written_at` is in ISO 8601 and UTC, as the server writes it: the older one comes first in the order of texts.
    """

    name: str
    size_bytes: int
    e_tag: str
    written_at: str

    @property
    def mark(self) -> str:
        """Another one when it was written again, with whichever bytes: what is sent again may complete a scan now."""
        return f"{self.written_at} {self.size_bytes} {self.e_tag}"


class S3Prefix:
    """What lies under `s3://bucket/prefix/`, at AWS or at another server that speaks S3 (`endpoint`).

    Credentials, region and profile come from where AWS tools find them: `AWS_*`, `~/.aws`, the role of the machine.
    """

    def __init__(
        self,
        url: str,
        endpoint: str | None = None,
        *,
        allow_plain: bool = False,
        outbound: Outbound | None = None,
    ) -> None:
        """Raises `TallyscanError` without botocore, or where scans would come without TLS from another machine."""
        self.bucket, self.prefix = bucket_and_prefix(url)
        self._client = _client(endpoint)
        self._outbound = outbound or Outbound()
        check_plain(self._client.meta.endpoint_url, allowed=allow_plain, setting="inbox_s3_allow_plain")

    def url_of(self, name: str = "") -> str:
        """The address of an object, for people."""
        return f"s3://{self.bucket}/{self.prefix}{name}"

    def listed(self) -> Iterator[S3Object]:
        """Every object, in the order of the server. Raises `Unavailable` when the listing cannot come to its end.

        S3 lists an object when all of it is there: uploads in several parts are not seen before.
        """
        place = urlsplit(self._client.meta.endpoint_url)
        self._outbound.addresses(place.hostname or "", place.port or 443)  # botocore looks again
        pages = self._client.get_paginator("list_objects_v2")
        with self._faults_told():
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                for entry in page.get("Contents", ()):
                    yield self._object(entry)

    def read(self, found: S3Object) -> Iterator[bytes] | None:
        """The bytes of an object, in pieces; None when it is gone, or is another one than was listed.

        Raises `Unavailable`, also while the pieces come; `InputError` where it will never be readable as it is.
        """
        with self._faults_told():
            try:
                answer = self._client.get_object(
                    Bucket=self.bucket,
                    Key=self.prefix + found.name,
                    # Bytes are never remembered under the mark of others.
                    **({"IfMatch": found.e_tag} if found.e_tag else {}),
                )
            except self._client.exceptions.ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code in _GONE:
                    return None
                if code == "InvalidObjectState":
                    raise InputError(
                        f"{found.name} lies in an archive and cannot be read.",
                        remedy="Restore it, and copy it onto itself.",
                    ) from error
                raise
        return self._pieces(answer["Body"])

    def _pieces(self, body: Any) -> Iterator[bytes]:
        """botocore compares their length with that of the header, at the end."""
        try:
            with self._faults_told():
                while piece := body.read(_CHUNK_BYTES):
                    yield piece
        finally:
            body.close()

    def _object(self, entry: dict[str, Any]) -> S3Object:
        return S3Object(
            name=entry["Key"][len(self.prefix) :],
            size_bytes=int(entry["Size"]),
            e_tag=entry.get("ETag", ""),
            written_at=entry["LastModified"],
        )

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"{self.url_of()} cannot be read: {error}") from error


def _client(endpoint: str | None) -> Any:
    session, region = aws_session("inbox_s3_url")
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        # Other servers are seldom set up for a host name of each bucket.
        s3={"addressing_style": "path" if endpoint is not None else "auto"},
    )
    try:
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(
            timestamp_parser=str
        )  # left as text: to parse them takes most of a listing
        return session.create_client("s3", endpoint_url=endpoint, region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise TallyscanError(
            f"S3 cannot be set up: {error}", remedy="Check inbox_s3_endpoint and the AWS_* environment."
        ) from error

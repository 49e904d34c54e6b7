"""A place in S3: bucket and prefix, who asks there, and whether anybody on the way could read along.

Credentials, region and profile come from where AWS tools find them: `AWS_*`, `~/.aws`, the role of the machine.
"""

import ipaddress
import os
from typing import Any
from urllib.parse import urlsplit

from tallyscan.errors import TallyscanError


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Of `s3://bucket/prefix`; the prefix is empty or ends with a slash."""
    place = urlsplit(url)
    prefix = place.path.strip("/")
    return place.netloc, f"{prefix}/" if prefix else ""


def aws_session(setting: str) -> tuple[Any, str | None]:
    """A botocore session, and the region that is set. Raises `TallyscanError` without the extra `s3`, for the
    `setting` that needs it, and where what is set contradicts itself."""
    try:
        import botocore.session
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise not_installed(setting, "botocore") from error
    session = botocore.session.get_session()
    try:  # botocore itself knows AWS_DEFAULT_REGION only
        return session, os.environ.get("AWS_REGION") or session.get_config_variable("region")
    except BotoCoreError as error:
        raise TallyscanError(
            f"S3 cannot be set up: {error}", remedy="Check the AWS_* environment."
        ) from error


def not_installed(setting: str, library: str) -> TallyscanError:
    """What to say where the extra `s3` is missing."""
    return TallyscanError(
        f"{setting} is set, and what speaks S3 ({library}) is not installed.",
        remedy="Install the extra: pip install 'tallyscan[s3]'.",
    )


def check_plain(endpoint: str, *, allowed: bool, setting: str) -> None:
    """Raises `TallyscanError` where scans would cross a network on which anybody may alter them; `setting` is the one
    that allows it."""
    place = urlsplit(endpoint)
    host = place.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if place.scheme != "https" and not (loopback or allowed):
        raise TallyscanError(
            f"Scans would cross the network to or from {endpoint} without TLS, to be read and altered on the way.",
            remedy=f"Use https, or set {setting}.",
        )

"""The log: of structlog and of every library, in one form and one place, with what is known of request and scan."""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
LEVELS: dict[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_CODECS = (
    "tifffile",
    "imagecodecs",
    "pynetdicom",
    "pika",
    "py.warnings",
)  # they log what they think of what comes
_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access")
_TALKATIVE = ("sqlalchemy", "alembic", "httpx", "httpcore", "botocore", "urllib3", "asyncio", "multipart")


def log_to_stderr(log_format: LogFormat, level: LogLevel) -> None:
    """From here on; a second call takes the place of the first."""
    least = LEVELS[level]
    rendered: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_none,
    ]
    structlog.configure(
        processors=[*common, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendered],
        )
    )
    forget_log()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(least)
    for name in _SERVER:  # it may have been given ways of its own by who used it before
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
        server.setLevel(logging.NOTSET)
    for name in _CODECS:  # a damaged file ends with our own reason; theirs is noise beside it
        logging.getLogger(name).setLevel(least if least <= logging.INFO else logging.CRITICAL)
    for name in _TALKATIVE:  # statements and their values, addresses with their secrets
        logging.getLogger(name).setLevel(max(least, logging.WARNING))


def forget_log() -> None:
    """Take the handler away again, for whoever has other plans with the log of this process."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)


def _without_none(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Nothing that is None: a key without a value only takes room."""
    return {name: value for name, value in event.items() if value is not None}


class _Handler(logging.StreamHandler[TextIO]):
    """To stderr as it is now, which a test or a supervisor may have put in another place."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        pass

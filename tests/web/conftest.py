import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tallyscan.bootstrap import Store, open_store, running
from tallyscan.commands.serve import bound_socket
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.web.app import create_app
from tallyscan.web.server import Server, https_context, server_config
from tallyscan.web.service import Service


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def client(settings: Settings, store: Store, reader: Reader) -> Iterator[httpx.Client]:
    """The whole service at work in this process, behind a real socket."""
    with running(settings, store, reader) as service, serving(service, settings) as opened:
        yield opened


@contextmanager
def serving(service: Service, settings: Settings) -> Iterator[httpx.Client]:
    with bound_socket(settings.model_copy(update={"port": 0})) as listening:
        tls = https_context(settings)
        config = server_config(create_app(service), tls, log_level="error")
        server = Server(config, service.watchers)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.005)
        host, port = listening.getsockname()[:2]
        try:
            base = f"{'http' if tls is None else 'https'}://{host}:{port}"
            with httpx.Client(base_url=base, timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()

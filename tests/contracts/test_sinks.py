"""What every sink must do. A new sink adds a case to `CASES`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tallyscan.errors import Unavailable
from tallyscan.report.outbox import Sink
from tallyscan.report.sink_amqp import AmqpBroker, AmqpSink
from tallyscan.report.sink_cstore import CStoreSink, DicomNode
from tallyscan.report.sink_file import FileSink
from tallyscan.report.sink_report_folder import ReportFolderSink
from tallyscan.report.sink_stow import StowService, StowSink
from tallyscan.report.sinks import SINKS
from tallyscan.report.threat_report import report_uid
from tests.report.builders import made_reading
from tests.report.centres import centre_at, centre_in, centre_sink
from tests.report.rabbitmq import Broker, consuming, needs_rabbitmq
from tests.report.sink_reading import events_in
from tests.report.threat_reports import Archive, dicom_node, event_of, read_back, stow_service
from tests.report.webhooks import Receiver, receiving, webhook_sink

KEYS = [*(f"e{number}" for number in range(20)), "one", "two"]
KEY_OF = {report_uid(key): key for key in KEYS}


@dataclass(frozen=True)
class Case:
    """A sink and what stands behind it: `arrived` gives the keys there, in order where there is one."""

    open: Callable[[], Sink]
    arrived: Callable[[], list[str]]
    break_it: Callable[[], None]


@contextmanager
def file_case(folder: Path) -> Iterator[Case]:
    path = folder / "out" / "events.jsonl"
    yield Case(
        lambda: FileSink(path),
        lambda: [event["idempotencykey"] for event in events_in(path)],
        lambda: path.mkdir(parents=True),
    )


@contextmanager
def folder_case(folder: Path) -> Iterator[Case]:
    path = folder / "reports"

    def arrived() -> list[str]:
        files = [file.read_bytes() for file in path.iterdir()]
        return sorted(KEY_OF[read_back(file).SOPInstanceUID] for file in files)

    yield Case(lambda: ReportFolderSink(path), arrived, path.touch)


def keys_in(archive: Archive) -> list[str]:
    return [KEY_OF[uid] for uid in archive.kept]


@contextmanager
def stow_case(_: Path) -> Iterator[Case]:
    archive, running = Archive(), ExitStack()
    with running:
        url = running.enter_context(stow_service(archive))
        yield Case(lambda: StowSink(StowService(url)), lambda: keys_in(archive), running.close)


@contextmanager
def cstore_case(_: Path) -> Iterator[Case]:
    archive, running = Archive(), ExitStack()
    with running:
        port = running.enter_context(dicom_node(archive))
        node = DicomNode("127.0.0.1", port, "ARCHIVE", "TALLYSCAN")
        yield Case(lambda: CStoreSink(node), lambda: keys_in(archive), running.close)


@contextmanager
def centre_case(folder: Path) -> Iterator[Case]:
    with centre_in(folder / "centre.db") as there, ExitStack() as running:
        url = running.enter_context(centre_at(there))
        yield Case(lambda: centre_sink(url), lambda: there.heard, running.close)


@contextmanager
def webhook_case(_: Path) -> Iterator[Case]:
    there, running = Receiver(), ExitStack()
    with running:
        url = running.enter_context(receiving(there))
        yield Case(lambda: webhook_sink(url), lambda: there.once, running.close)


@contextmanager
def amqp_case(url: str) -> Iterator[Case]:
    reached, opened = [url], ExitStack()
    with opened, consuming(url) as consumer:

        def sink() -> AmqpSink:
            return opened.enter_context(closing(AmqpSink(AmqpBroker(reached[0], consumer.exchange))))

        yield Case(sink, consumer.once, lambda: reached.insert(0, "amqp://guest:guest@127.0.0.1:9/"))


CASES: dict[str, Callable[[Path], AbstractContextManager[Case]]] = {
    "file": file_case,
    "webhook": webhook_case,
    "centre": centre_case,
    "report_folder": folder_case,
    "stow": stow_case,
    "cstore": cstore_case,
}


@pytest.fixture(params=[pytest.param(name, marks=needs_rabbitmq if name == "amqp" else ()) for name in SINKS])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    if request.param == "amqp":
        broker: Broker = request.getfixturevalue("broker")
        opened = amqp_case(broker.url)
    else:
        opened = CASES[request.param](tmp_path)
    with opened as case:
        yield case


def event(number: int) -> dict[str, Any]:
    return event_of(made_reading(), event_id=f"e{number}", consignment="é\nnew line")


def test_every_sink_is_under_this_contract() -> None:
    assert {*CASES, "amqp"} == set(SINKS)  # the broker is a fixture


def test_what_was_sent_arrives_in_order(case: Case) -> None:
    sink = case.open()
    for number in range(5):
        sink.send(event(number), f"e{number}")
    assert case.arrived() == ["e0", "e1", "e2", "e3", "e4"]


def test_a_repeated_key_is_one_event(case: Case) -> None:
    sink = case.open()
    for number in (1, 2, 1, 2, 1):
        sink.send(event(number), f"e{number}")
    assert case.arrived() == ["e1", "e2"]


def test_a_repeated_key_is_one_event_after_a_restart_too(case: Case) -> None:
    case.open().send(event(1), "e1")
    again = case.open()
    again.send(event(1), "e1")
    again.send(event(2), "e2")
    assert case.arrived() == ["e1", "e2"]


def test_the_key_counts_and_not_the_content(case: Case) -> None:
    sink = case.open()
    sink.send(event(1), "one")
    sink.send(event(1), "two")
    assert case.arrived() == ["one", "two"]


def test_what_does_not_answer_is_unavailable_and_nothing_is_marked_as_sent(case: Case) -> None:
    case.break_it()
    sink = case.open()
    for _ in range(2):
        with pytest.raises(Unavailable):
            sink.send(event(1), "e1")


def test_many_threads_lose_and_repeat_nothing(case: Case) -> None:
    sink = case.open()
    faults: list[Exception] = []

    def send_all() -> None:
        try:
            for number in range(10):
                sink.send(event(number), f"e{number}")
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=send_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(case.arrived()) == [f"e{number}" for number in range(10)]

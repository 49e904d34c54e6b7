from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tallyscan.bootstrap import Store, open_store, running
from tallyscan.errors import Conflict, NotFound, TallyscanError
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tallyscan.store import queries
from tallyscan.store.tables import ScanRow
from tests.acquire.dicom_network import (
    VERIFICATION,
    Certificates,
    associated,
    dx,
    energy,
    scans,
    send,
    wait_until,
)


def on_network(settings: Settings, **more: object) -> Settings:
    """Through the checks that a setting from the environment goes through."""
    return Settings(**settings.model_dump() | {"dicom_port": 0} | more)


def states(store: Store) -> dict[str, int]:
    with store.database.read() as session:
        return queries.count_by_state(session)


def test_what_arrives_over_the_network_is_read(settings: Settings, reader: Reader, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificate, key = certificates.pair("server")
    network = on_network(
        settings,
        dicom_certificate=certificate,
        dicom_key=key,
        dicom_client_authorities=certificates.authority,
        dicom_scanners={"GATE1": "generic_transmission"},
        dicom_pair_seconds=0,
    )
    tls = certificates.client_context("client")
    with open_store(settings) as store, running(network, store, reader) as service:
        assert service.dicom_port is not None
        with associated(service.dicom_port, [VERIFICATION], tls=tls, calling="STRANGER") as stranger:
            assert stranger.is_rejected
        assert [answer.Status for answer in send(service.dicom_port, dx(), energy("LOW"), tls=tls)] == [0, 0]
        wait_until(
            lambda: sum(states(store).values()) == 2 and not {"received", "reading"} & states(store).keys()
        )
        assert service.stopped_parts() == ()
        with store.database.read() as session:
            assert {row.profile for row in session.query(ScanRow)} == {"generic_transmission"}
        assert len(scans(store)) == 2


@pytest.mark.parametrize(
    ("more", "error", "match"),
    [
        ({"dicom_host": "0.0.0.0"}, TallyscanError, "AE title is no proof"),
        ({"dicom_certificates": {"GATE1": "gate-1.example"}}, TallyscanError, "DICOM is without TLS"),
        ({"dicom_key": Path("some.key")}, TallyscanError, "some are set and some are not"),
        ({"dicom_scanners": {"GATE1": "no_such"}}, NotFound, "'no_such'"),
    ],
    ids=["plain to all", "titles without TLS", "half of TLS", "profile"],
)
def test_what_is_set_up_wrongly_keeps_the_service_from_starting(
    settings: Settings, reader: Reader, more: dict[str, Any], error: type[TallyscanError], match: str
) -> None:
    with (
        open_store(settings) as store,
        pytest.raises(error, match=match),
        running(on_network(settings, **more), store, reader),
    ):
        pass


@pytest.mark.parametrize("title", ["", "MORE THAN ONE", "SEVENTEEN-SIGNS-X", "BACK\\SLASH"])
def test_a_title_is_one(title: str) -> None:
    with pytest.raises(ValidationError):
        Settings(dicom_ae_title=title)
    with pytest.raises(ValidationError):
        Settings(dicom_scanners={title: None})


def test_a_port_that_is_taken_keeps_the_service_from_starting(
    settings: Settings, reader: Reader, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"data_dir": tmp_path / "other"})
    with (
        open_store(settings) as store,
        open_store(other) as second,
        running(on_network(settings), store, reader) as service,
        pytest.raises(Conflict, match="Cannot take DICOM"),
        running(on_network(other, dicom_port=service.dicom_port), second, reader),
    ):
        pass


def test_without_a_port_the_network_is_off(settings: Settings, reader: Reader) -> None:
    with open_store(settings) as store, running(settings, store, reader) as service:
        assert service.dicom_port is None

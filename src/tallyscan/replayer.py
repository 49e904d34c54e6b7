"""A reading on record is made again from the stored bytes, and held against itself. Nothing is kept."""

from dataclasses import replace

from tallyscan.errors import InputError, TallyscanError, Unavailable
from tallyscan.integrity.checks import check_integrity
from tallyscan.integrity.evidence import Evidence
from tallyscan.known_consignment import KnownConsignment
from tallyscan.known_machine import KnownMachine
from tallyscan.on_record import RESTS_ON_EARLIER_SCANS, RESTS_ON_EARLIER_UNITS, OnRecord
from tallyscan.pipeline import Reader, unread_reading
from tallyscan.reading import Reading, Status, reading_to_dict
from tallyscan.replayed import Replayed, compare
from tallyscan.report.indicators import reused_image
from tallyscan.risk import RiskIndicator
from tallyscan.store.recorded_readings import RecordedReading


def replay_reading(recorded: RecordedReading, reader: Reader) -> Replayed:
    """With a `reader` that has the model and the settings on record. Raises `Unavailable`."""
    reading = recorded.reading
    return compare(
        reading.scan,
        recorded.revision,
        reading_to_dict(reading),
        reading_to_dict(read_again(recorded, reader)),
        not_replayed=_not_replayed(reading),
        notes=_notes(recorded),
    )


def read_again(recorded: RecordedReading, reader: Reader) -> Reading:
    """As the worker reads, with what the reading rested on. Raises `Unavailable`."""
    reading, provenance = recorded.reading, recorded.reading.provenance
    read_with, on_record = provenance.read_with, OnRecord.of(reading)
    offered = read_with.learnt_air if read_with else "whole"
    learnt = tuple(replace(one, level_holds=offered == "whole") for one in recorded.learnt)
    reader = replace(reader, profile_name=read_with.profile_asked_for if read_with else recorded.profile)
    indicators = _reused_image(reading)
    status: Status
    failure: TallyscanError
    try:
        return reader.read(
            recorded.files
            if recorded.declaration is not None
            else reader.without_moved_declaration(recorded.files),
            name=reading.scan,
            declaration=recorded.declaration,
            declaration_version=provenance.declaration_version,
            indicators=indicators,
            machine=KnownMachine(learnt=() if offered == "none" else learnt),
            known=KnownConsignment(provenance.others, provenance.weighed),
            part=recorded.part,
            on_record=on_record,
        ).reading
    except Unavailable:
        raise
    except InputError as error:
        status, failure = "rejected", error
    except Exception as error:  # noqa: BLE001 - what ends in the dead letters in the service is a result here as well
        status = "not_readable"
        failure = (
            error
            if isinstance(error, TallyscanError)
            else TallyscanError(f"{type(error).__name__}: {error}.")
        )
    return unread_reading(
        reading.scan,
        reading.sha256,
        status,
        failure,
        detector=reader.detector,
        declaration=None,
        declaration_version=provenance.declaration_version,
        indicators=indicators,
        integrity=on_record.integrity_in(check_integrity(Evidence())),
        view=recorded.files.view,
    )


def _reused_image(reading: Reading) -> tuple[RiskIndicator, ...]:
    """The same file under another number came first, as it was known then."""
    return tuple(
        reused_image(each.first_scan, each.first_number)
        for each in reading.risk.indicators
        if each.code == "XR-REUSED-IMAGE" and each.first_scan is not None
    )


def _not_replayed(reading: Reading) -> tuple[str, ...]:
    taken = OnRecord.of(reading)
    said = []
    if taken.verdicts and reading.status == "read":
        said.append(
            f"verdicts of {' and '.join(RESTS_ON_EARLIER_UNITS)}: taken from the record. They rest on cargo units of "
            "earlier scans as they stood at the time, and those are kept as they were read last."
        )
    if taken.integrity:
        said.append(
            f"checks {', '.join(RESTS_ON_EARLIER_SCANS)}, and the indicators of them: taken from the record. They rest "
            "on the scans that were known at the time."
        )
    if taken.drift:
        said.append(
            "cautions scanner_drift: taken from the record. What is usual for the scanner has moved on since."
        )
    return tuple(said)


def _notes(recorded: RecordedReading) -> tuple[str, ...]:
    reading = recorded.reading
    said = []
    if recorded.revision < recorded.revisions:
        said.append(f"Revision {recorded.revision} is superseded; the newest is {recorded.revisions}.")
    if reading.status == "not_readable" and reading.grade is None and not _unit_is_gone(recorded):
        said.append(
            "It is a dead letter: reading failed, and why is all that it says. What failed then may not fail now."
        )
    if reading.provenance.read_with is None:
        said.append(
            "It does not say which profile, learnt air and commodity codes it was read with: those of now were taken."
        )
    return tuple(said)


def _unit_is_gone(recorded: RecordedReading) -> bool:
    return recorded.part is not None and recorded.part.missing is not None

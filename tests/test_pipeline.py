import json
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import imagecodecs
import jsonschema
import numpy as np
import pytest
import tifffile

from tallyscan.acquire.limits import Limits
from tallyscan.bootstrap import load_reader
from tallyscan.declaration import Declaration, parse_declaration
from tallyscan.declare.declarations import read_declarations
from tallyscan.declare.mappings import load_mappings
from tallyscan.errors import NotFound
from tallyscan.finding import Anomaly, Detection
from tallyscan.pipeline import Reader
from tallyscan.reading import reading_from_dict, reading_schema, reading_to_dict
from tallyscan.risk import RiskIndicator
from tallyscan.scan import Scan, ScanFiles, ScanPart
from tallyscan.settings import Settings
from tests.declare.documents import documents
from tests.sample_images import OTHER_CONTAINER, container_tiff, declaration_json, scan_files

NOT_ASSESSED = {
    "decision": "not_assessed",
    "alarm": None,
    "score": None,
    "threshold": None,
    "calibration": None,
}


def test_a_scan_is_read_with_everything_that_names_how(reader: Reader) -> None:
    files = scan_files(declaration=declaration_json())
    result = reader.read(files, name="gate-1/scan.tif")
    reading = result.reading
    assert (reading.scan, reading.sha256, reading.status, reading.reason) == (
        "gate-1/scan.tif",
        files.sha256,
        "read",
        None,
    )
    assert reading.grade == "transmission"
    assert reading.anomaly.decision == "clear"
    assert reading.containers
    assert {verdict.rule for verdict in reading.verdicts} >= {"empty", "mass", "commodity"}
    assert reading.risk.score is not None
    assert reading.provenance.software.startswith("tallyscan ")
    assert reading.provenance.thresholds == "tiny"
    assert reading.provenance.tiling == "whole"
    assert reading.provenance.profile == "generic_transmission"
    assert reading.provenance.calibration_sha256
    assert result.declaration == parse_declaration(declaration_json())
    assert result.expected is not None
    assert result.expected.with_declaration is not None
    steps = reading.seconds
    assert min(steps.decode, steps.calibrate, steps.detect) > 0
    assert steps.decode + steps.calibrate + steps.detect + steps.reconcile <= steps.total + 1e-3


def test_a_scan_that_was_not_read_has_no_mismatch_and_no_expectation(reader: Reader) -> None:
    result = reader.read(scan_files(b"text"), name="a")
    assert result.reading.mismatch is None
    assert result.expected is None
    with pytest.raises(ValueError, match=r"not read has no .* mismatch"):
        replace(result.reading, mismatch=0.5)


def test_a_dense_lump_alarms_and_raises_the_risk(reader: Reader) -> None:
    plain = reader.read(scan_files(), name="a").reading
    lump = reader.read(scan_files(container_tiff(lump=True)), name="b").reading
    assert (plain.anomaly.decision, lump.anomaly.decision) == ("clear", "alarm")
    assert plain.risk.score is not None
    assert lump.risk.score is not None
    assert lump.risk.score > plain.risk.score
    assert lump.risk.lane == "red"


def test_every_reading_follows_the_published_schema_and_comes_back(reader: Reader) -> None:
    schema = reading_schema()
    for files in (scan_files(container_tiff(lump=True), declaration=declaration_json()), scan_files(b"text")):
        document = json.loads(json.dumps(reading_to_dict(reader.read(files, name="a").reading)))
        jsonschema.validate(document, schema)
        assert reading_to_dict(reading_from_dict(document)) == document


@pytest.mark.parametrize(
    ("image", "sidecar", "code"),
    [
        (b"", None, "unsupported_format"),
        (b"not an image", None, "unsupported_format"),
        (container_tiff()[:5000], None, "corrupt_scan"),
        (None, b"{", "invalid_sidecar"),
        (None, b'{"pitch": 3}', "invalid_sidecar"),
        (None, b'{"scanner": "nobody_knows"}', "not_calibrated"),
    ],
    ids=["empty", "text", "truncated", "broken-json", "wrong-sidecar", "unknown-scanner"],
)
def test_bad_input_is_rejected_with_the_reason_and_no_number(
    reader: Reader, image: bytes | None, sidecar: bytes | None, code: str
) -> None:
    result = reader.read(scan_files(image, sidecar, declaration_json()), name="bad")
    document = reading_to_dict(result.reading)
    assert result.scan is None
    assert document["status"] == "rejected"
    assert document["reason"].startswith(code)
    assert document["anomaly"] == NOT_ASSESSED
    assert (document["empty"], document["mass_kg"]) == (None, None)
    assert (document["risk"]["score"], document["risk"]["lane"]) == (None, "not_assessed")
    outcomes = {verdict["rule"]: verdict["outcome"] for verdict in document["verdicts"]}
    assert {outcomes[rule] for rule in ("empty", "mass", "commodity")} == {"undetermined"}


def test_a_scan_that_cannot_be_read_is_never_clear(reader: Reader) -> None:
    target = BytesIO()
    tifffile.imwrite(target, np.full((240, 800), 100, np.uint16))
    result = reader.read(scan_files(target.getvalue()), name="black")
    assert result.scan is not None
    assert result.reading.status == "not_readable"
    assert "black_image" in (result.reading.reason or "")
    assert result.reading.anomaly.decision == "not_assessed"
    assert result.reading.risk.lane == "not_assessed"


def test_too_many_pixels_are_refused(reader: Reader) -> None:
    small = replace(reader, limits=Limits(max_pixels=1000, max_bytes=10**9))
    reading = small.read(scan_files(), name="large").reading
    assert (reading.status, (reading.reason or "").split(":")[0]) == ("rejected", "too_large")


def test_a_broken_declaration_does_not_keep_the_scan_from_being_read(reader: Reader) -> None:
    result = reader.read(scan_files(declaration=b'{"MRN": "1"}'), name="a")
    reading = result.reading
    assert reading.status == "read"
    assert result.declaration is None
    said = next(verdict for verdict in reading.verdicts if verdict.rule == "declaration")
    assert (said.outcome, said.score) == ("undetermined", None)
    assert "transport unit" in said.reason
    assert {verdict.outcome for verdict in reading.verdicts} == {"undetermined"}
    assert any(reason.startswith("invalid_declaration: ") for reason in reading.quality.reasons)
    assert reading.quality.readable
    assert reading.risk.lane != "green"


def test_the_declaration_that_is_given_wins_over_the_file_beside(reader: Reader) -> None:
    corrected = parse_declaration(declaration_json(mass_kg=1))
    result = reader.read(
        scan_files(declaration=b"broken"), name="a", declaration=corrected, declaration_version=2
    )
    assert result.declaration == corrected
    assert result.reading.provenance.declaration_version == 2
    assert all("error" not in verdict.evidence for verdict in result.reading.verdicts)


def test_a_declaration_of_any_format_beside_a_scan_counts(reader: Reader) -> None:
    reads = replace(reader, read_declarations=partial(read_declarations, mappings=load_mappings()))
    for document in documents().values():
        result = reads.read(scan_files(declaration=document), name="a")
        assert result.declaration is not None
        assert result.declaration.reference == "EXAMPLE-000123"


def test_of_a_manifest_beside_a_scan_the_one_with_its_number_counts(reader: Reader) -> None:
    reads = replace(reader, read_declarations=partial(read_declarations, mappings=load_mappings()))
    rows = ["LRN,container,description", f"L-1,{OTHER_CONTAINER},Tiles", "L-2,CSQU3054383,Shirts"]
    found = reads.read(scan_files(declaration="\n".join(rows).encode()), name="a")
    assert found.declaration is not None
    assert found.declaration.reference == "L-2"
    of_none = reads.read(
        scan_files(declaration="\n".join(rows).replace("CSQU3054383", "MSKU9070323").encode()), name="a"
    )
    assert of_none.declaration is None
    said = next(verdict for verdict in of_none.reading.verdicts if verdict.rule == "declaration")
    assert "holds 2 declarations, and which one is meant cannot be told" in said.reason


class SeesNothing:
    """The real model, but for whatever it says of anomalies and of what was not penetrated."""

    def __init__(self, reader: Reader) -> None:
        self._detector = reader.detector
        self.identity = reader.detector.identity
        self.thresholds = reader.detector.thresholds
        self.runtime = reader.detector.runtime

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        seen = self._detector.detect(scan, declaration)
        clear = Anomaly("clear", False, 0.01, 0.5)
        units = tuple(replace(unit, not_penetrated=0.0) for unit in seen.units)
        return replace(seen, units=units, anomaly=clear, findings=(), cautions=())


def test_a_scan_that_let_nothing_through_is_not_green_although_nothing_was_found(reader: Reader) -> None:
    counts = tifffile.imread(BytesIO(container_tiff()))
    counts[100:200, 250:550] = 1
    target = BytesIO()
    tifffile.imwrite(target, counts, photometric="minisblack")
    files = scan_files(target.getvalue(), declaration=declaration_json())
    reading = replace(reader, detector=SeesNothing(reader)).read(files, name="opaque").reading
    assert any(reason.startswith("not_penetrated: ") for reason in reading.quality.reasons)
    assert reading.anomaly.decision == "clear"
    assert "XR-NOT-PENETRATED" in [indicator.code for indicator in reading.risk.indicators]
    assert reading.risk.lane != "green"


def test_goods_in_a_picture_that_merely_look_loaded_are_not_green(reader: Reader) -> None:
    grey = (tifffile.imread(BytesIO(container_tiff())) >> 8).astype(np.uint8)
    picture = ScanFiles(
        (ScanPart("scan.png", imagecodecs.png_encode(grey)),), None, declaration_json(mass_kg=100)
    )
    reading = reader.read(picture, name="picture").reading
    assert (reading.grade, reading.anomaly.decision) == ("display", "clear")
    outcomes = {verdict.rule: verdict.outcome for verdict in reading.verdicts}
    assert (outcomes["empty"], outcomes["mass"], outcomes["commodity"]) == (
        "agrees",
        "undetermined",
        "undetermined",
    )
    assert reading.risk.lane == "yellow"
    assert "XR-UNVERIFIED" in [indicator.code for indicator in reading.risk.indicators]


def test_what_is_known_from_elsewhere_raises_the_risk(reader: Reader) -> None:
    known = (RiskIndicator("XR-REUSED-IMAGE", 4.0),)
    plain = reader.read(scan_files(), name="a").reading.risk
    reused = reader.read(scan_files(), name="a", indicators=known).reading.risk
    assert known[0] in reused.indicators
    assert plain.score is not None
    assert reused.score is not None
    assert reused.score > plain.score
    rejected = reader.read(scan_files(b"text"), name="a", indicators=known).reading.risk
    assert known[0] in rejected.indicators


def test_an_unknown_profile_is_told_before_anything_is_read(tiny_models_dir: Path) -> None:
    with pytest.raises(NotFound, match="no scanner profile 'x'"):
        load_reader(Settings(models_dir=tiny_models_dir), "x")

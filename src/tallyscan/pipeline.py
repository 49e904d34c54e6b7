"""A scan is read: decoded, calibrated, judged fit or not, detected, held against its declaration."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tallyscan import __version__
from tallyscan.acquire import decoders
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.read_sidecar import delivery_for, sidecar_reader
from tallyscan.calibrate.drift import with_drift
from tallyscan.calibrate.geometry import orientation_of
from tallyscan.calibrate.lengths import with_lengths
from tallyscan.calibrate.plain_greys import plain_greys
from tallyscan.calibrate.profile import ScannerProfile, deliveries_of, profile_for
from tallyscan.calibrate.quality import BLANK_IMAGE, assess
from tallyscan.calibrate.structure_pitch import measured_pitch
from tallyscan.calibrate.to_physical import first_look, lacks_travel, to_physical
from tallyscan.calibrate.unit_scan import cut_to_unit
from tallyscan.declaration import Declaration, ReadDeclarations, canonical_only
from tallyscan.delivery import Delivery
from tallyscan.detect.of_whole import concerning, with_findings_of_whole
from tallyscan.errors import InputError, InvalidDeclaration, NotCalibrated, TallyscanError
from tallyscan.examine.scan_image import ScanImage, image_of, image_of_greys
from tallyscan.finding import Anomaly, Detection, ExpectedPicture, ModelIdentity, NotAssessed
from tallyscan.fingerprint import Fingerprint
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.integrity.checks import check_integrity
from tallyscan.integrity.evidence import Evidence, RemembersScans
from tallyscan.integrity.taken_print import take_print
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.known_consignment import UNKNOWN_CONSIGNMENT, KnownConsignment
from tallyscan.known_machine import UNKNOWN_MACHINE, KnownMachine
from tallyscan.known_unit import SeenUnit
from tallyscan.learnt_air import LearntAir
from tallyscan.on_record import OnRecord
from tallyscan.pixel_pitch import PixelPitch
from tallyscan.reading import PartOfWhole, Provenance, Reading, ReadWith, Seconds, Status
from tallyscan.reconcile.earlier import Earlier, RemembersUnits
from tallyscan.reconcile.rules import judge
from tallyscan.reconcile.see_units import see_units
from tallyscan.report.indicators import of_anomaly, of_integrity
from tallyscan.report.risk_update import assess_risk
from tallyscan.risk import Risk, RiskIndicator
from tallyscan.scan import Quality, RawScan, Scan, ScanFiles
from tallyscan.sidecar import Sidecar
from tallyscan.verdict import Verdict


class DetectsAnomalies(Protocol):
    """The model, loaded once, with what is needed to name it in a court."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model speaks."""
        ...

    @property
    def thresholds(self) -> str:
        """Which set of thresholds it uses."""
        ...

    @property
    def signed_by(self) -> str | None:
        """The id of the trusted key that signed it; None where no key is trusted."""
        ...

    @property
    def runtime(self) -> dict[str, str | int | float]:
        """In what it runs."""
        ...

    def detect(self, scan: Scan, declaration: Declaration | None) -> Detection:
        """What it sees in a readable scan."""
        ...


class Decodes(Protocol):
    """`decoders.decode`, or a pool of processes that do it."""

    def __call__(self, files: ScanFiles, limits: Limits, delivery: Delivery | None = None, /) -> RawScan:
        """Raw pixels, or an `InputError`."""
        ...


@dataclass(frozen=True, eq=False)
class ReadResult:
    """The reading, the scan it was read from (None when rejected) and the declaration it rests on.

    `expected` is what the model would have expected to see; None when the scan was not read. `sidecar` is what the
    scanner says of the scan, of a rejected one too where that can be read. `fingerprint` is that of the image, to be
    kept; None when nothing stands out in it. `faults` are the reasons for which the scan cannot be read. `whole` is the
    scan before it was cut to one unit, the same where it was not. `units` are its cargo units as they are kept.
    `image` is what people look at, of a scan that was decoded and then refused too.
    """

    reading: Reading
    scan: Scan | None
    declaration: Declaration | None
    expected: ExpectedPicture | None = None
    sidecar: Sidecar | None = None
    fingerprint: Fingerprint | None = None
    faults: tuple[str, ...] = ()
    whole: Scan | None = None
    units: tuple[SeenUnit, ...] = ()
    image: ScanImage | None = None

    @property
    def shows_scanner(self) -> Scan | None:
        """The scan, unless it is broken: one that can be read shows its scanner, and one of nothing but air too."""
        faults = {reason.partition(":")[0] for reason in self.faults}
        return self.scan if faults <= {BLANK_IMAGE} else None


def read_scan(
    files: ScanFiles,
    *,
    name: str,
    profiles: Mapping[str, ScannerProfile],
    profile_name: str | None,
    detector: DetectsAnomalies,
    declaration: Declaration | None,
    declaration_version: int,
    limits: Limits,
    indicators: tuple[RiskIndicator, ...] = (),
    decode: Decodes = decoders.decode,
    memory: RemembersScans | None = None,
    machine: KnownMachine = UNKNOWN_MACHINE,
    known: KnownConsignment = UNKNOWN_CONSIGNMENT,
    part: PartOfWhole | None = None,
    calibrated: Scan | None = None,
    units: RemembersUnits | None = None,
    read_declarations: ReadDeclarations = canonical_only,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
    on_record: OnRecord | None = None,
) -> ReadResult:
    """Read one scan. Bad input never raises: the reading says `rejected` or `not_readable`, and why.

    `declaration` is the one that counts; without it the file beside the scan is read. When that is broken the
    scan is read as undeclared, with an undetermined verdict that carries the reason. `indicators` are what is
    known of the scan from elsewhere, `memory` what the store knows of earlier ones and `units` of their cargo,
    `machine` what they have shown of the machine that made it, `known` the other cargo units of its consignment and its
    weighbridge values. With `part`, one cargo unit is read; `calibrated` is the whole scan, where the caller has it
    already. `on_record` stands for all that earlier scans say, where a reading is made again.
    """
    clock = _Clock()
    asked_for = profile_name or files.profile
    read_with = ReadWith(asked_for, nomenclature.sha256, machine.learnt_air_offered)
    record = on_record or OnRecord()
    refused: InvalidDeclaration | None = None
    if declaration is None and files.declaration is not None:
        try:
            declared = read_declarations(files.declaration, None)
            said = sidecar_reader(deliveries_of(profiles))(files, asked_for)
            declaration = declared.one(said.marks if said is not None else ())
        except InvalidDeclaration as error:
            refused = error
    evidence = Evidence(files=tuple(image.name for image in files.images), memory=memory)

    def unread(status: Status, error: TallyscanError) -> ReadResult:
        reading = unread_reading(
            name,
            files.sha256,
            status,
            error,
            detector=detector,
            declaration=declaration,
            declaration_version=declaration_version,
            refused=refused,
            indicators=indicators,
            integrity=part.whole.integrity if part else record.integrity_in(check_integrity(evidence)),
            read_with=read_with,
            seconds=clock.seconds(),
            nomenclature=nomenclature,
            view=files.view,
        )
        said = sidecar_reader(deliveries_of(profiles))(files, asked_for)
        return ReadResult(reading, None, declaration, sidecar=said)

    if part is not None and part.missing is not None:
        return unread("not_readable", part.missing)
    raw: RawScan | None = None
    profile: ScannerProfile | None = None
    try:
        evidence = replace(evidence, delivery=delivery_for(files, deliveries_of(profiles), asked_for))
        pitch = part.whole.pixel_pitch if part is not None else None
        if calibrated is not None:
            whole = calibrated
        else:
            raw = decode(files, limits, evidence.delivery)
            clock.split("decode")
            profile = profile_for(raw, profiles, asked_for)
            whole, pitch = _calibrated(raw, profile, detector, declaration, machine.learnt_now, pitch)
            whole = with_drift(whole, machine.watches)
            whole = replace(whole, cautions=(*whole.cautions, *record.drift), view=files.view)
    except InputError as error:
        return replace(unread("rejected", error), image=_greys(raw, profile, error) if raw else None)
    scan = whole
    if part is not None:
        scan = cut_to_unit(whole, [unit.box for unit in part.whole.containers], part.number)
    quality = assess(scan)
    clock.split("calibrate")
    detection = detector.detect(scan, declaration) if quality.readable else NotAssessed(quality.reasons)
    if isinstance(detection, Detection):
        if part is None and pitch is None and not scan.pitch_known:
            pitch = measured_pitch(detection.units, scan, declaration)
        detection = with_lengths(detection, scan, pitch)
    if part is not None and scan.unit is not None:
        if isinstance(detection, Detection):
            detection = with_findings_of_whole(detection, scan.unit, part.whole.anomaly, part.whole.findings)
        elif concerning(scan.unit, part.whole.findings):
            indicators = (*indicators, *of_anomaly(part.whole.anomaly))
    clock.split("detect")
    earlier = Earlier(see_units(scan, quality, detection, declaration), units)
    judged = judge(scan, quality, detection, declaration, known, earlier, nomenclature)
    verdicts = _with_refused(refused, record.verdicts_in(judged))
    clock.split("reconcile")
    seen = detection if isinstance(detection, Detection) else None
    taken = take_print(scan) if quality.readable and part is None else None
    if part is not None:  # the image is the whole's, and so is what was found of it
        integrity = part.whole.integrity
    else:
        checks = check_integrity(replace(evidence, scan=scan, detection=seen, taken=taken))
        integrity = record.integrity_in(checks)
    elsewhere = (*indicators, *of_integrity(integrity))
    risk = assess_risk(quality, detection, verdicts, elsewhere, scan_cautions=scan.cautions)
    clock.split("integrity")
    reading = _reading(
        name,
        scan,
        quality,
        detection,
        verdicts,
        risk,
        integrity,
        pitch,
        detector,
        declaration_version,
        refused,
        known,
        read_with,
        clock.seconds(),
    )
    return ReadResult(
        reading,
        scan,
        declaration,
        seen.expected if seen else None,
        scan.sidecar,
        taken.fingerprint if taken else None,
        quality.reasons,
        whole,
        earlier.seen,
        image_of(scan),
    )


@dataclass(frozen=True)
class Reader:
    """What stays the same from scan to scan: profiles, model and limits, loaded once, and where files are decoded."""

    profiles: Mapping[str, ScannerProfile]
    profile_name: str | None
    detector: DetectsAnomalies
    limits: Limits
    decode: Decodes = decoders.decode
    read_declarations: ReadDeclarations = canonical_only
    nomenclature: Nomenclature = CHAPTERS_ONLY

    @property
    def deliveries(self) -> dict[str, Delivery]:
        """What the profiles say of the files of a scan, by the name of the profile."""
        return deliveries_of(self.profiles)

    def read(
        self,
        files: ScanFiles,
        *,
        name: str,
        declaration: Declaration | None = None,
        declaration_version: int = 0,
        indicators: tuple[RiskIndicator, ...] = (),
        memory: RemembersScans | None = None,
        machine: KnownMachine = UNKNOWN_MACHINE,
        known: KnownConsignment = UNKNOWN_CONSIGNMENT,
        part: PartOfWhole | None = None,
        calibrated: Scan | None = None,
        units: RemembersUnits | None = None,
        on_record: OnRecord | None = None,
    ) -> ReadResult:
        """See `read_scan`."""
        return read_scan(
            files,
            name=name,
            profiles=self.profiles,
            profile_name=self.profile_name,
            detector=self.detector,
            declaration=declaration,
            declaration_version=declaration_version,
            limits=self.limits,
            indicators=indicators,
            decode=self.decode,
            memory=memory,
            machine=machine,
            known=known,
            part=part,
            calibrated=calibrated,
            units=units,
            read_declarations=self.read_declarations,
            nomenclature=self.nomenclature,
            on_record=on_record,
        )

    def without_moved_declaration(self, files: ScanFiles) -> ScanFiles:
        """Of a scan without a declaration in the store, one that came beside it is broken, or of a consignment that it
        is not of (any more): only the reason why it is broken matters.
        """
        try:
            if files.declaration is not None:
                self.read_declarations(files.declaration, None)
        except InvalidDeclaration:
            return files
        return replace(files, declaration=None)


@dataclass(frozen=True)
class Calibrator:
    """Files to a scan in physical units, without a model: what `tallyscan convert` needs."""

    profiles: Mapping[str, ScannerProfile]
    profile_name: str | None
    limits: Limits
    decode: Decodes = decoders.decode

    @property
    def deliveries(self) -> dict[str, Delivery]:
        """What the profiles say of the files of a scan, by the name of the profile."""
        return deliveries_of(self.profiles)

    def scan_of(self, files: ScanFiles) -> Scan:
        """As a reading would see it. Raises `InputError`."""
        asked_for = self.profile_name or files.profile
        raw = self.decode(files, self.limits, delivery_for(files, self.deliveries, asked_for))
        return to_physical(raw, profile_for(raw, self.profiles, asked_for))


def unread_reading(
    name: str,
    sha256: str,
    status: Status,
    error: TallyscanError,
    *,
    detector: DetectsAnomalies,
    declaration: Declaration | None,
    declaration_version: int,
    refused: InvalidDeclaration | None = None,
    indicators: tuple[RiskIndicator, ...] = (),
    integrity: tuple[IntegrityCheck, ...] = (),
    read_with: ReadWith | None = None,
    seconds: Seconds | None = None,
    nomenclature: Nomenclature = CHAPTERS_ONLY,
    view: str | None = None,
) -> Reading:
    """The reading of a scan that was not read: it says why, and nothing that could pass for an answer."""
    reason = f"{error.code}: {error.reason}"
    quality = Quality(False, (reason,))
    detection = NotAssessed(quality.reasons)
    verdicts = _with_refused(refused, judge(None, quality, detection, declaration, nomenclature=nomenclature))
    return Reading(
        scan=name,
        sha256=sha256,
        status=status,
        reason=reason,
        grade=None,
        quality=quality,
        containers=(),
        anomaly=Anomaly("not_assessed"),
        findings=(),
        commodities=(),
        empty=None,
        mass_kg=None,
        mismatch=None,
        verdicts=verdicts,
        risk=assess_risk(quality, detection, verdicts, (*indicators, *of_integrity(integrity))),
        model=detector.identity,
        provenance=_provenance(
            detector, declaration_version, None, None, UNKNOWN_CONSIGNMENT, read_with, view
        ),
        seconds=seconds or Seconds(),
        integrity=integrity,
    )


def _reading(
    name: str,
    scan: Scan,
    quality: Quality,
    detection: Detection | NotAssessed,
    verdicts: tuple[Verdict, ...],
    risk: Risk,
    integrity: tuple[IntegrityCheck, ...],
    pitch: PixelPitch | None,
    detector: DetectsAnomalies,
    declaration_version: int,
    refused: InvalidDeclaration | None,
    known: KnownConsignment,
    read_with: ReadWith,
    seconds: Seconds,
) -> Reading:
    seen = detection if isinstance(detection, Detection) else None
    cautions = (
        *scan.cautions,
        *((pitch.caution,) if pitch and pitch.caution else ()),
        *(seen.cautions if seen else ()),
        *((f"{refused.code}: {refused.reason}",) if refused else ()),
    )
    return Reading(
        scan=name,
        sha256=scan.sha256,
        status="read" if seen else "not_readable",
        reason=None if seen else "; ".join(quality.reasons),
        grade=scan.grade,
        quality=replace(quality, reasons=tuple(dict.fromkeys((*quality.reasons, *cautions)))),
        containers=seen.units if seen else (),
        anomaly=seen.anomaly if seen else Anomaly("not_assessed"),
        findings=seen.findings if seen else (),
        commodities=seen.commodities if seen else (),
        empty=seen.empty if seen else None,
        mass_kg=seen.mass_kg if seen else None,
        mismatch=seen.mismatch if seen else None,
        verdicts=verdicts,
        risk=risk,
        model=detector.identity,
        provenance=_provenance(detector, declaration_version, scan, seen, known, read_with, scan.view),
        seconds=seconds,
        integrity=integrity,
        pixel_pitch=pitch,
    )


def _calibrated(
    raw: RawScan,
    profile: ScannerProfile,
    detector: DetectsAnomalies,
    declaration: Declaration | None,
    learnt: Sequence[LearntAir],
    known: PixelPitch | None,
) -> tuple[Scan, PixelPitch | None]:
    """The scan in physical units, and the size of a pixel where it had to be measured; `known` is that of the whole of
    which a part is read.

    Where vehicles drive through at a speed that nobody knows, a first look finds their containers, whose length is
    known; then the scan is read at its true scale.
    """
    if not lacks_travel(raw, profile):
        return to_physical(raw, profile, learnt=learnt), known
    if known is not None and known.along_mm is not None:
        return to_physical(raw, profile, known.along_mm, learnt), known
    look = first_look(raw, profile, learnt)
    quality = assess(look)
    if not quality.readable:
        return look, None
    pitch = measured_pitch(detector.detect(look, declaration).units, look, declaration)
    if pitch.along_mm is None:
        raise NotCalibrated(
            f"The size of a pixel along the travel is not known. {pitch.reason}",
            remedy="Give pitch_mm.x in the sidecar, or declare the size and type of the container.",
        )
    return to_physical(raw, profile, pitch.along_mm, learnt), pitch


def _greys(raw: RawScan, profile: ScannerProfile | None, error: InputError) -> ScanImage:
    """What can be shown of a scan that was decoded and cannot be calibrated."""
    orientation = orientation_of(raw.sidecar, profile) if profile else raw.sidecar.orientation
    return image_of_greys(*plain_greys(raw, orientation), error.reason)


def _provenance(
    detector: DetectsAnomalies,
    declaration_version: int,
    scan: Scan | None,
    seen: Detection | None,
    known: KnownConsignment,
    read_with: ReadWith | None,
    view: str | None,
) -> Provenance:
    return Provenance(
        software=f"tallyscan {__version__}",
        profile=scan.profile if scan else None,
        calibration_sha256=scan.calibration_sha256 if scan else None,
        thresholds=detector.thresholds,
        declaration_version=declaration_version,
        runtime=detector.runtime,
        tiling=seen.tiling if seen else None,
        learnt_air=scan.learnt_air if scan else None,
        others=known.others,
        weighed=known.weighed,
        read_with=read_with,
        view=view,
    )


def _with_refused(refused: InvalidDeclaration | None, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Of a declaration that cannot be used, that is what there is to say, and no rule knows it."""
    if refused is None:
        return verdicts
    said = Verdict(None, "declaration", "undetermined", None, refused.reason, {"error": refused.code})
    return (said, *(verdict for verdict in verdicts if verdict.rule != "declaration"))


class _Clock:
    """Wall time of the steps, one after the other."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._steps: dict[str, float] = {}

    def split(self, step: str) -> None:
        now = time.perf_counter()
        self._steps[step] = round(now - self._last, 4)
        self._last = now

    def seconds(self) -> Seconds:
        return Seconds(**self._steps, total=round(time.perf_counter() - self._start, 4))

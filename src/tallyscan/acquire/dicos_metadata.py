"""What a DICOS file says of its scan, as the canonical sidecar. Nothing is guessed: what is not understood is told.

The object of inspection (OOI) stands where DICOM has the patient: its id is the container number.
"""

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from tallyscan.acquire.coded_depth import LOSSY_CAUTION, largest_count
from tallyscan.acquire.dicos_file import DicosFile
from tallyscan.acquire.dicos_modality import has_modality
from tallyscan.acquire.dicos_pixels import LOSSY
from tallyscan.acquire.picture import Description
from tallyscan.acquire.sidecar_values import converted
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.errors import wrong_fields
from tallyscan.raw_layout import Plane
from tallyscan.sidecar import MarkRead, Sidecar, UnitMark, legible_mark
from tallyscan.sidecar_mapping import Value

_NOT_CARGO = {"BAGGAGE", "BIO_SAMPLE", "ANIMAL", "PERSON"}
# Four letters and seven digits (ISO 6346), with a letter or digit misread here and there.
_LIKE_A_CONTAINER_NUMBER = re.compile(r"(?=(?:.{0,3}[A-Z]){3})[A-Z0-9]{4}(?=(?:.{0,2}\d){5})[A-Z0-9]{7}")
_MOST_CHARACTERS = 80
_KEPT = (
    "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Manufacturer", "ManufacturerModelName",
    "DeviceSerialNumber", "StationName", "InstitutionName", "SoftwareVersions", "PatientID", "IssuerOfPatientID",
    "TypeOfPatientID", "OOIType", "ScanType", "ViewPosition", "ImageType", "KVP", "PixelIntensityRelationship",
    "RescaleSlope", "RescaleIntercept", "RescaleType",
)  # fmt: skip
_DIGITS = re.compile(r"(\d{8})(\d{2})(\d{2})?(\d{2})?(\.\d{1,6})?([+-]\d{4})?")


def described(
    file: DicosFile, frames: int, delivery: Delivery | None, view: str | None = None
) -> Description:
    """The values of the sidecar, for an image of so many frames, or for one view of it."""
    reading = (delivery.dicos if delivery is not None else None) or DicosReading()
    reader = _Reader(file)
    planes = planes_of(file, frames, reading, view)
    channels = frames if view is None else len(reading.frames_of(view))
    said = {
        "device": _device(file),
        "acquired_at": reader.time(reading),
        "grade": reader.grade(),
        "energies_mv": reader.energies(channels),
        "full_scale": _full_scale(file, delivery, rescaled=reading.rescale),
        "pitch_mm": reader.pitch(turned=delivery is not None and delivery.turned),
        "units": reader.units(),
        "extensions": {"dicos": _kept(file) | ({"view": view} if view is not None else {})},
    }
    for name, value in list(said.items()):
        try:
            Sidecar.model_validate({name: value})
        except ValidationError as error:
            reader.not_understood.append(wrong_fields(error))
            said[name] = None
    if not reading.rescale and has_modality(file):
        reader.cautions.append(
            "not_rescaled: the file has a rescale or a Modality LUT, and the stored counts were taken."
        )
    if reader.not_understood:
        reader.cautions.append(
            f"metadata_not_understood: in the DICOM file {'; '.join(reader.not_understood)}."
        )
    sidecar = Sidecar.model_validate({name: value for name, value in said.items() if value})
    return Description(
        sidecar,
        tuple(reader.cautions),
        planes,
        file.text("StudyInstanceUID"),
        file.text("ViewPosition"),
    )


def planes_of(
    file: DicosFile, frames: int, reading: DicosReading, view: str | None = None
) -> tuple[Plane, ...]:
    """Which energies the frames of a view are, by the profile or by the image type; empty where nothing says it."""
    if frames > 1:
        energies = reading.energies_of(view) if len(reading.frames) == frames else ()
        if energies or view is None:
            return energies
    words = {word for value in file.texts("ImageType") for word in re.split(r"[ _-]+", value.upper())}
    named: list[Plane] = [plane for plane in ("high", "low") if plane.upper() in words]
    return tuple(named) if "ENERGY" in words and len(named) == 1 else ()


class _Reader:
    """Reads values of one file; remembers what was not understood and what a person must know."""

    def __init__(self, file: DicosFile) -> None:
        self._file = file
        self.not_understood: list[str] = []
        self.cautions: list[str] = []

    def time(self, reading: DicosReading) -> datetime | None:
        file = self._file
        text = file.text("AcquisitionDateTime") or ""
        for kind in ("Acquisition", "Content", "Study"):
            date = file.text(f"{kind}Date")
            text = text or (f"{date}{file.text(f'{kind}Time') or ''}" if date else "")
        if not text:
            return None
        found = _DIGITS.fullmatch(text.replace(":", ""))
        if not found:
            self.not_understood.append(f"the time {text[:40]!r}")
            return None
        day, hour, minute, second, fraction, zone = found.groups()
        zone = zone or file.text("TimezoneOffsetFromUTC") or ""
        fraction = fraction.ljust(7, "0") if fraction else ""
        written = f"{day}T{hour}{minute or '00'}{second or '00'}{fraction}{zone}"
        try:
            value = Value(path="", time_zone=reading.time_zone)
            time: datetime = converted("acquired_at", value, [written])
        except ValueError as error:
            self.not_understood.append(f"the time {error}")
            return None
        return time

    def grade(self) -> str | None:
        """`display` when the greys are surely not proportional to the signal; the profile says the rest."""
        relation = (self._file.text("PixelIntensityRelationship") or "").upper()
        lossy = (
            self._file.structure.transfer_syntax in LOSSY or self._file.text("LossyImageCompression") == "01"
        )
        if lossy:
            self.cautions.append(LOSSY_CAUTION)
        return "display" if lossy or relation in ("LOG", "DISP") else None

    def energies(self, channels: int) -> list[float] | None:
        """End point in MV. One value says nothing of several energies."""
        volts = [number for number in self._file.numbers("KVP") if number]
        return [volts[0] / 1000] if len(volts) == 1 and channels == 1 else None

    def pitch(self, *, turned: bool) -> dict[str, float] | None:
        """At the cargo: spacing that was calibrated for it, or that of the detector by the magnification."""
        detector = self._file.numbers("ImagerPixelSpacing")
        cargo = self._file.numbers("PixelSpacing")
        magnification = self._file.numbers("EstimatedRadiographicMagnificationFactor")
        if cargo and cargo == detector and not self._file.text("PixelSpacingCalibrationType"):
            cargo = ()  # then it is that of the detector (PS3.3 10.7.1.3)
        if not cargo and detector and len(magnification) == 1 and magnification[0] > 0:
            cargo = tuple(spacing / magnification[0] for spacing in detector)
        if not cargo:
            if detector:
                self.not_understood.append("the pixel spacing, which is given at the detector only")
            return None
        if len(cargo) != 2:
            self.not_understood.append("the pixel spacing")
            return None
        down, across = (round(spacing, 6) for spacing in cargo)
        return {"x": down, "y": across} if turned else {"x": across, "y": down}

    def units(self) -> list[UnitMark]:
        """The id of the object of inspection, where it can be a container number."""
        ooi = self._file.text("PatientID")
        if not ooi or (self._file.text("OOIType") or "").upper() in _NOT_CARGO:
            return []
        text = legible_mark(ooi)
        if len(ooi) > _MOST_CHARACTERS or not text or not _LIKE_A_CONTAINER_NUMBER.fullmatch(text):
            self.not_understood.append(f"the object id {ooi[:40]!r}, which is no container number")
            return []
        return [UnitMark(container_number=MarkRead(as_read=ooi, text=text))]


def _device(file: DicosFile) -> str | None:
    name = file.text("StationName") or file.text("DeviceSerialNumber")
    return name[:_MOST_CHARACTERS] if name else None


def _full_scale(file: DicosFile, delivery: Delivery | None, *, rescaled: bool) -> int | None:
    """The largest count, where a sample is wider than it: 4095 of 12 bits. What the profile says is less, wins."""
    bits, allocated = file.whole("BitsStored", 0), file.whole("BitsAllocated", 0)
    signed = file.whole("PixelRepresentation", 0)
    if not 8 <= bits < allocated or (rescaled and has_modality(file)):
        return None
    return largest_count(bits - signed, delivery)


def _kept(file: DicosFile) -> dict[str, Any]:
    """What is kept as it is, as text."""
    texts = {keyword: "\\".join(file.texts(keyword))[:200] for keyword in _KEPT if keyword in file.elements}
    return {keyword: text for keyword, text in texts.items() if text}

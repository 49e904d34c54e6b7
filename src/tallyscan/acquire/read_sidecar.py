"""Which scanner a scan is of, and what that scanner says of it, in whichever form it says it."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from tallyscan.acquire import decode_dicos
from tallyscan.acquire.decode_raw import trailer_of
from tallyscan.acquire.file_formats import HEAD_BYTES
from tallyscan.acquire.limits import Limits
from tallyscan.acquire.map_sidecar import MappedSidecar, map_sidecar
from tallyscan.acquire.said_by_files import said_by_files, with_own_words
from tallyscan.acquire.scan_parts import placed_parts
from tallyscan.acquire.vendor_xml import root_of
from tallyscan.delivery import Delivery
from tallyscan.errors import InputError, InvalidSidecar, UnsupportedFormat
from tallyscan.scan import ScanFiles, ScanPart
from tallyscan.sidecar import Sidecar, parse_sidecar
from tallyscan.xml_document import is_xml

Deliveries = Mapping[str, Delivery]
_HEAD_BYTES = 16
_MOST_OF_A_DEVICE = 80
_USUAL = Limits()


def delivery_for(files: ScanFiles, deliveries: Deliveries, requested: str | None = None) -> Delivery | None:
    """How the scan was delivered: by the profile that is named, else by what no other file has.

    Named by whoever asks, by the receiver, or by the sidecar; else told by the magic number of a raw file, the root
    element of an XML sidecar or the model name in a DICOM file. None: nothing names it, or the profile says nothing of
    files. Raises `UnsupportedFormat` when several profiles fit.
    """
    name = requested or files.profile or _named_by_sidecar(files.sidecar)
    if name is not None and name in deliveries:
        return deliveries[name]
    head = files.images[0].data[:_HEAD_BYTES] if files.images else b""
    fitting = [d for d in deliveries.values() if d.raw is not None and d.raw.recognises(head)]
    if not fitting and name is None and files.sidecar is not None:
        root = root_of(files.sidecar)
        fitting = [
            d for d in deliveries.values() if root and d.sidecar is not None and d.sidecar.root == root
        ]
    if not fitting and name is None and files.images:
        fitting = _by_model(files.images[0], deliveries)
    if len(fitting) > 1:
        names = " and ".join(delivery.name for delivery in fitting)
        raise UnsupportedFormat(
            f"{files.images[0].name}: the profiles {names} fit alike.", remedy="Name the scanner's profile."
        )
    return fitting[0] if fitting else None


def read_sidecar(files: ScanFiles, delivery: Delivery | None, limits: Limits = _USUAL) -> MappedSidecar:
    """What the scanner says of the scan, beside the image and in it; where both speak, the sidecar is believed.

    The scanner is that of the delivery where nothing else is said. Of one view the machine bears its name too: a view
    has detectors of its own, which drift and are calibrated apart. Raises `InvalidSidecar` for a document that cannot
    be read, `InputError` for an image that should hold it.
    """
    beside = _said_beside(files, delivery)
    if delivery is not None and delivery.raw is not None:  # raw files say nothing
        return beside
    said = with_own_words(beside, said_by_files(files.images, limits, delivery, files.view))
    return said if files.view is None else _of_view(said, files.view)


def _of_view(said: MappedSidecar, view: str) -> MappedSidecar:
    device = said.sidecar.device
    if device is None:
        return said
    named = f"{device[: _MOST_OF_A_DEVICE - len(view) - 1]} {view}"
    return said._replace(sidecar=said.sidecar.model_copy(update={"device": named}))


def _said_beside(files: ScanFiles, delivery: Delivery | None) -> MappedSidecar:
    mapping = delivery.sidecar if delivery is not None else None
    document = files.sidecar
    if delivery is not None and mapping is not None:
        if document is None and delivery.raw is not None:
            document = trailer_of(placed_parts(files.images, delivery), delivery.raw)
        if document is not None and (mapping.format == "json" or is_xml(document)):
            return map_sidecar(document, mapping, delivery.name)
    if document is not None and is_xml(document):
        raise InvalidSidecar(
            "The sidecar is XML, and no scanner profile says what stands in it.",
            remedy="Name a profile with a table [sidecar], or send JSON as in docs/reference/sidecar.schema.json.",
        )
    sidecar = parse_sidecar(document) if document is not None else Sidecar()
    if delivery is not None and sidecar.scanner is None:
        sidecar = sidecar.model_copy(update={"scanner": delivery.name})
    lost = ("sidecar_missing: the scanner's document did not come.",) if mapping and document is None else ()
    return MappedSidecar(sidecar, lost)


def sidecar_reader(deliveries: Deliveries) -> Callable[[ScanFiles, str | None], Sidecar | None]:
    """For the intake, which asks before anything is decoded: the sidecar of a scan under that profile.

    None when it cannot be read: why is said when the scan is.
    """

    def read(files: ScanFiles, profile: str | None) -> Sidecar | None:
        with suppress(InputError):
            return read_sidecar(files, delivery_for(files, deliveries, profile)).sidecar
        return None

    return read


def _by_model(part: ScanPart, deliveries: Deliveries) -> list[Delivery]:
    """Those whose scanner has the model name that stands in a DICOM file."""
    models = [d for d in deliveries.values() if d.dicos is not None and d.dicos.model is not None]
    if not models or not decode_dicos.recognises(part.data[:HEAD_BYTES]):
        return []
    with suppress(InputError):  # then it is said when it is decoded
        model = decode_dicos.model_of(part, _USUAL)
        return [
            d for d in models if model and d.dicos and (d.dicos.model or "").casefold() == model.casefold()
        ]
    return []


def _named_by_sidecar(data: bytes | None) -> str | None:
    if data is None or is_xml(data):
        return None
    with suppress(InvalidSidecar):  # then it is said when it is read
        return parse_sidecar(data).scanner
    return None

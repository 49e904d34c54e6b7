"""What pydicom must know of DICOS (NEMA IIC 1) beyond its own dictionary."""

import warnings
from functools import cache

from pydicom import config
from pydicom.datadict import add_dict_entries

# VR, VM, name, retired, keyword. As they stand in files of the v03 toolkit; the first two are new meanings of tags
# that DICOM itself has otherwise.
_ENTRIES: dict[int, tuple[str, str, str, str, str]] = {
    0x00080118: ("CS", "1", "Image Origin", "", "ImageOrigin"),
    0x40101075: ("FD", "1", "Image Scale Representation", "", "ImageScaleRepresentation"),
    0x00020004: ("CS", "1", "DICOS Version", "", "DICOSFileVersion"),
    0x00082108: ("CS", "1", "Coordinate System", "", "DICOSCoordinateSystem"),
    0x43000902: ("FL", "1", "Effective Energy", "", "EffectiveEnergy"),
    0x40101080: ("DT", "1", "PTO Processing Start Time", "", "PTOProcessingStartTime"),
    0x40101081: ("DT", "1", "PTO Processing End Time", "", "PTOProcessingEndTime"),
    0x40101082: ("FL", "1", "PTO Processing Time", "", "PTOProcessingTime"),
}


@cache
def prepare_pydicom() -> None:
    """Once a process: the entries above, so that implicit VR is understood too, and no complaint about made-up UIDs.

    DICOS toolkits write UIDs that no DICOM allows (leading zeros, too long): for us they are opaque texts. What pydicom
    remarks on what it forgives is not heard: what matters is checked where it is used. A filter for the process,
    because one around each call would be undone by other threads.
    """
    warnings.filterwarnings("ignore", module=r"pydicom\.")
    add_dict_entries(_ENTRIES)
    config.settings.reading_validation_mode = config.IGNORE

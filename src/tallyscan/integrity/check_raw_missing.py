"""Did the raw files come, or only the picture beside them?"""

from tallyscan.integrity.evidence import Evidence, honest, suspect, unknown
from tallyscan.integrity_check import IntegrityCheck
from tallyscan.wording import said


def check_raw_missing(evidence: Evidence) -> IntegrityCheck:
    """Where the scanner's profile says which files make a scan: are they all there?

    A picture that the profile says comes along, alone, is the suspicious case: somebody has left the raw file out.
    """
    files = evidence.delivery.files if evidence.delivery is not None else None
    if files is None:
        return unknown("raw_missing", said("No scanner profile says which files make a scan."))
    if not evidence.files:
        return unknown("raw_missing", said("Which files came is not known."))
    there = {image.name for name in evidence.files if (image := files.image_of(name)) is not None}
    missing = [image.name for image in files.images if image.name not in there]
    if not missing:
        return honest("raw_missing", said("All files came that the scanner's profile names."))
    beside = any(files.stem_beside(name) is not None for name in evidence.files)
    if not there and not beside:
        return unknown("raw_missing", said("The files have other names than the scanner's profile says."))
    reason = said(
        "Only {files:,} came; the scanner's profile says that {missing:and} come too.",
        files=evidence.files,
        missing=missing,
    )
    return suspect("raw_missing", reason, missing=missing)

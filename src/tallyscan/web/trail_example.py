"""An example of an audit trail, cut to its arrival; all of it is invented."""

from typing import Any

from tallyscan.web.examples import READ_SCAN

_SCAN, _AT = READ_SCAN["id"], "2026-02-01T10:02:11Z"
_KEY = {"id": _SCAN}
TRAIL: dict[str, Any] = {
    "scan": _SCAN,
    "as_of": "2026-02-01T12:00:00Z",
    "software": "tallyscan 0.1.0",
    "name": "scan.tif",
    "state": "read",
    "consignment": READ_SCAN["consignment"],
    "revision": 1,
    "image_sha256": READ_SCAN["sha256"],
    "files": [
        {
            "kind": "image",
            "name": "scan.tif",
            "sha256": READ_SCAN["sha256"],
            "size_bytes": 384_512,
            "intact": None,
        }
    ],
    "readings": [
        {
            "revision": 1,
            "at": "2026-02-01T10:02:12Z",
            "sha256": "4c2e" * 16,
            "model": READ_SCAN["model"],
            "thresholds": READ_SCAN["provenance"]["thresholds"],
            "calibration_sha256": READ_SCAN["provenance"]["calibration_sha256"],
            "declaration_version": 1,
            "software": "tallyscan 0.1.0",
        }
    ],
    "entries": [
        {
            "at": _AT,
            "kind": "arrived",
            "by": None,
            "in_words": "scan.tif arrived by http.",
            "values": {"scan": _SCAN, "name": "scan.tif", "origin": "http"},
            "sources": [
                {
                    "table": "scans",
                    "key": _KEY,
                    "sha256": "7d10" * 16,
                    "record": _KEY | {"name": "scan.tif", "origin": "http", "received_at": _AT},
                }
            ],
        }
    ],
    "sha256": "e57b" * 16,
}

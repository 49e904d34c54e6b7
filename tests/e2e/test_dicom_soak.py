from pathlib import Path

from tests.e2e.dicom_soak import soak
from tests.needed import needs


@needs("storescu", package="dcmtk")
def test_what_dcmtk_sends_over_tls_arrives_once_and_unchanged(tiny_models_dir: Path, tmp_path: Path) -> None:
    """`make soak` sends 200 files of 30 MB."""
    assert soak(tiny_models_dir, tmp_path, files=6, megabytes=1).files == 6

"""A crossing point and its centre with the line cut, both killed: in full by `make soak`."""

from pathlib import Path

from tests.e2e import edge_soak


def test_a_crossing_point_goes_on_alone_and_its_centre_catches_up(
    tiny_models_dir: Path, tmp_path: Path
) -> None:
    done = edge_soak.soak(tmp_path, tiny_models_dir, consignments=2, seed=1, cuts=("both",))
    assert done.consignments == 2
    assert done.behind > 0

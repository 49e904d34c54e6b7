"""The load trial in small: web, two workers, scanners with keys, an officer and a risk system at once."""

from pathlib import Path

from tests.load.trial import TO_EVENT, TO_READING, Load, trial
from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql()


def test_what_scanners_send_while_an_officer_works_is_read_told_and_kept(
    tiny_models_dir: Path, tmp_path: Path
) -> None:
    load = Load(
        "postgresql",
        scanners=3,
        scans_a_minute=120,
        minutes=0.03,
        megabytes=3,
        operators=0,
        kinds=1,
    )
    came = trial(load, tiny_models_dir, tmp_path)
    assert not came.lost
    assert not came.faults
    assert came.sent.told_to_wait == 0
    sent = len(came.sent.accepted)
    assert sent >= 3
    assert came.times[TO_READING].number == came.times[TO_EVENT].number == sent

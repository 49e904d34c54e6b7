"""Whatever a file holds, it ends as pixels or as an error that says why, within the memory and the time it may have.

`make soak` runs a thousand of each: `tests/soak_mutants.py`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tallyscan.acquire import decoders
from tallyscan.acquire.decode_pool import DecodePool
from tallyscan.acquire.file_formats import DECODERS
from tallyscan.acquire.pool_layout import DecoderDefect
from tallyscan.delivery import Delivery, DicosReading
from tallyscan.scan import ScanFiles, ScanPart
from tests.acquire import misbehaving
from tests.contracts.hostile_dicom import HOSTILE
from tests.contracts.mutants import ALLOWANCE, LIMITS, ON_ARRIVAL, VIEWS, Seed, arrive, mutant, outcome, seeds

MUTANTS = 60


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    """One process, so that what one mutant leaves behind meets the next."""
    with DecodePool(1, ALLOWANCE) as opened:
        yield opened


@pytest.fixture(scope="module")
def arriving() -> Iterator[DecodePool]:
    """Does what the service does by itself when a file comes; here it may be stopped."""
    with DecodePool(1, ON_ARRIVAL, arrive) as opened:
        yield opened


def test_every_decoder_has_its_mutants() -> None:
    assert set(seeds()) == {decoder.FILE_FORMAT for decoder in DECODERS} | {"raw"}
    for decoder, of_decoder in seeds().items():
        for files, delivery in of_decoder:
            assert decoders.decode(files, LIMITS, delivery).file_format == decoder


@pytest.mark.parametrize(
    ("happens", "ending"),
    [
        ("endless", "stopped"),
        ("takes_memory", "no memory"),
        ("killed", "no memory"),
        ("segfault", "crashed"),
        ("aborts", "crashed"),
        ("refuses", "refused"),
        ("nothing", "read"),
    ],
)
def test_every_ending_is_told_from_the_others(happens: str, ending: str) -> None:
    files = seeds()["npy"][0].files
    hasty = replace(ALLOWANCE, seconds=1)
    with DecodePool(1, hasty if happens == "endless" else ALLOWANCE, misbehaving.decode) as opened:
        ended = outcome(opened, Seed(ScanFiles((ScanPart(happens, files.images[0].data),))))
    assert ended.ending == ending


def test_a_defect_of_a_decoder_is_no_answer() -> None:
    scan = Seed(ScanFiles((ScanPart("defect", seeds()["npy"][0].files.images[0].data),)))
    with DecodePool(1, ALLOWANCE, misbehaving.decode) as opened, pytest.raises(DecoderDefect):
        outcome(opened, scan)


@pytest.mark.parametrize("decoder", seeds())
def test_what_the_service_reads_of_a_mutant_itself_is_little(arriving: DecodePool, decoder: str) -> None:
    for number in range(MUTANTS):
        assert outcome(arriving, mutant(decoder, number)).ending in ("read", "refused"), number


@pytest.mark.parametrize("tries", HOSTILE)
def test_a_file_that_promises_much_takes_little_when_it_comes(arriving: DecodePool, tries: str) -> None:
    file = ScanFiles((ScanPart("a.dcm", HOSTILE[tries]()),))
    by_model = Delivery("gate", dicos=DicosReading(model="Gate 6"))
    assert outcome(arriving, Seed(file, by_model)).ending in ("read", "refused")


@pytest.mark.parametrize("decoder", seeds())
def test_the_same_number_makes_the_same_mutant(decoder: str) -> None:
    made = [mutant(decoder, number).files.sha256 for number in range(MUTANTS)]
    assert made == [mutant(decoder, number).files.sha256 for number in range(MUTANTS)]
    assert len(set(made)) == MUTANTS
    assert not set(made) & {seed.files.sha256 for seed in seeds()[decoder]}


@pytest.mark.parametrize("decoder", seeds())
def test_a_mutant_ends_as_pixels_or_as_a_reason(pool: DecodePool, decoder: str) -> None:
    valid = seeds()[decoder][0]
    expected = decoders.decode(valid.files, LIMITS, valid.delivery)
    at_rest = outcome(pool, valid).peak_bytes
    endings: Counter[str] = Counter()
    for number in range(MUTANTS):
        ended = outcome(pool, mutant(decoder, number))
        endings[ended.ending] += 1
        assert ended.peak_bytes < at_rest + ALLOWANCE.memory_bytes
    assert endings["refused"] > MUTANTS / 3, "the changes are too small to try anything"
    assert endings.total() == MUTANTS
    again = pool.decode(valid.files, LIMITS, valid.delivery)
    np.testing.assert_array_equal(again.pixels, expected.pixels)


def test_a_mutant_of_two_views_ends_as_one_of_them_or_as_a_reason(pool: DecodePool) -> None:
    endings = Counter(
        outcome(pool, Seed(replace(mutant("dicos", number).files, view="side"), VIEWS)).ending
        for number in range(MUTANTS)
    )
    assert endings.total() == endings["read"] + endings["refused"]
    assert endings["read"] > 0

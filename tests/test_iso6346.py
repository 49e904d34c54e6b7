import pytest

from tallyscan.iso6346 import check_digit, corrected, has_form, is_valid


@pytest.mark.parametrize("number", ["CSQU3054383", "MSKU9070323", "TOLU4734787", "HOYU7510136"])
def test_known_numbers_are_valid(number: str) -> None:
    assert is_valid(number)


def test_every_single_wrong_digit_is_noticed() -> None:
    for place in range(4, 10):
        for digit in "0123456789":
            changed = f"CSQU305438{3}"[:place] + digit + "CSQU3054383"[place + 1 :]
            assert is_valid(changed) == (changed == "CSQU3054383")


def test_a_remainder_of_ten_is_written_as_zero() -> None:
    tens = [f"ABCU{n:06d}" for n in range(200)]
    raw = [number for number in tens if check_digit(number) == 0]
    assert len(raw) > 200 / 11 * 1.5  # remainders 0 and 10 both come out as 0


@pytest.mark.parametrize(
    "number", ["CSQU305438", "CSQX3054383", "CSQU30543833", "CS1U3054383", "csqu3054383", "ÇSQU3054383", ""]
)
def test_other_texts_have_not_the_form(number: str) -> None:
    assert not has_form(number)
    assert not is_valid(number)


def test_the_right_digit_is_put_in() -> None:
    assert corrected("CSQU3054389") == "CSQU3054383"

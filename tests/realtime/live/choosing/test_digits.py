import pytest

from nstcam.realtime.live.choosing.digits import Digits

SOON, LATER = 0.4, 0.6


@pytest.mark.parametrize(
    ("typed", "count", "numbers"),
    [
        ([(1, SOON), (2, SOON)], 14, [1, 12]),
        ([(1, SOON), (0, SOON)], 14, [1, 10]),
        ([(1, LATER), (2, SOON)], 14, [1, 2]),
        ([(1, SOON), (2, SOON)], 11, [1, 2]),
        ([(3, SOON), (2, SOON)], 14, [3, 2]),
        ([(1, SOON), (1, SOON), (1, SOON)], 14, [1, 11, 1]),
        ([(0, SOON), (2, SOON)], 14, [0, 2]),
        ([(3, SOON), (1, SOON), (2, SOON)], 14, [3, 1, 12]),
    ],
)
def test_two_digits_make_a_number_if_they_come_together_and_there_is_such_a_style(
    typed: list[tuple[int, float]], count: int, numbers: list[int]
) -> None:
    """Each digit, and the pause after it."""
    now = [0.0]
    digits, found = Digits(lambda: now[0]), []
    for digit, pause in typed:
        found.append(digits.number(digit, count))
        now[0] += pause
    assert found == numbers

import cv2
import numpy as np
import pytest

from nstcam.realtime.effects import strips
from nstcam.realtime.effects.enlarge import REVERSED, STEEPEST, enlarged, slope
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.strokes import NATIVE, RATIOS, Ratio, covered_hw, shrunk
from nstcam.realtime.frame import Frame
from tests.support.media.clips import texture

HEIGHT, WIDTH = 240, 320
SOME = [Ratio("5/4"), Ratio("3/2"), Ratio(2), Ratio("5/2"), Ratio(3), Ratio(4)]


def detailed(height: int = HEIGHT, width: int = WIDTH) -> Frame:
    """Hair-like lines, text and blobs, in colour."""
    frame = cv2.GaussianBlur(texture(height, width), (0, 0), 2)
    rng = np.random.default_rng(4)
    for _ in range(40):
        first, last = rng.integers(0, (width, height), (2, 2)).tolist()
        colour = rng.integers(0, 255, 3).tolist()
        cv2.line(frame, first, last, colour, 1, cv2.LINE_AA)
    cv2.putText(frame, "nstcam", (20, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (250, 250, 250), 1, cv2.LINE_AA)
    return np.asarray(frame, np.uint8)


def painting(small: Frame) -> Frame:
    """A style: fewer colours, another contrast, softened."""
    soft = cv2.bilateralFilter(small, 5, 40, 3).astype(float)
    return np.clip(200 - 0.7 * soft[:, :, ::-1], 0, 255).astype(np.uint8)


def plain(painted: Frame, frame: Frame, ratio: Ratio) -> Frame:
    """The painting enlarged without the frame."""
    height, width = frame.shape[:2]
    size_hw = covered_hw((height, width), ratio)
    return np.asarray(cv2.resize(painted, size_hw[::-1], interpolation=cv2.INTER_LINEAR)[:height, :width], np.uint8)


def edges(frame: Frame) -> np.ndarray:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)).ravel()


def likeness(first: Frame, second: Frame) -> float:
    """Correlation of the gradients."""
    return float(np.corrcoef(edges(first), edges(second))[0, 1])


def test_at_ratio_1_the_painting_is_returned_itself() -> None:
    frame = detailed()
    assert enlarged(frame, frame, frame, NATIVE) is frame


@pytest.mark.parametrize("ratio", SOME)
def test_edges_are_those_of_the_frame(ratio: Ratio) -> None:
    frame = detailed()
    small = shrunk(frame, ratio)
    painted = painting(small)
    natively, sharp = painting(frame), enlarged(frame, small, painted, ratio)
    assert sharp.shape == frame.shape
    assert likeness(frame, sharp) > 0.9 * likeness(frame, natively)
    assert likeness(frame, sharp) > likeness(frame, plain(painted, frame, ratio))


@pytest.mark.parametrize("ratio", SOME)
def test_a_style_that_changes_nothing_gives_the_frame_back_where_it_has_structure(ratio: Ratio) -> None:
    frame = detailed()
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    small = shrunk(grey, ratio)
    error = np.abs(enlarged(grey, small, small, ratio).astype(int) - grey).mean()
    assert error < 0.6 * np.abs(plain(small, grey, ratio).astype(int) - grey).mean()


def test_a_painting_without_a_relation_to_the_frame_is_only_enlarged() -> None:
    frame = detailed()
    small = shrunk(frame, Ratio(2))
    flat = np.full_like(small, 90)
    assert (enlarged(frame, small, flat, Ratio(2)) == 90).all()


def test_what_is_dark_in_bright_places_gets_the_reverse_of_the_detail() -> None:
    frame = detailed()
    small = shrunk(frame, Ratio(2))
    negative = (255 - small).astype(np.uint8)
    sharp = enlarged(frame, small, negative, Ratio(2)).astype(int)
    wanted = 255 - frame.astype(int)
    assert np.abs(sharp - wanted).mean() < np.abs(plain(negative, frame, Ratio(2)).astype(int) - wanted).mean()


@pytest.mark.parametrize("ratio", [Ratio(2), Ratio("5/2"), Ratio(3)])
def test_beside_an_edge_there_is_no_halo_further_than_two_pixels_away(ratio: Ratio) -> None:
    """Nor anywhere a value beyond those of the two sides, by more than a little."""
    frame = np.full((120, 240, 3), 60, np.uint8)
    frame[:, 121:] = 190
    small = shrunk(frame, ratio)
    sharp = enlarged(frame, small, small, ratio).astype(int)
    away = np.abs(np.arange(240) - 120.5) > 2
    assert np.abs(sharp - frame)[:, away].max() <= 2
    assert (sharp.min(), sharp.max()) >= (56, 186)
    assert sharp.max() <= 194


def test_edges_get_no_fringes_of_another_colour() -> None:
    """A grey painting of a coloured frame stays grey."""
    frame = detailed()
    small = shrunk(frame, Ratio(2))
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    sharp = enlarged(frame, small, grey, Ratio(2)).astype(int)
    assert np.ptp(sharp, axis=2).max() == 0
    assert np.abs(sharp - plain(grey, frame, Ratio(2))).max() > 20


@pytest.mark.parametrize("ratio", RATIOS[1:9])
@pytest.mark.parametrize("hw", [(240, 320), (239, 317)])
def test_strips_meet_without_a_seam(ratio: Ratio, hw: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    frame = detailed(*hw)
    small = shrunk(frame, ratio)
    painted = painting(small)
    in_many = enlarged(frame, small, painted, ratio)
    monkeypatch.setattr(strips, "ROWS", 10_000)
    assert np.array_equal(enlarged(frame, small, painted, ratio), in_many)


def test_memory_is_taken_where_it_is_offered() -> None:
    frame, offered = detailed(), np.empty((HEIGHT, WIDTH, 3), np.uint8)
    small = shrunk(frame, Ratio(2))
    assert enlarged(frame, small, small, Ratio(2), lambda *_: offered) is offered


def test_the_slope_is_that_of_the_painting_within_its_limits_and_small_in_noise() -> None:
    rng = np.random.default_rng(0)
    soft = cv2.GaussianBlur(rng.integers(0, 256, (90, 121)).astype(np.float32), (0, 0), 1)
    grey = np.clip(128 + 3 * (soft - 128), 0, 255).astype(np.uint8)
    halved, steep, negative = ((128 + factor * (grey.astype(float) - 128)).clip(0, 255) for factor in (0.5, 4, -2))

    def found(values: np.ndarray) -> np.ndarray:
        return slope(grey, np.repeat(values.astype(np.uint8)[..., None], 3, 2))

    assert found(halved).shape == grey.shape
    assert np.median(found(halved)) == pytest.approx(0.5, abs=0.12)
    assert found(steep).max() <= STEEPEST
    assert np.median(found(negative)) == REVERSED
    noise = (128 + rng.normal(0, 2, (90, 121))).astype(np.uint8)
    assert np.abs(slope(noise, np.repeat(noise[..., None], 3, 2))).max() < 0.1


@pytest.mark.parametrize(
    ("contrast", "times", "found"),
    [(40, 0.5, 0.5 * 1600 / (1600 + 4.5 * 130)), (40, -0.25, -0.25 * 1600 / (1600 + 4.5 * 130)), (60, 2, 1.5),
     (60, -2, -0.5), (0, 1, 0)],
)  # fmt: skip
@pytest.mark.parametrize("across", [False, True])
def test_the_slope_of_stripes_is_that_of_the_formula(contrast: int, times: float, found: float, across: bool) -> None:
    """Stripes of 2 pixels: of three cells in a row one differs, so the variance is 2/9 of the squared contrast; 130 is
    added to it, and the slope is limited to -0.5 and 1.5."""
    grey = np.tile(np.array([100, 100, 100 + contrast, 100 + contrast], np.uint8), (24, 6))
    grey = np.ascontiguousarray(grey.T) if across else grey
    painted = (128 + times * (grey.astype(float) - 100)).astype(np.uint8)[:, :, None].repeat(3, 2)
    np.testing.assert_allclose(slope(grey, painted), found, atol=1e-3)


@pytest.mark.parametrize("ratio", [Ratio("3/2"), Ratio(3)])
def test_a_dark_frame_that_was_painted_brighter_keeps_its_edges_too(ratio: Ratio) -> None:
    frame = np.asarray(detailed() * 0.3, np.uint8)
    small, bright, tones = lit(shrunk(frame, ratio), brighten=True)
    natively, painted = painting(lit(frame, brighten=True).source), painting(bright)
    with_light = likeness(enlarged(frame, small, painted, ratio, tones=tones), natively)
    assert with_light > likeness(enlarged(frame, small, painted, ratio), natively) + 0.02
    assert with_light > 0.9

import numpy as np
import pytest

from nstcam.train.content.scenes import SceneMaker, power_law, power_law_noise
from nstcam.train.content.sources import BuiltInSource


def test_scenes_look_like_nature_to_first_order() -> None:
    """Dead leaves have the steep spectrum of photographs, unlike noise; and colour, light and dark."""
    source = BuiltInSource()
    rng = np.random.default_rng(5)
    scenes = np.stack([source._scenes.scene(128, rng) for _ in range(12)])
    assert scenes.std((1, 2)).mean() > 15
    grey = scenes.mean(-1)
    spectrum = np.abs(np.fft.rfft2(grey - grey.mean((1, 2), keepdims=True))).mean(0)
    low, high = spectrum[0, 2:6].mean(), spectrum[0, 20:60].mean()
    assert 5 < low / high < 500


def test_power_law_noise_falls_as_asked() -> None:
    noise = power_law_noise(128, 1.0, np.random.default_rng(0))
    spectrum = np.abs(np.fft.fft2(noise))[0]
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert spectrum[2:6].mean() / spectrum[20:60].mean() == pytest.approx(37 / 4, rel=0.5)


def test_a_seed_draws_the_same_scenes_in_every_version() -> None:
    """Or styles of one seed could not be compared: mean and deviation of twelve scenes, and the draw after them."""
    ramp = np.arange(0, 240, 5)
    photo = np.full((48, 48, 3), 90, np.uint8)
    photo[..., 0], photo[..., 1] = ramp[:, None], ramp
    maker, rng = SceneMaker([photo, photo[..., ::-1] // 2]), np.random.default_rng(11)
    scenes = [maker.scene(48, rng) for _ in range(12)]
    means = [73.7, 51.9, 104.7, 162.2, 56.6, 53.3, 41.8, 47.1, 62.5, 52.9, 55.3, 47.1]
    deviations = [47.7, 22.5, 43.6, 72.9, 17.5, 25.7, 26.2, 21.5, 26.9, 25.7, 25.2, 19.4]
    assert [scene.mean() for scene in scenes] == pytest.approx(means, abs=0.1)
    assert [scene.std() for scene in scenes] == pytest.approx(deviations, abs=0.1)
    assert rng.random() == pytest.approx(0.5607, abs=1e-4)


def test_sizes_follow_their_power_law() -> None:
    drawn = power_law(2, 50, 2.2, 20_000, np.random.default_rng(0))
    assert 2 <= drawn.min() < drawn.max() <= 50
    share = (5**-1.2 - 2**-1.2) / (50**-1.2 - 2**-1.2)  # of the sizes below 5
    assert (drawn < 5).mean() == pytest.approx(share, abs=0.01)

import numpy as np
import pytest

from nstcam.train.content.scenes import power_law_noise
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

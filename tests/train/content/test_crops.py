import numpy as np
import pytest

from nstcam.train.content.crops import TrainingCrops, random_crop, vary_light
from nstcam.train.content.sources import BuiltInSource
from nstcam.train.picture import Picture


def test_crops_have_the_asked_size_and_stay_inside() -> None:
    rng = np.random.default_rng(0)
    picture: Picture = np.full((50, 300, 3), 200, np.uint8)
    for size in (32, 64):  # smaller and larger than the shorter side
        crop = random_crop(picture, size, rng)
        assert crop.shape == (size, size, 3)
        assert (crop == 200).all()


def test_large_pictures_are_averaged_on_the_way_down() -> None:
    """Fine stripes become grey; sampled at points, they would become coarse stripes."""
    stripes: Picture = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    for seed in range(5):
        crop = random_crop(stripes, 32, np.random.default_rng(seed))  # sides of 200 to 400 pixels
        assert crop.std() < 20
        assert abs(crop.mean() - 127.5) < 5


def test_crops_are_the_same_for_the_same_seed_and_place() -> None:
    source = BuiltInSource()
    straight = TrainingCrops(source, 64, seed=3, first=0, count=8)
    resumed = TrainingCrops(source, 64, seed=3, first=5, count=8)
    assert (straight[6] == resumed[1]).all()
    assert (straight[6] != straight[7]).any()
    assert straight[6].shape == (3, 64, 64)
    assert 0 <= straight[6].min() <= straight[6].max() <= 1
    assert len(straight) == 8
    with pytest.raises(IndexError, match="8"):
        straight[8]


def test_a_seed_cuts_and_lights_the_same_crops_in_every_version() -> None:
    """Or a resumed training would go on with others: mean and deviation of fourteen crops, and the draw after them."""
    rows, columns = np.mgrid[0:60, 0:90]
    picture = np.stack([4 * rows, 2 * columns, 90 + rows], 2).astype(np.uint8)
    rng = np.random.default_rng(2)
    crops = [
        vary_light(np.asarray(random_crop(picture, 24, rng) / np.float32(255), np.float32), rng) for _ in range(14)
    ]
    means = [0.551, 0.325, 0.438, 0.404, 0.388, 0.412, 0.4, 0.484, 0.13, 0.501, 0.236, 0.225, 0.454, 0.352]
    deviations = [0.229, 0.151, 0.16, 0.163, 0.099, 0.163, 0.152, 0.133, 0.06, 0.096, 0.056, 0.082, 0.224, 0.116]
    assert [crop.mean() for crop in crops] == pytest.approx(means, abs=8e-4)
    assert [crop.std() for crop in crops] == pytest.approx(deviations, abs=8e-4)
    assert rng.random() == pytest.approx(0.597, abs=1e-3)

import numpy as np

from nstcam.train.content.crops import TrainingCrops, random_crop
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

"""Short trainings stay short."""

import pytest

from nstcam.train.fit import colour_map


@pytest.fixture(autouse=True)
def _colours_of_few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training ends with a map of colours, which takes a quarter of a short one if it is measured on 48 pictures."""
    monkeypatch.setattr(colour_map, "PICTURES", 4)

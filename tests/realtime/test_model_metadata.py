"""Tests that metadata of a model change, and nothing else of it."""

from __future__ import annotations

import onnx
import pytest

from nstcam.realtime.model_metadata import with_metadata
from nstcam.realtime.protobuf import Damaged
from nstcam.realtime.style_files.style import BUNDLED_STYLES

MODEL = (BUNDLED_STYLES / "wave.onnx").read_bytes()


def test_metadata_are_added_changed_and_removed() -> None:
    long = "\u00e4" * 300
    before = onnx.load_model_from_string(MODEL)
    after = onnx.load_model_from_string(with_metadata(MODEL, {"nst.name": "mill", "new": long, "nst.training": None}))
    expected = {entry.key: entry.value for entry in before.metadata_props} | {"nst.name": "mill", "new": long}
    del expected["nst.training"]
    assert {entry.key: entry.value for entry in after.metadata_props} == expected
    for model in (before, after):
        del model.metadata_props[:]
    assert after == before


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(Damaged):
        with_metadata(b"\xff" * 40, {})

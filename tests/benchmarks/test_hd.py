from pathlib import Path

from benchmarks.hd import Case, measure, table
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.effects.strokes import Ratio
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import read_style


def test_every_case_has_its_stages_and_the_peers_time_at_its_size(tmp_path: Path) -> None:
    style = read_style(write_negative_style(tmp_path / "n.onnx"))
    with Stylizer(style, "cpu", 1) as stylizer:
        cases = [Case(style, stylizer, (128, 96), Ratio(ratio)) for ratio in (1, 2)]
        result = measure(cases, lambda size: float(size[0]), rounds=2)
    assert result["peer"] == {"128x96": {"least": 128.0, "median": 128.0}}
    assert [case["painting_wh"] for case in result["cases"]] == [(128, 96), (64, 48)]
    assert [case["default"] for case in result["cases"]] == [True, False]
    for case in result["cases"]:
        stages = [case[name]["least"] for name in ("shrink", "follow", "stylize", "enlarge", "steady", "draw")]
        assert 0 < sum(stages) <= 2 * case["all"]["median"]
    text = table(result)
    assert "128x96, painted at 64x48\n" in text
    assert "times as long" in text

"""What tests of the live window share: a screen, styles whose colours can be told apart, and the app among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.tools.desktop import App, Desktop
from benchmarks.tools.waiting import until
from tests.support.models.colour_styles import LEFT, RIGHT, arguments_for, painted, sides


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    desktop = Desktop(tmp_path_factory.mktemp("desktop"))
    yield desktop
    desktop.close()


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return arguments_for(tmp_path_factory.mktemp("styles"))


@pytest.fixture(scope="module")
def shared(desktop: Desktop, arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(desktop, tmp_path_factory.mktemp("work"), arguments)
    yield app
    assert "Traceback" not in app.close()


@pytest.fixture
def app(shared: App) -> App:
    """Style 1 at full strength, all else off, whatever the test before has left."""
    for line in ("style 1", "strength 1", "steady 0", "keep-colors off"):
        assert shared.tell(line).startswith("ok")
    status = shared.status()
    compare = {"off": 0, "sides": 1, "wipe": 2}[status["compare"]]
    shared.press(*"c" * compare)
    shared.press(*["Escape"] * (status["picker"] != "off"))
    shared.press(*["b"] * bool(status["blend"]), *["m"] * status["mirror"], *["h"] * status["keys_shown"])
    shared.press(
        *"i" * (0 if status["figures"] else 2 if status["clean"] else 1), *["r"] * status["recording"], *"====="
    )
    until(lambda: shared.status()["style"] == "s1" and sides(shared) == (painted(LEFT, 0), painted(RIGHT, 0)))
    return shared

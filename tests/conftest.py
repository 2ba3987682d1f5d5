import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also for the programs that tests start."""
    monkeypatch.setenv("NSTCAM_SETTINGS", str(tmp_path_factory.getbasetemp() / "none" / "settings.toml"))

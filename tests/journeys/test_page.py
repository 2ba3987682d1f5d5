"""nstcam with a page, as a user starts and ends it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.realtime.page.conftest import Client, next_state

TOKEN = "token-of-the-tests"


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
def test_ctrl_c_ends_in_good_order_with_clients_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp")
    monkeypatch.setenv("NSTCAM_PAGE_TOKEN", TOKEN)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "--camera", "test", "--size", "320x240"]
    command += ["--page", "0", "--no-browser", "--no-window", "--no-settings", "--only", "starry", "--only", "wave"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = ""
        while "the page is at" not in address:
            address = process.stderr.readline()
            assert address, "it ended"
        found = re.fullmatch(r"nstcam: the page is at http://127\.0\.0\.1:(\d+)/\?token=(\S+)\n", address)
        assert found
        assert found[2] == TOKEN
        client = Client(int(found[1]))
        assert client.command("style wave").startswith("ok")
        with ExitStack() as opened:
            events = opened.enter_context(client.open("/events"))
            assert next_state(events)["styles"] == ["starry", "wave"]
            for _ in range(3):
                assert opened.enter_context(client.open("/stream.mjpg")).read(1000)
            picture = opened.enter_context(client.open("/frame.jpg")).read()
            assert client.ask("POST", "/painting", picture).status == 200
            while len(next_state(events)["styles"]) < 3:
                pass
            assert list(tmp_path.glob("nstcam-*/painting-1.png"))
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        assert not list(tmp_path.glob("nstcam-*")), "nothing of the upload is left"
    finally:
        process.kill()
        process.communicate()

"""Tests the start of the commands through their console scripts."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nstcam.train.cli.entry import patient_threads

ROOT = Path(__file__).parents[2]
SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def begin(command: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`command --help` as its script would run it, after the statements `before`."""
    module, function = SCRIPTS[command].split(":")
    lines = ("import sys", f"sys.argv[:] = ['{command}', '--help']", before, f"from {module} import {function}")
    code = "\n".join((*lines, f"{function}()"))
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [name for name in SCRIPTS if name != "nstcam"])
def test_without_the_packages_of_training_the_commands_name_the_cure(command: str) -> None:
    done = begin(command, "sys.modules['torch'] = None")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{command} needs torch, which is not installed: pip install 'nstcam[train]'\n"


def test_what_is_no_package_of_training_is_not_blamed_on_it() -> None:
    done = begin("nst-train", "sys.modules['numpy'] = None")
    assert "ModuleNotFoundError" in done.stderr
    assert "nstcam[train]" not in done.stderr


def test_ctrl_c_while_packages_are_imported_shows_no_traceback() -> None:
    interrupting = (
        "import importlib.abc\n"
        "class Interrupt(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'torch': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )
    done = begin("nst-train", interrupting)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    "command",
    [
        name if name in ("nstcam", "nst-train") else pytest.param(name, marks=pytest.mark.slow)  # these begin alike
        for name in SCRIPTS
    ],
)
def test_with_them_the_commands_run(command: str) -> None:
    done = begin(command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(("given", "found"), [("", "PASSIVE"), ("os.environ['OMP_WAIT_POLICY'] = 'active'", "active")])
def test_threads_of_pytorch_do_not_wait_in_a_loop_unless_the_user_wants_it(given: str, found: str) -> None:
    telling = (
        "import importlib.abc, os\n"
        f"os.environ.pop('OMP_WAIT_POLICY', None)\n{given}\n"
        "class Tell(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'torch': sys.exit(os.environ.get('OMP_WAIT_POLICY'))\n"
        "sys.meta_path.insert(0, Tell())\n"
    )
    assert begin("nst-train", telling).stderr == f"{found}\n"


def test_other_ways_to_say_how_threads_wait_stay_as_they_are() -> None:
    assert patient_threads({}) == {"OMP_WAIT_POLICY": "PASSIVE"}
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"):
        assert patient_threads({name: "1"}) == {}

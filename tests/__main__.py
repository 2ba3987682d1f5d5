"""Runs lint, format, types and tests, and stops at the first that fails. Types are checked while the tests run.

python -m tests           the default tier of the tests, a few minutes
python -m tests --slow    the slow tier instead: trainings, long clips, endurance, fuzzing
python -m tests ARGS      ARGS go to pytest, as in: python -m tests tests/realtime -x -n 0

Tests run in up to four processes (pytest-xdist), one more than there are cores, as many tests wait for something; all
tests of a file run in the same one. -n 0 runs all in this process.
"""

import os
import subprocess
import sys

from tests.support.side_by_side import side_by_side
from tests.support.source_links import link_sources

arguments = [word for given in sys.argv[1:] for word in (["-m", "slow"] if given == "--slow" else [given])]
TESTS = ["pytest", "-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "loadfile", *arguments]

link_sources()
# PyTorch's threads wait busily for each other, which costs more than they gain where processes share the cores.
environment = {"OMP_NUM_THREADS": "1", **os.environ}
for check in (["ruff", "check", "."], ["ruff", "format", "--check", "."]):
    print("+", *check, flush=True)
    code = subprocess.run([sys.executable, "-m", *check], env=environment, check=False).returncode
    if code:
        sys.exit(code)
print("+", *TESTS, "(and mypy beside it)", flush=True)
sys.exit(side_by_side(TESTS, ["mypy"], environment))

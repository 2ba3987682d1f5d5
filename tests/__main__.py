"""The whole check: lint, format, types, tests; stops at the first that fails.

python -m tests           the default tier of the tests, a few minutes
python -m tests --slow    the slow tier instead: networks trained for benchmarks, long clips, endurance, fuzzing
python -m tests ARGS      ARGS go to pytest, as in: python -m tests tests/realtime -x
"""

import subprocess
import sys

from tests.support.source_links import link_sources

arguments = [word for given in sys.argv[1:] for word in (["-m", "slow"] if given == "--slow" else [given])]
CHECKS = (
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["pytest", *arguments],
)

link_sources()
for check in CHECKS:
    print("+", *check, flush=True)
    code = subprocess.run([sys.executable, "-m", *check], check=False).returncode
    if code:
        sys.exit(code)

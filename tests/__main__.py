"""The whole check: python -m tests. Lint, format, types, tests; stops at the first that fails."""

import subprocess
import sys

from tests.support.source_links import link_sources

CHECKS = (
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["pytest", *sys.argv[1:]],
)

link_sources()
for check in CHECKS:
    print("+", *check, flush=True)
    code = subprocess.run([sys.executable, "-m", *check], check=False).returncode
    if code:
        sys.exit(code)

"""Tries damaged files: python -m tests.support.damage [KIND ...] [--count N] [--first NUMBER] [--only NUMBER]

Without a KIND, all kinds are tried in full. Prints each fault, then the counts. The files of a case with a fault are
kept in build/damage/KIND-NUMBER, and so are those of --only, whose output is shown. Exits with 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from tests.support.damage.check import KINDS, check, report

KEPT: Final = Path("build").resolve() / "damage"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", metavar="KIND", nargs="*", choices=[[], *KINDS], default=[])
    parser.add_argument("--count", type=int, help="cases of each kind")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", type=int, help="a single case")
    asked = parser.parse_args()
    faults = 0
    for name in asked.kinds or KINDS:
        kind = KINDS[name]
        count = kind.count if asked.count is None else asked.count
        numbers = [asked.only] if asked.only is not None else range(asked.first, asked.first + count)
        results = check(kind, numbers, KEPT)
        for result in results:
            if result.fault:
                faults += 1
                print(result.line(name, KEPT))
        if asked.only is not None:
            print(f"{results[0].command}  [{results[0].label}]\n{results[0].printed}")
        print(report(name, results), flush=True)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

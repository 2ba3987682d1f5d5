"""Runs one step: python -m benchmarks.gpu.child STEP [options]. benchmarks.gpu starts it in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import add_options, setting_from
from benchmarks.gpu.steps import BY_NAME, WRONG_CODE


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.gpu.child")
    parser.add_argument("step", choices=list(BY_NAME))
    add_options(parser)
    options = parser.parse_args(arguments)
    step, setting = BY_NAME[options.step], setting_from(options)
    record = Record(setting.folder / f"{step.name}.json")
    measure = importlib.import_module(f"benchmarks.gpu.{step.module}").measure
    try:
        return 0 if measure(setting, record, **step.extra) else WRONG_CODE
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "nstcam":  # nstcam's own errors are one line, fit to print
            raise
        print(error, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""Measures nstcam on an NVIDIA GPU, in steps: python -m benchmarks.gpu [STEP...] [--device tensorrt] [--folder FOLDER]

    versions        lists what is installed and which libraries are missing
    smoke           runs bundled styles as nstcam does and compares the pictures with the CPU's
    styles          exports the styles to measure with: both presets in both precisions
    placement       counts the operators that are left to the CPU and tries to record a CUDA graph
    sweep           compares options of ONNX Runtime's CUDA provider, timing the device alone
    speed           times frames from host memory to host memory: johnson at 1080p, lite at 4K; float16 against float32
    kernels-*       times each kernel of a frame
    training-*      times the steps of nst-train and their operators (training-photos needs --photos)

Each step runs in a process of its own with a time limit; if one fails, the others still run. FOLDER receives a log and
the values of each step, benchmark_gpu.json and benchmark_gpu.md. Without a GPU, one line says what is missing. The exit
code is 1 unless all steps succeed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from typing import Any, Final

from benchmarks.gpu.refusals import refusal
from benchmarks.gpu.setting import Setting, add_options, setting_from
from benchmarks.gpu.steps import BY_NAME, STEPS, Outcome, Step, run_step, shown
from benchmarks.gpu.table import table
from benchmarks.tools.machine import machine, title

RESULT: Final = "benchmark_gpu.json"
TABLE: Final = "benchmark_gpu.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help="steps to run; default: all, in this order")
    add_options(parser)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.steps if name not in BY_NAME]
    if unknown:
        parser.error(f"there is no step {unknown[0]}; choose from {', '.join(BY_NAME)}")
    setting = setting_from(options)
    if "training-photos" in options.steps and setting.photos is None:
        parser.error("step training-photos needs --photos FOLDER")
    steps = [step for step in STEPS if step.name in (options.steps or usual_steps(setting))]
    refusals = {step.name: refusal(step, setting) for step in steps}
    on_gpu = [step for step in steps if step.needs]
    if on_gpu and all(refusals[step.name] for step in on_gpu):
        print(f"benchmarks.gpu: no GPU to measure on: {refusals[on_gpu[0].name]}", file=sys.stderr)
        return 1
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # also ends the step that is running
    try:
        setting.folder.mkdir(parents=True, exist_ok=True)
        return run(steps, setting, refusals)
    except OSError as error:
        print(f"benchmarks.gpu: {setting.folder} cannot be written ({error}); give another --folder", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)


def usual_steps(setting: Setting) -> list[str]:
    """The steps to run by default: all, but training-photos only if the setting has photographs."""
    return [name for name in BY_NAME if name != "training-photos" or setting.photos is not None]


def run(steps: list[Step], setting: Setting, refusals: dict[str, str | None]) -> int:
    """Runs the steps one after the other and writes the results after each.

    Args:
        refusals: for each step, why it cannot run; None if it can.

    Returns:
        The exit code.
    """
    facts = machine() | {"device": setting.device, "rehearsal": setting.rehearse}
    result: dict[str, Any] = {"machine": facts, "steps": {}}
    print(title(facts), flush=True)
    outcomes = []
    for step in steps:
        reason = refusals[step.name]
        outcome = Outcome("not run", reason=reason) if reason else run_step(step, setting)
        outcomes.append(outcome)
        result["steps"][step.name] = outcome.as_json()
        (setting.folder / RESULT).write_text(json.dumps(result, indent=1) + "\n")
        (setting.folder / TABLE).write_text(table(result) + "\n")
        told = f": {outcome.reason}" if outcome.reason else ""
        print(f"\n== {step.name}: {outcome.status}, {outcome.seconds:.0f} s{told}")
        if not reason:
            print(shown(step, setting.folder), flush=True)
    print(f"\n{table(result)}\n\nwritten to {setting.folder / RESULT} and {setting.folder / TABLE}")
    return 0 if all(outcome.status == "ok" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

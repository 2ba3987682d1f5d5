"""nstcam on an NVIDIA GPU, in steps: python -m benchmarks.gpu [STEP...] [--device tensorrt] [--folder FOLDER]

    versions        what is installed, and which libraries are missing
    smoke           bundled styles as nstcam runs them, against the CPU's pictures
    styles          makes styles to measure with, both presets in both precisions
    placement       operators that are left to the CPU, and whether a CUDA graph is recorded
    sweep           options of ONNX Runtime's CUDA provider against each other, on the device alone
    speed           frames from host memory to host memory: johnson at 1080p, lite at 4K; float16 against float32
    kernels-*       where the time of a frame goes
    training-*      steps a second of nst-train, and where their time goes (training-photos: with --photos)

Each runs in a process of its own within its time, and the next one whatever became of it. FOLDER gets a log and the
values of each, benchmark_gpu.json and benchmark_gpu.md. Without a GPU it says what is missing, in one line. The exit
code is 1 unless all steps end well.
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
    parser.add_argument("steps", nargs="*", metavar="STEP", help="those to run; default: all, in their order")
    add_options(parser)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.steps if name not in BY_NAME]
    if unknown:
        parser.error(f"there is no step {unknown[0]}; there are {', '.join(BY_NAME)}")
    setting = setting_from(options)
    if "training-photos" in options.steps and setting.photos is None:
        parser.error("step training-photos needs --photos FOLDER")
    steps = [step for step in STEPS if step.name in (options.steps or usual_steps(setting))]
    refusals = {step.name: refusal(step, setting) for step in steps}
    on_gpu = [step for step in steps if step.needs]
    if on_gpu and all(refusals[step.name] for step in on_gpu):
        print(f"benchmarks.gpu: nothing to measure on: {refusals[on_gpu[0].name]}", file=sys.stderr)
        return 1
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the step that is running, too
    try:
        setting.folder.mkdir(parents=True, exist_ok=True)
        return run(steps, setting, refusals)
    except OSError as error:
        print(f"benchmarks.gpu: {setting.folder} cannot be written ({error}); give another --folder", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)


def usual_steps(setting: Setting) -> list[str]:
    """All that there is something to measure with."""
    return [name for name in BY_NAME if name != "training-photos" or setting.photos is not None]


def run(steps: list[Step], setting: Setting, refusals: dict[str, str | None]) -> int:
    """All steps, one after the other; results are written after each."""
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

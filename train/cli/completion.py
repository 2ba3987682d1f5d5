"""Completion by the shell of nst-train and nst-paint, without PyTorch, whose import takes seconds.

The options are listed a second time here, since the commands that declare them import PyTorch;
tests/test_completion.py compares the two.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

Offer = Callable[[], Iterable[str]] | tuple[str, ...] | None
"""What may follow an option: words, or a function that lists them; None for a flag, which nothing follows."""

FREE: Final = ()
"""A number, a text or a path: the shell offers files."""
FLAG: Final = None
DEVICES: Final = ("auto", "cuda", "cpu")
LOSS_NETWORKS: Final = ("vgg16", "vgg19")
CHECKPOINT_NAME: Final = "checkpoint.pt"


def bundled() -> list[str]:
    """Names of the bundled checkpoints to start from."""
    return [path.stem for path in (Path(__file__).parents[1] / "warm").glob("*.pt")]


def runs() -> list[str]:
    """Run folders below ./runs that have a checkpoint."""
    return [path.parent.as_posix() for path in Path("runs").glob(f"*/{CHECKPOINT_NAME}")]


def starts() -> list[str]:
    return ["none", *bundled(), *runs()]


TRAIN: Final[Mapping[str, Offer]] = {
    "--style": FREE,
    "--content": FREE,
    "--preset": ("lite", "johnson"),
    "--init": starts,
    "--steps": FREE,
    "--minutes": FREE,
    "--stroke": ("small", "medium", "large"),
    "--style-size": FREE,
    "--style-strength": FREE,
    "--calm": FREE,
    "--patches": FREE,
    "--batch": FREE,
    "--crop": FREE,
    "--learning-rate": FREE,
    "--loss-network": LOSS_NETWORKS,
    "--loss-weights": FREE,
    "--device": DEVICES,
    "--threads": FREE,
    "--processes": FREE,
    "--cluster": ("local", "auto"),
    "--workers": FREE,
    "--seed": FREE,
    "--name": FREE,
    "--title": FREE,
    "--artist": FREE,
    "--year": FREE,
    "--licence": FREE,
    "--run": runs,
    "--resume": FLAG,
    "--preview": ("camera",),
    "--preview-every": FREE,
}
PAINT: Final[Mapping[str, Offer]] = {
    "--output": FREE,
    "--size": FREE,
    "--preset": ("johnson", "gatys"),
    "--style-weight": FREE,
    "--content-weight": FREE,
    "--mix": FREE,
    "--style-scale": FREE,
    "--keep-colors": FLAG,
    "--loss": ("relative", "wasserstein", "johnson", "gatys"),
    "--content-layers": FREE,
    "--style-layers": FREE,
    "--tv-weight": FREE,
    "--tone-weight": FREE,
    "--init": ("content", "noise", "blend"),
    "--noise-share": FREE,
    "--optimizer": ("lbfgs", "adam"),
    "--evaluations": FREE,
    "--learning-rate": FREE,
    "--coarse-to-fine": FLAG,
    "--one-size": FLAG,
    "--film": FREE,
    "--every": FREE,
    "--loss-network": LOSS_NETWORKS,
    "--loss-weights": FREE,
    "--pooling": ("max", "average"),
    "--device": DEVICES,
    "--threads": FREE,
    "--tile": FREE,
    "--seed": FREE,
    "--resume": FLAG,
    "--overwrite": FLAG,
}


def complete(name: str, options: Mapping[str, Offer], argument: Offer = FREE) -> None:
    """Answers the shell, or installs or shows its script, as typer does for a command of that name; then exits.

    Args:
        argument: what is offered where no option stands.
    """

    def command(**_: object) -> None:
        """Never runs: typer answers first."""

    parameters = {"argument": Annotated[list[str] | None, typer.Argument(autocompletion=_offering(argument))]}
    for option, offer in options.items():
        kind: Any = bool if offer is FLAG else str | None
        information = typer.Option(option, autocompletion=None if offer is FLAG else _offering(offer))
        # Not the option alone: --import would be a word of Python.
        parameters["option" + option.replace("-", "_")] = Annotated[kind, information]
    command.__annotations__ = parameters
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
         for name, annotation in parameters.items()]
    )  # fmt: skip
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    app(prog_name=name)


def _offering(offer: Offer) -> Callable[[str], list[str]]:
    def starting_with(incomplete: str) -> list[str]:
        words = offer() if callable(offer) else offer or ()
        return sorted(word for word in words if word.startswith(incomplete))

    return starting_with


def is_asked_for(command: str, arguments: Iterable[str], environment: Mapping[str, str]) -> bool:
    """Whether the shell asks what to offer, or the user for the shell's script."""
    asked = environment.get(f"_{command.upper().replace('-', '_')}_COMPLETE")
    return bool(asked) or not {"--install-completion", "--show-completion"}.isdisjoint(arguments)

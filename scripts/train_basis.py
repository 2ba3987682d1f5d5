"""Makes realtime/palette/basis.npz, with which nstcam paints in any picture at once.

    python -m scripts.train_basis PAINTINGS PHOTOGRAPHS [--processes 2] [--work FOLDER] [--output FILE]
        [--without NAME,NAME...]

Each picture in PAINTINGS is learnt from the bundled style fauve (train/basis/learnt.py), and so are 49 that are drawn
or made up of PHOTOGRAPHS (train/basis/made_up.py). That takes a minute and a half for each on a core, and processes
share them out. Each network gives a change of fauve's weights. Then a regression on features of these pictures, and of
PHOTOGRAPHS as these networks paint them, tells a picture's shares of the changes.

Whatever was made is kept in --work, and the same command goes on with it, after Ctrl-C too. So does one with more
PAINTINGS, or one with --without, which takes seconds: the basis is the one without these paintings, and they tell how
well others are painted. For another painting of the same name, or other PHOTOGRAPHS, choose another --work.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import torch
import typer

from nstcam.media.kinds import PICTURES
from nstcam.realtime.palette.basis import FILE
from nstcam.realtime.palette.encoder import features_of
from nstcam.train.basis.directions import in_directions
from nstcam.train.basis.made_up import NUMBERS, made_up
from nstcam.train.basis.pack import write_basis
from nstcam.train.basis.run import Sources, train_basis
from nstcam.train.cli.launch import place_of, taking_part
from nstcam.train.content.paintings import read_painting
from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError
from scripts.style_pictures.__main__ import PICTURES as DRAWINGS
from scripts.style_pictures.__main__ import draw


def picture_files(folder: Path) -> list[Path]:
    """The pictures in a folder and those below, in order.

    Raises:
        TrainError: there are none.
    """
    found = sorted(path for path in folder.rglob("[!.]*") if path.suffix.lower() in PICTURES)
    if not found:
        raise TrainError(f"there are no pictures in {folder}")
    return found


def paintings_in(folder: Path) -> dict[str, Path]:
    """The pictures in a folder and those below, by name.

    Raises:
        TrainError: there are none, or two have the same name.
    """
    found: dict[str, Path] = {}
    for path in picture_files(folder):
        if path.stem in found:
            raise TrainError(f"{path} and {found[path.stem]} have the same name; rename one")
        found[path.stem] = path
    return found


def sources_of(asked: argparse.Namespace) -> Sources:
    """Raises TrainError: there are no pictures, or a painting that is left out does not exist."""
    paintings = paintings_in(asked.paintings)
    left_out = {name for name in asked.without.split(",") if name}
    if unknown := sorted(left_out - paintings.keys()):
        raise TrainError(f"--without {','.join(unknown)}: no such painting; there are {' '.join(paintings)}")
    photographs = picture_files(asked.photographs)
    return Sources(
        paintings={name: partial(read_painting, path) for name, path in paintings.items() if name not in left_out}
        | {f"drawn-{name}": partial(draw, name) for name in DRAWINGS}
        | {f"made-up-{number}": partial(made_up, number, photographs) for number in NUMBERS},
        photographs=photographs,
        features_of=features_of,
    )


def make(asked: argparse.Namespace) -> None:
    """Raises TrainError: a file or the command line is wrong."""
    processes = place_of(asked.processes)
    torch.set_num_threads(max(available_cores() // processes.local_count, 1))
    with taking_part(processes, "scripts.train_basis"):
        sources = processes.together(partial(sources_of, asked))
        basis = train_basis(sources, asked.work, processes=processes, say=partial(print, flush=True))
        if processes.leads:
            write_basis(asked.output, in_directions(basis))
            print(f"{asked.output}: {asked.output.stat().st_size / 1e6:.2f} MB, made of {len(basis.names)} paintings")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--processes", type=int, choices=range(1, 65), metavar="1..64")
    parser.add_argument("--work", type=Path, default=Path("runs/basis"))
    parser.add_argument("--output", type=Path, default=FILE)
    parser.add_argument("--without", default="", metavar="NAME,NAME...")
    try:
        make(parser.parse_args())
    except TrainError as error:
        sys.exit(f"train_basis: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except typer.Exit as ended:  # the first process tells why
        sys.exit(ended.exit_code)


if __name__ == "__main__":
    main()

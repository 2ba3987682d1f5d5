"""Compares three ways to run the loss network on CPUs: direct convolutions, Winograd's, and bfloat16.

    python -m benchmarks.training.loss_network [--side 272] [--rounds 10]

Each round times, for each way in turn, the features of a picture, their Gram matrices, and the gradient of their sum
with respect to the picture. nst-train uses bfloat16 on CPUs that multiply it, and Winograd's convolutions on all
others.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from unittest.mock import patch

import torch

from nstcam.train.fit.precision import loss_dtype
from nstcam.train.loss import winograd
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to, to_tensor


def measure(network: VggFeatures, picture: torch.Tensor, rounds: int) -> dict[str, float]:
    """The median of the seconds of each way."""
    never = 1 << 62
    forms = {
        "direct": (network, never),
        "Winograd": (network, winograd.PAYS_FROM),
        "bfloat16": (network.in_dtype(torch.bfloat16), never),
    }
    seconds: dict[str, list[float]] = {form: [] for form in forms}
    for _ in range(rounds + 1):
        for form, (in_use, pays_from) in forms.items():
            began = time.perf_counter()
            with patch.object(winograd, "PAYS_FROM", pays_from):
                pixels = picture.detach().requires_grad_()
                features = in_use(pixels, list(STYLE_WEIGHTS))
                torch.stack([gram_matrix(f).sum() for f in features.values()]).sum().backward()  # type: ignore[no-untyped-call]
            seconds[form].append(time.perf_counter() - began)
    return {form: median(times[1:]) for form, times in seconds.items()}  # the first one transforms the kernels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=272, help="Of the square picture, in pixels.")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    cpu = torch.device("cpu")
    photograph = to_tensor(shrink_to(read_rgb(PHOTOS / "coffee.jpg"), options.side), cpu)
    picture = photograph[..., : options.side, : options.side].contiguous(memory_format=torch.channels_last)
    found = measure(load_vgg().to(memory_format=torch.channels_last), picture, options.rounds)  # type: ignore[call-overload]
    print(f"{options.side} px, {torch.get_num_threads()} threads, nst-train's choice {loss_dtype(cpu)}:")
    for form, seconds in found.items():
        print(f"{form:8}  {1000 * seconds:4.0f} ms  {found['direct'] / seconds:.2f} times as fast")


if __name__ == "__main__":
    main()

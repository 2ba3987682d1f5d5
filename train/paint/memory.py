"""Estimating how much memory a picture takes before it is painted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from nstcam.train.loss.feature_tiles import cut_tiles
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.paint.pyramid import PaintConfig, fit_longer_side

_BASE: Final = 500e6
"""Bytes of Python, PyTorch, the workspaces, and the loss network without its transformed kernels."""
_ACTIVATIONS: Final = 2.8
"""Peak over the sum of the feature maps (float32): pooling indices, gradients on their way, copies for the kernels."""
_PICTURES: Final = 14
"""Float32 pictures besides L-BFGS's history: content, pixels, best, gradients, terms."""
MEMINFO: Final = Path("/proc/meminfo")
GROUP: Final = Path("/sys/fs/cgroup")


def needed_bytes(height: int, width: int, config: PaintConfig, network: VggFeatures) -> int:
    """Estimate for a content picture of this shape, from the finest level. docs/paint.md compares it with measurements.

    Args:
        network: all its feature maps down to the deepest layer in use decide what a pixel costs.
    """
    loss = config.loss
    layers = [*(loss.content_layers if loss.content_weight else ()), *(loss.style_layers if loss.style_weight else ())]
    height, width = fit_longer_side(height, width, config.size)
    tiles = cut_tiles(height, width, config.tile, network.reach(layers))
    tile_pixels = max((t.outer_bottom - t.outer_top) * (t.outer_right - t.outer_left) for t in tiles)
    activations = 4 * _ACTIVATIONS * tile_pixels * network.values_per_pixel(layers)
    targets = loss.content_layers if loss.content_weight else ()
    content = 4 * height * width * sum(network.channels(n) / network.stride(n) ** 2 for n in targets)
    remembered = 2 * config.method.history if config.method.optimizer == "lbfgs" else 2
    pictures = 12 * height * width * (_PICTURES + remembered)
    return int(_BASE + network.transformed_bytes(layers) + activations + content + pictures)


def largest_size(height: int, width: int, config: PaintConfig, network: VggFeatures, most: float) -> int | None:
    """The largest size, a multiple of 64 and at most the configured one, that needs at most so many bytes.

    Every size is tried, because a picture that is just large enough for tiles needs less than a smaller one.
    """
    sizes = range(64, config.size + 1, 64)
    fitting = (s for s in sizes if needed_bytes(height, width, replace(config, size=s), network) <= most)
    return max(fitting, default=None)


def available_bytes(device: torch.device) -> int | None:
    """Free memory of the GPU, or what this process may still take on the CPU; None if it is unknown."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    found = [_linux_available(), _container_available()]
    return min((f for f in found if f is not None), default=None)


def _linux_available() -> int | None:
    try:
        lines = MEMINFO.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):  # another system, or an old kernel
        return None


def _container_available() -> int | None:
    """What the container's limit leaves, counting cached files as free, as the kernel does when memory runs short."""
    try:
        limit, used = (int((GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        lines = (GROUP / "memory.stat").read_text().splitlines()
        cached = sum(int(line.split()[1]) for line in lines if line.startswith(("inactive_file ", "active_file ")))
        return limit - max(used - cached, 0)
    except (OSError, ValueError):  # there is no limit, or it is "max"
        return None

"""The loss network: VGG feature maps, with the preprocessing their weights were trained for."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nstcam.media.packed_kernels import kernel_names, read_kernels
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.loss.winograd import FrozenConv

BUNDLED_VGG16: Final = Path(__file__).parents[1] / "weights" / "vgg16_features_fp16.npz"
VGG19_URL: Final = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
VGG19_SHA256_PREFIX: Final = "dcbb9e9d"
"""torchvision names its files after the first eight digits of their SHA-256."""

LossNetworkName = Literal["vgg16", "vgg19"]
Pooling = Literal["max", "average"]

_CONVS_PER_BLOCK: Final[dict[str, tuple[int, ...]]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
_WIDTHS: Final = (64, 128, 256, 512, 512)
"""Channels of the convolutions, by block."""
_POOL: Final[dict[str, Callable[[Tensor, int], Tensor]]] = {"max": F.max_pool2d, "average": F.avg_pool2d}
_CAFFE_MEAN_BGR: Final = (103.939, 116.779, 123.68)
_TORCHVISION_MEAN_RGB: Final = (0.485, 0.456, 0.406)
_TORCHVISION_STD_RGB: Final = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class _Preprocessing:
    """pixels = (rgb * scale - mean) / std, then RGB or BGR; rgb in 0..1."""

    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool


CAFFE: Final = _Preprocessing(255.0, _CAFFE_MEAN_BGR, (1.0, 1.0, 1.0), bgr=True)
_TORCHVISION: Final = _Preprocessing(1.0, _TORCHVISION_MEAN_RGB, _TORCHVISION_STD_RGB, bgr=False)


class VggFeatures(nn.Module):
    """Frozen VGG (Simonyan and Zisserman 2014), ReLU after each convolution, 2x2 pooling between blocks.

    Max pooling is what the weights were trained with; Gatys et al. 2016 paint with average pooling.
    Takes RGB in 0..1, (N, 3, H, W), float32, H and W >= 16, and does its own preprocessing. Layers are named as in the
    style transfer literature: relu3_3 is the third convolution of the third block, rectified.

    Attributes:
        as_bundled: whether these are the bundled weights, with max pooling, of which some constants are known.
    """

    _mean: Tensor
    _std: Tensor

    def __init__(
        self, convs: dict[str, tuple[Tensor, Tensor]], preprocessing: _Preprocessing, pooling: Pooling = "max"
    ) -> None:
        super().__init__()
        self.as_bundled = False
        self._pool = _POOL[pooling]
        self.layer_names = ["relu" + name.removeprefix("conv") for name in convs]
        self._convs = nn.ModuleList()
        for weight, bias in convs.values():
            self._convs.append(FrozenConv(weight, bias))
        self._scale = preprocessing.scale
        self._bgr = preprocessing.bgr
        self.register_buffer("_mean", torch.tensor(preprocessing.mean).view(1, 3, 1, 1))
        self.register_buffer("_std", torch.tensor(preprocessing.std).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    @property
    def dtype(self) -> torch.dtype:
        """Type of the convolutions and the feature maps."""
        return next(self._convs.parameters()).dtype

    def in_dtype(self, dtype: torch.dtype) -> VggFeatures:
        """This network if it computes in that type, otherwise a copy that does."""
        if dtype == self.dtype:
            return self
        copied = copy.deepcopy(self)
        copied._convs.to(dtype)
        return copied

    def forward(self, rgb: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Feature maps of the named layers, computed no deeper than the deepest of them."""
        self.check_layers(layers)
        pixels = rgb.flip(1) if self._bgr else rgb
        x = ((pixels * self._scale - self._mean) / self._std).to(self.dtype)
        features: dict[str, Tensor] = {}
        block = "1"
        for name, conv in zip(self.layer_names, self._convs, strict=True):
            if name[4] != block:
                block = name[4]
                x = self._pool(x, 2)
            x = F.relu_(conv(x))  # in place: the input is not needed again
            if name in layers:
                features[name] = x
                if len(features) == len(set(layers)):
                    break
        return features

    def check_layers(self, layers: Iterable[str]) -> None:
        """Raises UsageError if a layer does not exist; the message lists those that do."""
        for name in layers:
            if name not in self.layer_names:
                raise UsageError(f"the loss network has no layer {name}; it has {' '.join(self.layer_names)}")

    def stride(self, layer: str) -> int:
        """Pixels from one position of the layer to the next."""
        return 1 << int(layer[4]) - 1

    def values_per_pixel(self, layers: Iterable[str]) -> float:
        """Values in all feature maps down to the deepest of the layers, for each pixel of the picture."""
        return sum(self.channels(name) / self.stride(name) ** 2 for name in self._down_to(layers))

    def transformed_bytes(self, layers: Iterable[str]) -> int:
        """Bytes of the kernels down to the deepest of the layers, in the transformed form that CPUs use."""
        return sum(self._conv(name).transformed_bytes for name in self._down_to(layers))

    def channels(self, layer: str) -> int:
        return self._conv(layer).out_channels

    def reach(self, layers: Iterable[str]) -> int:
        """How far, in pixels, the features of the deepest of the layers see beyond their own stride x stride cell."""
        return sum(self.stride(name) for name in self._down_to(layers))

    def _down_to(self, layers: Iterable[str]) -> list[str]:
        """All layers up to the deepest of these, and that one."""
        depth = max((self.layer_names.index(name) for name in layers), default=-1)
        return self.layer_names[: depth + 1]

    def _conv(self, layer: str) -> FrozenConv:
        conv = self._convs[self.layer_names.index(layer)]
        assert isinstance(conv, FrozenConv)
        return conv


def load_vgg(name: LossNetworkName = "vgg16", weights: Path | None = None, pooling: Pooling = "max") -> VggFeatures:
    """The named loss network.

    VGG-16 comes with the package, up to relu4_3; a file of torchvision's has relu5_1 to relu5_3 as well.
    VGG-19 is torchvision's, downloaded once and checked by its hash.

    Args:
        weights: a torchvision state dict (.pth) of that network to use instead, or an .npz like the bundled one, whose
            kernels may be packed (`media/packed_kernels.py`) or plain arrays of floats.

    Raises:
        TrainError: the file is missing, damaged or of another network, or the download failed.
    """
    if weights is None:
        weights = BUNDLED_VGG16 if name == "vgg16" else _download_vgg19()
    if not weights.is_file():
        raise TrainError(f"loss network weights {weights} not found; give a .pth of torchvision's {name}")
    names = [f"conv{b}_{i}" for b, n in enumerate(_CONVS_PER_BLOCK[name], 1) for i in range(1, n + 1)]
    try:
        if weights.suffix == ".npz":
            convs, preprocessing = _read_npz(weights, names), CAFFE
        else:
            convs, preprocessing = _read_torchvision(weights, names, _CONVS_PER_BLOCK[name]), _TORCHVISION
    except Exception as error:
        why = (
            f"there is no {error}" if isinstance(error, KeyError) else type(error).__name__
        )  # torch's own messages are long
        raise TrainError(
            f"{weights} does not hold the weights of {name} ({why}); give a .pth of torchvision's {name}"
        ) from error
    features = VggFeatures(convs, preprocessing, pooling)
    features.as_bundled = weights == BUNDLED_VGG16 and pooling == "max"
    return features


def _read_npz(path: Path, names: Sequence[str]) -> dict[str, tuple[Tensor, Tensor]]:
    held = kernel_names(path)
    shipped = [name for name in names if name in held or not name.startswith("conv5")]  # conv5 may be left out
    kernels = read_kernels(path, shipped)
    return {name: (torch.from_numpy(weight), torch.from_numpy(bias)) for name, (weight, bias) in kernels.items()}


def _read_torchvision(path: Path, names: Sequence[str], blocks: Sequence[int]) -> dict[str, tuple[Tensor, Tensor]]:
    """torchvision numbers `features.N` through convolutions, ReLUs and poolings alike."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    convs: dict[str, tuple[Tensor, Tensor]] = {}
    position, channels = 0, 3
    remaining = iter(names)
    for count, width in zip(blocks, _WIDTHS, strict=True):
        for _ in range(count):
            weight, bias = state[f"features.{position}.weight"], state[f"features.{position}.bias"]
            if weight.shape != (width, channels, 3, 3) or bias.shape != (width,):
                raise ValueError(f"features.{position} of another shape")
            convs[next(remaining)] = (weight, bias)
            position, channels = position + 2, width
        position += 1
    return convs


def _download_vgg19() -> Path:
    target = Path(torch.hub.get_dir()) / "checkpoints" / VGG19_URL.rpartition("/")[2]
    if not target.is_file():
        from nstcam.train.loss.download import download  # with its progress bar

        download(VGG19_URL, target, VGG19_SHA256_PREFIX)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(VGG19_SHA256_PREFIX):
        raise TrainError(f"{target} is damaged (SHA-256 {digest[:8]}..., not {VGG19_SHA256_PREFIX}...); delete it")
    return target

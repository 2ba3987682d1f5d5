"""The two transformer networks and the configuration that rebuilds them.

Both map a batch of RGB images in 0..1, shape (N, 3, H, W), to stylized RGB of the same size. The output is
linear: it may leave 0..1 a little, which training punishes and export clips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from nstcam.train.network.canvas import CELL, OnCanvas
from nstcam.train.network.subpixel import first_between_cells, second_between_cells


@dataclass(frozen=True)
class NetworkConfig:
    """Everything needed to rebuild a network; saved in every checkpoint."""

    kind: Literal["johnson", "lite"]
    width: int
    """Channels of the first convolution (johnson: doubled twice on the way down; lite: of the whole trunk)."""
    dilations: tuple[int, ...]
    """One residual block per entry: the dilation of its two convolutions."""
    canvas_channels: int = 0
    """Channels of the canvas; 0 leaves it out."""


PRESETS: Final[dict[str, NetworkConfig]] = {
    "johnson": NetworkConfig("johnson", width=32, dilations=(1, 1, 1, 1, 1), canvas_channels=8),
    "lite": NetworkConfig("lite", width=32, dilations=(1, 2, 4, 2, 1), canvas_channels=8),
}


class ReflectConv(nn.Sequential):
    """Convolution with reflection padding, which keeps the size at stride 1."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(
            nn.ReflectionPad2d(kernel // 2 * dilation),
            nn.Conv2d(inputs, outputs, kernel, stride, dilation=dilation),
        )


class JohnsonBlock(nn.Module):
    """Residual block of Johnson et al. 2016 (supplement): no ReLU after the sum."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ReflectConv(channels, channels, 3, dilation=dilation),
            nn.InstanceNorm2d(channels, affine=True),
            nn.ReLU(),
            ReflectConv(channels, channels, 3, dilation=dilation),
            nn.InstanceNorm2d(channels, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.body(x)
        return out


class TransformerNet(OnCanvas):
    """The image transformation network of Johnson et al. 2016, preset `johnson`.

    Differs from the paper: instance instead of batch normalisation (Ulyanov et al. 2017), nearest-neighbour
    resize + convolution instead of transposed convolution (Odena et al. 2016, no checkerboard), reflection
    padding everywhere, a linear output instead of a scaled tanh, which dulls colours, and a canvas behind the
    downsampling part, with which the same training gets further.

    Height and width must be multiples of 4.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config.canvas_channels, 4 * config.width)
        w = config.width

        def stage(conv: nn.Module, channels: int) -> list[nn.Module]:
            return [conv, nn.InstanceNorm2d(channels, affine=True), nn.ReLU()]

        self.down = nn.Sequential(
            *stage(ReflectConv(3, w, 9), w),
            *stage(ReflectConv(w, 2 * w, 3, stride=2), 2 * w),
            *stage(ReflectConv(2 * w, 4 * w, 3, stride=2), 4 * w),
        )
        self.blocks = nn.Sequential(*(JohnsonBlock(4 * w, d) for d in config.dilations))
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            *stage(ReflectConv(4 * w, 2 * w, 3), 2 * w),
            nn.Upsample(scale_factor=2, mode="nearest"),
            *stage(ReflectConv(2 * w, w, 3), w),
        )
        self.to_rgb = ReflectConv(w, 3, 9)
        nn.init.constant_(_conv_bias(self.to_rgb[1]), 0.5)  # start from mid-grey, not from black

    def forward(self, image: Tensor, canvas_offset: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """(N, 3, H, W) RGB in 0..1 -> the same shape. `canvas_offset` is that of `LiteNet`."""
        x = self.painted_on(self.down(image - 0.5), canvas_offset)
        rgb: Tensor = self.to_rgb(self.up(self.blocks(x)))
        return rgb


class LiteBlock(nn.Module):
    """Dilated residual block. Batch norm, because it can be exported as part of the convolutions."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.reach = dilation
        self.conv1 = nn.Conv2d(channels, channels, 3, dilation=dilation, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, dilation=dilation, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(reflect(x, self.reach))))
        out: Tensor = x + self.norm2(self.conv2(reflect(y, self.reach)))
        return out


class LiteNet(OnCanvas):
    """A transformer network for CPUs, preset `lite`: all heavy work at a quarter of the resolution.

    Space-to-depth by 4, a dilated residual trunk, two convolutions placed between the cells, of which the second has
    all pixels of a cell as channels. Every convolution pads by reflection. Zeros would tell the network where the frame
    ends, and it would paint bands there, up to 88 px wide, which is its reach; computing and cropping them would cost
    half of the work again.

    The canvas is added behind the stem.

    Any height and width from 32: the frame is reflected up to a multiple of 4 and cropped back.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config.canvas_channels, config.width)
        w, head = config.width, config.width // 2
        self.stem = nn.Conv2d(3 * CELL * CELL, w, 3, bias=False)
        self.stem_norm = nn.BatchNorm2d(w)
        self.blocks = nn.Sequential(*(LiteBlock(w, d) for d in config.dilations))
        self.up1 = nn.Conv2d(w, 4 * head, 2, bias=False)
        self.up1_norm = nn.BatchNorm2d(4 * head)
        self.up2 = nn.Conv2d(4 * head, 3 * CELL * CELL, 2)
        self.up1.weight.data = first_between_cells(nn.Conv2d(w, head, 3).weight.data)
        self.up2.weight.data = second_between_cells(nn.Conv2d(head, 3, 3).weight.data)
        nn.init.constant_(_conv_bias(self.up2), 0.5)

    def forward(self, image: Tensor, canvas_offset: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """(N, 3, H, W) RGB 0..1 -> the same shape.

        Args:
            canvas_offset: pixels, (down, right), by which the canvas is moved: as far as the scene has moved.
        """
        height, width = image.shape[-2:]
        cells = F.pixel_unshuffle(reflect_border(image) - 128 / 255, CELL)
        x = self.painted_on(self.stem_norm(self.stem(cells)), canvas_offset)
        x = reflect(self.blocks(F.relu(x)), 1)
        x = F.relu(self.up1_norm(self.up1(x)))
        return F.pixel_shuffle(self.up2(x), CELL)[..., :height, :width]

    def norms(self) -> list[nn.BatchNorm2d]:
        return [m for m in self.modules() if isinstance(m, nn.BatchNorm2d)]


def build_network(config: NetworkConfig) -> TransformerNet | LiteNet:
    return LiteNet(config) if config.kind == "lite" else TransformerNet(config)


def reflect(x: Tensor, amount: int) -> Tensor:
    """Reflects rows and columns of (N, C, H, W) outward on all sides, without repeating the edge."""
    return F.pad(x, (amount,) * 4, mode="reflect")


def reflect_border(image: Tensor) -> Tensor:
    """Reflects (N, C, H, W) outward by one cell, and at the far edges further up to a multiple of `CELL`."""
    more_rows, more_columns = -image.shape[2] % CELL, -image.shape[3] % CELL
    return F.pad(image, (CELL, CELL + more_columns, CELL, CELL + more_rows), mode="reflect")


def _conv_bias(conv: nn.Module) -> Tensor:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    return conv.bias

"""Recognises a state dict as EfficientNet-Lite (github.com/tensorflow/tpu, efficientnet/lite), with the names of
the efficientnet_pytorch family: _conv_stem, _blocks.N._expand_conv, ..., _fc.

The names say what the layers are; batch norms are folded. Shapes are checked against each other here and against
the architecture by the program, which knows it. Every tensor must be of a layer."""
from __future__ import annotations

import pathlib
import re

import numpy as np

from .batch_norm import BatchNorm
from .graph import ConversionError
from .model import NONE, Layer, Model

BATCH_NORM_EPSILON = 0.001
PIXEL_MEAN, PIXEL_STD = 127.0, 128.0
# Blocks and channels of the last block: the depth and width multipliers of the five, and their input.
_VARIANTS = {(16, 320): ("efficientnet_lite0", 224), (21, 320): ("efficientnet_lite1", 240),
             (21, 352): ("efficientnet_lite2", 260), (24, 384): ("efficientnet_lite3", 280),
             (30, 448): ("efficientnet_lite4", 300)}
_EXPECTED = "expected efficientnet_lite0 to 4"


def match(tensors: dict[str, np.ndarray], path: pathlib.Path) -> Model:
    """Raises ConversionError for what is none."""
    taken = _Taken(tensors, path)
    layers = [taken.convolution("conv1", "_conv_stem", "_bn0")]
    blocks = _block_count(tensors, path)
    for index in range(blocks):
        prefix = f"_blocks.{index}."
        # Blocks without expansion have no first batch norm.
        if f"{prefix}_expand_conv.weight" in tensors:
            layers.append(taken.convolution(f"block_{index}.expand", f"{prefix}_expand_conv", f"{prefix}_bn0"))
        layers.append(taken.depthwise(f"block_{index}.depthwise", f"{prefix}_depthwise_conv", f"{prefix}_bn1"))
        layers.append(taken.convolution(f"block_{index}.project", f"{prefix}_project_conv", f"{prefix}_bn2"))
    last = len(layers[-1].bias) if blocks else 0
    layers.append(taken.convolution("conv_last", "_conv_head", "_bn1"))
    layers.append(taken.fully_connected("logits", "_fc"))
    taken.check_rest()
    if (blocks, last) not in _VARIANTS:
        raise ConversionError(f"{path}: {blocks} blocks, the last of {last} channels ({_EXPECTED})")
    architecture, resolution = _VARIANTS[blocks, last]
    return Model(architecture, 1.0, resolution, len(layers[-1].bias), NONE, None, [PIXEL_MEAN] * 3,
                 [PIXEL_STD] * 3, layers)


def _block_count(tensors: dict[str, np.ndarray], path: pathlib.Path) -> int:
    numbers = {int(found[1]) for name in tensors if (found := re.match(r"_blocks\.([0-9]{1,3})\.", name))}
    if numbers != set(range(len(numbers))):
        raise ConversionError(f"{path}: blocks {sorted(numbers)} (expected all from 0 on)")
    return len(numbers)


class _Taken:
    """The tensors, and which of them no layer has asked for."""

    def __init__(self, tensors: dict[str, np.ndarray], path: pathlib.Path):
        self.tensors = tensors
        self.path = path
        self.rest = {name for name in tensors if not name.endswith(".num_batches_tracked")}

    def take(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        if name not in self.tensors:
            raise ConversionError(f"{self.path}: no {name} ({_EXPECTED})")
        tensor = self.tensors[name]
        fits = len(tensor.shape) == len(shape) and all(
            found > 0 and wanted in (None, found) for found, wanted in zip(tensor.shape, shape))
        if not fits or tensor.dtype.kind != "f":
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise ConversionError(f"{self.path}: {name}: {tensor.dtype} {list(tensor.shape)} (expected floats "
                                  f"[{wanted}])")
        if not np.isfinite(tensor).all():
            raise ConversionError(f"{self.path}: {name}: a number is not finite (expected finite weights)")
        self.rest.discard(name)
        return tensor.astype(np.float64)

    def convolution(self, layer: str, name: str, batch_norm: str) -> Layer:
        weights = self.take(f"{name}.weight", (None, None, None, None)).transpose(0, 2, 3, 1)  # OIHW
        return self.folded(layer, weights, 0, batch_norm)

    def depthwise(self, layer: str, name: str, batch_norm: str) -> Layer:
        weights = self.take(f"{name}.weight", (None, 1, None, None))[:, 0].transpose(1, 2, 0)
        return self.folded(layer, weights, 2, batch_norm)

    def folded(self, layer: str, weights: np.ndarray, channel_axis: int, batch_norm: str) -> Layer:
        channels = (weights.shape[channel_axis], )
        gamma, beta, mean, variance = (
            self.take(f"{batch_norm}.{part}", channels)
            for part in ("weight", "bias", "running_mean", "running_var"))
        if (variance < 0).any():
            raise ConversionError(f"{self.path}: {batch_norm}.running_var: is negative (expected a variance)")
        norm = BatchNorm(gamma, beta, mean, variance, BATCH_NORM_EPSILON)
        return self.layer(layer, *norm.fold(weights, channel_axis), channel_axis)

    def fully_connected(self, layer: str, name: str) -> Layer:
        weights = self.take(f"{name}.weight", (None, None))
        return self.layer(layer, weights, self.take(f"{name}.bias", (weights.shape[0], )), 0)

    def layer(self, name: str, weights: np.ndarray, bias: np.ndarray, channel_axis: int) -> Layer:
        with np.errstate(over="ignore"):  # becomes infinite, and is found
            rounded = np.ascontiguousarray(weights, np.float32), bias.astype(np.float32)
        if not all(np.isfinite(values).all() for values in rounded):
            raise ConversionError(f"{self.path}: {name}: folded weights are not finite (expected finite ones)")
        return Layer(name, weights=rounded[0], bias=rounded[1], channel_axis=channel_axis)

    def check_rest(self) -> None:
        if self.rest:
            raise ConversionError(f"{self.path}: {min(self.rest)}: is of no layer ({_EXPECTED})")

"""A recognised network: its layers by name, with their weights as the model file will hold them."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .graph import Quantization

NONE, U8_PER_TENSOR, S8_PER_CHANNEL = "none", "u8_per_tensor", "s8_per_channel"


@dataclass
class Layer:
    """A convolution or fully connected layer, or (weights None) another one that has a scale of its own."""
    name: str
    # Convolution [OC, KH, KW, IC], depthwise [KH, KW, C], fully connected [OC, IC].
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    channel_axis: int = 0  # of weights: the output channels
    weights_scale: np.ndarray | None = None  # float32: [1] for u8, [OC] for s8
    weights_zero_point: int = 0
    input: Quantization | None = None
    output: Quantization | None = None

    def per_channel(self, values: np.ndarray) -> np.ndarray:
        """One value, or one per output channel, in a shape that multiplies the weights."""
        shape = [1] * self.weights.ndim
        shape[self.channel_axis] = len(values)
        return values.reshape(shape)


@dataclass
class Model:
    architecture: str
    width_multiplier: float
    resolution: int  # pixels
    classes: int
    quantization: str  # NONE, U8_PER_TENSOR or S8_PER_CHANNEL
    input: Quantization | None
    mean: list[float]
    std: list[float]
    layers: list[Layer] = field(default_factory=list)


def tensors_of(model: Model) -> dict[str, np.ndarray]:
    """The model file's tensors, in the order of the layers."""
    tensors: dict[str, np.ndarray] = {}

    def add_quantization(name: str, quantization: Quantization) -> None:
        tensors[f"{name}.scale"] = np.array([quantization.scale], np.float32)
        tensors[f"{name}.zero_point"] = np.array([quantization.zero_point], np.int32)

    if model.quantization != NONE:
        add_quantization("input", model.input)
    for layer in model.layers:
        if layer.weights is not None:
            tensors[f"{layer.name}.weights"] = layer.weights
            tensors[f"{layer.name}.bias"] = layer.bias
        if model.quantization == NONE:
            continue
        if layer.weights is not None:
            tensors[f"{layer.name}.weights.scale"] = layer.weights_scale
            tensors[f"{layer.name}.weights.zero_point"] = np.array([layer.weights_zero_point], np.int32)
        add_quantization(f"{layer.name}.output", layer.output)
    return tensors

"""A network as the model file will hold it: layers in the order of execution, with their weights."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .graph import Quantization

NONE, U8_PER_TENSOR, S8_PER_CHANNEL = "none", "u8_per_tensor", "s8_per_channel"


@dataclass(frozen=True)
class Window:
    kernel: tuple[int, int]  # height, width
    stride: int = 1
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # rows and columns: top, bottom, left, right


@dataclass
class Layer:
    """What one layer computes, on which values, and with which weights (None if it has none). If the
    architecture's name says what it computes, only name, weights and scales matter."""
    name: str
    operator: str = ""  # as models/layer_list.h has it: "conv", "depthwise", "add", "concat", ...
    inputs: list[int] = field(default_factory=list)  # values: 0 is the input, i + 1 what layer i writes
    shape: tuple[int, int, int] = (0, 0, 0)  # of the output: height, width, channels
    activation: str = "none"  # or "relu", "relu6", "sigmoid", "tanh"
    activations: tuple[str, ...] = ()  # all that are equivalent, as the type of the output clamps it, too
    window: Window | None = None  # for convolutions and pools
    groups: int = 1  # for "conv"
    numbers: dict[str, float] = field(default_factory=dict)  # for "lrn": size, alpha, beta, k
    # Convolution [OC, KH, KW, IC / groups], depthwise [KH, KW, C], fully connected [OC, IC].
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    channel_axis: int = 0  # of the weights: the output channels' axis
    weights_scale: np.ndarray | None = None  # float32: [1] for u8, [OC] for s8
    weights_zero_point: int = 0
    input: Quantization | None = None
    output: Quantization | None = None  # None: that of its input

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
    # real = (pixel - mean) / std for pixels in 0...255, one of each per channel; None if the file does not say.
    mean: list[float] | None
    std: list[float] | None
    layers: list[Layer] = field(default_factory=list)
    has_name: bool = True  # false: no architecture's name stands for its layers
    # What the file, or its origin, says about these; None: nothing.
    labels: list[str] | None = None
    color: str | None = None  # the order of the channels: "rgb" or "bgr"; "grey" is one channel
    interpolation: str | None = None  # "bilinear" or "bicubic"
    crop_fraction: float | None = None


def layer_list(model: Model) -> list[dict[str, object]]:
    """`mobilenet.layers` of a network that no name stands for (models/layer_list.h)."""
    names = ["input"] + [layer.name for layer in model.layers]
    return [_described(layer, [names[value] for value in layer.inputs]) for layer in model.layers]


def _described(layer: Layer, inputs: list[str]) -> dict[str, object]:
    described: dict[str, object] = {"name": layer.name, "operator": layer.operator, "inputs": inputs}
    if layer.operator in ("conv", "fully_connected"):
        described["channels"] = layer.shape[2]
    if layer.window is not None:
        described.update(kernel=list(layer.window.kernel), stride=layer.window.stride,
                         padding=list(layer.window.padding))
    if layer.groups != 1:
        described["groups"] = layer.groups
    described.update(layer.numbers)
    if layer.activation != "none":
        described["activation"] = layer.activation
    return described


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
        if layer.output is not None:
            add_quantization(f"{layer.name}.output", layer.output)
    return tensors

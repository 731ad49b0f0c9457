"""Recognises a graph as MobileNet V1 (arXiv 1704.04861) or V2 (arXiv 1801.04381), operator by operator.

The graph is walked along its only path (V2's shortcuts rejoin it at each ADD), and each operator must be the
one the architecture has there, with its stride, padding, activation and shapes. What does not fit is an error
that names the operator, its position and what was expected."""
from __future__ import annotations

import numpy as np

from .graph import (ConversionError, Graph, Operator, Quantization, Tensor, describe, describe_quantization)
from .model import NONE, S8_PER_CHANNEL, U8_PER_TENSOR, Layer, Model

# Table 1 of V1: stride of the depthwise convolution, channels of the pointwise one. (The paper prints stride
# 2 for the last depthwise layer; its own shapes and every implementation have 1.)
V1_PAIRS = ((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), (1, 512), (1, 512), (1, 512), (1, 512),
            (1, 512), (2, 1024), (1, 1024))
# Table 2 of V2: expansion, channels, repeats, stride of the first.
V2_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
             (6, 320, 1, 1))
V2_LAST = 1280
V2_BLOCKS = tuple((expansion, channels, stride if i == 0 else 1)
                  for expansion, channels, repeats, stride in V2_STAGES for i in range(repeats))
MAX_WIDTH_MULTIPLIER = 16
MAX_RESOLUTION = 2048

_QUANTIZATIONS = {"FLOAT32": NONE, "UINT8": U8_PER_TENSOR, "INT8": S8_PER_CHANNEL}
_RANGES = {"UINT8": (0, 255), "INT8": (-128, 127)}
_KNOWN = "mobilenet_v1 or mobilenet_v2"


def match(graph: Graph) -> Model:
    """Raises ConversionError for a graph that is neither."""
    if not graph.operators:
        raise ConversionError(f"{graph.path}: no operators (expected {_KNOWN})")
    walk = _Walk(graph)
    pixels = walk.input_quantization()
    resolution = walk.resolution()
    conv1 = walk.convolution("conv1", "CONV_2D 3x3, stride 2", 3, 2, True)
    first = walk.depthwise("depthwise", 1)
    # The two part ways at the third layer: V2's projection is linear.
    if walk.next_is_linear():
        architecture, layers = "mobilenet_v2", _match_v2(walk, conv1, first)
    else:
        architecture, layers = "mobilenet_v1", _match_v1(walk, conv1, first)
    layers += walk.pool(architecture)
    layers.append(walk.logits())
    walk.end()
    width = _width_multiplier(graph, architecture, layers)
    mean, std = _preprocessing(graph, pixels)
    return Model(architecture, width, resolution, len(layers[-1].bias), _QUANTIZATIONS[walk.dtype],
                 walk.input, mean, std, layers)


def _match_v1(walk: _Walk, conv1: Layer, first: Layer) -> list[Layer]:
    layers = [conv1]
    for index, (stride, _) in enumerate(V1_PAIRS, 1):
        depthwise = first if index == 1 else walk.depthwise(f"conv_dw_{index}", stride)
        depthwise.name = f"conv_dw_{index}"
        layers += [depthwise, walk.convolution(f"conv_pw_{index}", "CONV_2D 1x1", 1, 1, True)]
    return layers


def _match_v2(walk: _Walk, conv1: Layer, first: Layer) -> list[Layer]:
    layers = [conv1]
    for index, (expansion, channels, stride) in enumerate(V2_BLOCKS):
        name = f"block_{index}"
        shortcut = walk.at
        if expansion > 1:
            layers.append(walk.convolution(f"{name}.expand", "CONV_2D 1x1", 1, 1, True))
        depthwise = first if index == 0 else walk.depthwise(f"{name}.depthwise", stride)
        depthwise.name = f"{name}.depthwise"
        layers += [depthwise, walk.convolution(f"{name}.project", "CONV_2D 1x1", 1, 1, False)]
        if index > 0 and stride == 1 and channels == V2_BLOCKS[index - 1][1]:
            layers.append(walk.add(f"{name}.add", shortcut))
    layers.append(walk.convolution("conv_last", "CONV_2D 1x1", 1, 1, True))
    return layers


class _Walk:
    """A position in the graph, and the checks that an operator is what it should be there."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.position = 0
        self.at = graph.input  # the tensor that the next operator must read
        self.dtype = ""  # of the feature maps
        self.input: Quantization | None = None  # of the first convolution's input

    # Where the walk is.

    def peek(self) -> Operator | None:
        return self.graph.operators[self.position] if self.position < len(self.graph.operators) else None

    def take(self, kinds: tuple[str, ...], expected: str) -> Operator:
        operator = self.peek()
        if operator is None:
            last = self.graph.operators[-1].where
            raise ConversionError(f"{last}: the network ends after it (expected {expected}: {_KNOWN})")
        if operator.kind not in kinds:
            raise ConversionError(f"{operator.where} does not fit (expected {expected}: {_KNOWN})")
        if not any(tensor is self.at for tensor in operator.inputs):
            raise ConversionError(
                f"{operator.where} does not read the output of the operator before it (expected "
                f"{expected} there: {_KNOWN})")
        if operator.output is None:
            raise ConversionError(f"{operator.where} has not one output (expected {expected}: {_KNOWN})")
        self.position += 1
        self.at = operator.output
        return operator

    def demand(self, fits: bool, operator: Operator, found: str, expected: str) -> None:
        if not fits:
            raise ConversionError(f"{operator.where}: {found} (expected {expected}: {_KNOWN})")

    # The input.

    def input_quantization(self) -> Quantization | None:
        """Steps over a QUANTIZE. Returns the scale and zero point by which the file wants its pixels as uint8
        or int8, as those of uint8; None if it wants real values."""
        given = self.graph.input
        while (operator := self.peek()) and operator.kind in ("QUANTIZE", "DEQUANTIZE"):
            self.take((operator.kind,), "CONV_2D 3x3, stride 2")
        self.dtype = self.at.dtype
        if self.dtype not in _QUANTIZATIONS:
            raise ConversionError(
                f"{self.graph.path}: input is {describe(self.at)} (expected FLOAT32, UINT8 or INT8)")
        if self.dtype == "FLOAT32":
            if given.dtype != "FLOAT32":
                raise ConversionError(
                    f"{self.graph.path}: input is {describe(given)} but the network is FLOAT32 "
                    f"(expected FLOAT32)")
            return None
        self.input = self._one_quantization(self.at, f"{self.graph.path}: input")
        if given.dtype == "FLOAT32":
            return None
        pixels = self._as_uint8(given, self._one_quantization(given, f"{self.graph.path}: input"))
        if pixels != self._as_uint8(self.at, self.input):
            raise ConversionError(
                f"{self.graph.path}: input has {describe_quantization(given)}, then QUANTIZE makes it "
                f"{describe_quantization(self.at)} (expected the same values)")
        return pixels

    @staticmethod
    def _as_uint8(tensor: Tensor, quantization: Quantization) -> Quantization:
        shift = 128 if tensor.dtype == "INT8" else 0
        return Quantization(quantization.scale, quantization.zero_point + shift)

    def resolution(self) -> int:
        shape = self.at.shape
        if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[3] != 3 or shape[1] % 32 != 0 \
                or not 32 <= shape[1] <= MAX_RESOLUTION:
            raise ConversionError(
                f"{self.graph.path}: input is {describe(self.at)} (expected [1, R, R, 3], R a "
                f"multiple of 32 up to {MAX_RESOLUTION})")
        return shape[1]

    # The layers.

    def convolution(self, name: str, expected: str, kernel: int, stride: int, relu6: bool) -> Layer:
        before = self.at
        operator = self.take(("CONV_2D",), expected)
        weights = self._weights(operator, 4)
        shape = weights.shape
        self.demand(shape[1:3] == (kernel, kernel), operator, f"kernel {shape[1]}x{shape[2]}", expected)
        self.demand(shape[3] == before.shape[-1], operator,
                    f"weights {list(shape)} on {before.shape[-1]} channels",
                    f"[OC, {kernel}, {kernel}, {before.shape[-1]}]")
        self._check_window(operator, before, kernel, stride, shape[0])
        self._check_activation(operator, relu6)
        return self._layer(name, operator, before, weights, 0)

    def depthwise(self, name: str, stride: int) -> Layer:
        before = self.at
        expected = f"DEPTHWISE_CONV_2D 3x3, stride {stride}"
        operator = self.take(("DEPTHWISE_CONV_2D",), expected)
        weights = self._weights(operator, 4)
        channels = before.shape[-1]
        self.demand(weights.shape == (1, 3, 3, channels), operator, f"weights {list(weights.shape)}",
                    f"[1, 3, 3, {channels}]")
        # 0 is what old converters wrote: the shape of the weights says the same.
        self.demand(operator.options["depth_multiplier"] in (0, 1), operator,
                    f"depth multiplier {operator.options['depth_multiplier']}", "1")
        self._check_window(operator, before, 3, stride, channels)
        self._check_activation(operator, True)
        return self._layer(name, operator, before, weights, 3)

    def add(self, name: str, shortcut: Tensor) -> Layer:
        operator = self.take(("ADD",), "ADD")
        self.demand(
            len(operator.inputs) == 2 and any(tensor is shortcut for tensor in operator.inputs), operator,
            "does not add the input of its block", "the shortcut")
        self.demand(shortcut.shape == operator.output.shape, operator,
                    f"adds {list(shortcut.shape)} to {list(operator.output.shape)}", "equal shapes")
        self._check_activation(operator, False)
        return Layer(name, output=self._output(operator))

    def pool(self, architecture: str) -> list[Layer]:
        """The global average pool; a layer of its own only if it changes the scale (MEAN may, AVERAGE_POOL_2D
        must not). Then its `global_avg_pool.output` is written, which V1 readers don't look for."""
        before = self.at
        expected = f"AVERAGE_POOL_2D {before.shape[1]}x{before.shape[2]} or MEAN over height and width"
        operator = self.take(("AVERAGE_POOL_2D", "MEAN"), expected)
        if operator.kind == "MEAN":
            axes = operator.options["axes"]
            self.demand(axes is not None and sorted(axis % 4 for axis in axes) == [1, 2], operator,
                        f"axes {axes}", expected)
        else:
            window = (operator.options["filter_h"], operator.options["filter_w"])
            self.demand(window == before.shape[1:3], operator, f"window {window[0]}x{window[1]}", expected)
            self.demand(operator.options["activation"] == "NONE", operator, operator.options["activation"],
                        "no activation")
        channels = before.shape[-1]
        self.demand(self.at.shape in ((1, 1, 1, channels), (1, channels)), operator,
                    f"output {list(self.at.shape)}", f"[1, 1, 1, {channels}]")
        output = self._output(operator)
        self._skip_reshapes()
        if output == before.quantization():
            return []
        self.demand(architecture != "mobilenet_v1" and operator.kind == "MEAN", operator,
                    f"output has {describe_quantization(operator.output)}",
                    f"{describe_quantization(before)}, as its input")
        return [Layer("global_avg_pool", output=output)]

    def logits(self) -> Layer:
        before = self.at
        operator = self.take(("CONV_2D", "FULLY_CONNECTED"), "CONV_2D 1x1 or FULLY_CONNECTED, the logits")
        channels = before.shape[-1]
        if operator.kind == "CONV_2D":
            weights = self._weights(operator, 4)
            self.demand(weights.shape[1:] == (1, 1, channels), operator, f"weights {list(weights.shape)}",
                        f"[classes, 1, 1, {channels}]")
            weights = weights.reshape(weights.shape[0], channels)
        else:
            weights = self._weights(operator, 2)
            self.demand(operator.options["weights_format"] == 0, operator, "shuffled weights",
                        "the default format")
            self.demand(weights.shape[1] == channels, operator, f"weights {list(weights.shape)}",
                        f"[classes, {channels}]")
        self.demand(self.at.shape[-1:] == weights.shape[:1], operator, f"output {list(self.at.shape)}",
                    f"{weights.shape[0]} classes")
        self._check_activation(operator, False)
        return self._layer("logits", operator, before, weights, 0)

    def end(self) -> None:
        """A softmax or none, then nothing but changes of shape and type."""
        self._skip_reshapes(also=("QUANTIZE", "DEQUANTIZE"))
        operator = self.peek()
        if operator is not None and operator.kind == "SOFTMAX":
            self.take(("SOFTMAX",), "SOFTMAX")
            self.demand(operator.options["beta"] == 1, operator, f"beta {operator.options['beta']}", "1")
        self._skip_reshapes(also=("QUANTIZE", "DEQUANTIZE"))
        operator = self.peek()
        if operator is not None:
            raise ConversionError(
                f"{operator.where} does not fit (expected the end of the network after the logits "
                f"and the softmax: {_KNOWN})")
        if self.at is not self.graph.output:
            raise ConversionError(
                f"{self.graph.path}: the output is {self.graph.output.name} (expected what the last "
                f"operator writes, {self.at.name})")

    # What the layers have in common.

    def next_is_linear(self) -> bool:
        operator = self.peek()
        return operator is not None and operator.kind == "CONV_2D" and operator.output is not None \
            and self._clamps(operator) == "NONE"

    def _skip_reshapes(self, also: tuple[str, ...] = ()) -> None:
        while (operator := self.peek()) and operator.kind in ("RESHAPE", "SQUEEZE") + also:
            before = self.at
            self.take((operator.kind,), operator.kind)
            self.demand(
                np.prod(before.shape) == np.prod(self.at.shape), operator, f"output {list(self.at.shape)}",
                f"as many elements as {list(before.shape)}")
            # The channels stay the last dimension, and a RESHAPE keeps the numbers as they are.
            self.demand(self.at.shape[-1:] == before.shape[-1:], operator, f"output {list(self.at.shape)}",
                        f"[1, {before.shape[-1]}]")
            if operator.kind in ("RESHAPE", "SQUEEZE"):
                self.demand(self.at.dtype == before.dtype and self.at.quantization() == before.quantization(),
                            operator, f"changes the type or scale to {describe(self.at)}", "the same numbers")

    def _weights(self, operator: Operator, rank: int) -> np.ndarray:
        tensor = operator.inputs[1] if len(operator.inputs) > 1 else None
        self.demand(operator.inputs[0] is not tensor and tensor is not None and tensor.data is not None,
                    operator, "weights are no constant", "constant weights")
        self.demand(tensor.dtype == self.dtype, operator, f"weights are {tensor.dtype}", self.dtype)
        self.demand(tensor.data.ndim == rank and min(tensor.shape) > 0, operator,
                    f"weights {list(tensor.shape)}", f"{rank} dimensions")
        if self.dtype == "FLOAT32":
            self.demand(bool(np.isfinite(tensor.data).all()), operator, "a weight is not finite",
                        "finite weights")
        return tensor.data

    def _check_window(self, operator: Operator, before: Tensor, kernel: int, stride: int,
                      channels: int) -> None:
        options = operator.options
        strides = (options["stride_h"], options["stride_w"])
        self.demand(strides == (stride, stride), operator, f"stride {strides[0]}x{strides[1]}",
                    f"stride {stride}")
        dilations = (options["dilation_h"], options["dilation_w"])
        self.demand(dilations == (1, 1), operator, f"dilation {dilations[0]}x{dilations[1]}", "dilation 1")
        # A 1x1 kernel has nothing to pad.
        self.demand(options["padding"] == "SAME" or kernel == 1, operator, f"{options['padding']} padding",
                    "SAME padding")
        size = [-(-extent // stride) for extent in before.shape[1:3]]
        self.demand(operator.output.shape == (1, *size, channels), operator,
                    f"output {list(operator.output.shape)}", f"{[1, *size, channels]}")

    def _clamps(self, operator: Operator) -> str:
        """The activation as the numbers see it: a quantised tensor whose range lies within [0, 6] is clamped
        by its type, so NONE or RELU there is RELU6, and some published files are written so."""
        activation = operator.options["activation"]
        quantization = operator.output.quantization()
        if self.dtype == "FLOAT32" or quantization is None or activation not in ("NONE", "RELU"):
            return activation
        low, high = _RANGES[self.dtype]
        six = quantization.zero_point + round(6 / float(quantization.scale))
        if six >= high and (activation == "RELU" or quantization.zero_point <= low):
            return "RELU6"
        return activation

    def _check_activation(self, operator: Operator, relu6: bool) -> None:
        found = self._clamps(operator)
        if relu6:
            self.demand(found == "RELU6", operator, f"activation {found}", "RELU6")
        else:
            self.demand(operator.options["activation"] == "NONE", operator,
                        f"activation {operator.options['activation']}", "no activation")

    def _output(self, operator: Operator) -> Quantization | None:
        self.demand(operator.output.dtype == self.dtype, operator, f"output is {operator.output.dtype}",
                    self.dtype)
        if self.dtype == "FLOAT32":
            return None
        return self._one_quantization(operator.output, f"{operator.where}: output")

    def _one_quantization(self, tensor: Tensor, what: str) -> Quantization:
        one = tensor.quantization()
        low, high = _RANGES.get(tensor.dtype, (0, 0))
        if one is None or not low <= one.zero_point <= high:
            raise ConversionError(
                f"{what} has {describe_quantization(tensor)} (expected one scale, and a zero point "
                f"from {low} to {high})")
        return one

    def _layer(self, name: str, operator: Operator, before: Tensor, weights: np.ndarray,
               channel_axis: int) -> Layer:
        channels = weights.shape[channel_axis]
        output = self._output(operator)
        stored = weights
        if operator.kind == "DEPTHWISE_CONV_2D":  # [1, KH, KW, C] -> [KH, KW, C]
            stored, channel_axis = weights[0], 2
        bias = self._bias(operator, channels)
        layer = Layer(name, weights=stored, bias=bias, channel_axis=channel_axis,
                      input=before.quantization(), output=output)
        if self.dtype != "FLOAT32":
            self._add_weight_scales(layer, operator, 3 if operator.kind == "DEPTHWISE_CONV_2D" else 0,
                                    channels)
        return layer

    def _bias(self, operator: Operator, channels: int) -> np.ndarray:
        dtype = "FLOAT32" if self.dtype == "FLOAT32" else "INT32"
        tensor = operator.inputs[2] if len(operator.inputs) > 2 else None
        if tensor is None:
            return np.zeros(channels, np.float32 if dtype == "FLOAT32" else np.int32)
        self.demand(tensor.dtype == dtype and tensor.data is not None and tensor.data.shape == (channels,),
                    operator, f"bias is {describe(tensor)}", f"constant {dtype} [{channels}]")
        if dtype == "FLOAT32":
            self.demand(bool(np.isfinite(tensor.data).all()), operator, "a bias is not finite",
                        "finite biases")
        return tensor.data

    def _add_weight_scales(self, layer: Layer, operator: Operator, dimension: int, channels: int) -> None:
        weights = operator.inputs[1]
        scales, zero_points = weights.scales, weights.zero_points
        self.demand(scales is not None, operator, "weights have no scale", "a scale")
        if self.dtype == "UINT8":
            one = self._one_quantization(weights, f"{operator.where}: weights")
            layer.weights_zero_point = one.zero_point
        else:
            self.demand(
                len(scales) in (1, channels), operator, f"weights have {len(scales)} scales", f"{channels}")
            self.demand(
                len(scales) == 1 or weights.quantized_dimension == dimension, operator,
                f"weights are quantised along dimension {weights.quantized_dimension}", f"{dimension}")
            self.demand(not zero_points.any(), operator, "weights have a zero point", "zero point 0")
            scales = np.broadcast_to(scales, (channels,))
        layer.weights_scale = np.array(scales, np.float32)
        bias = operator.inputs[2] if len(operator.inputs) > 2 else None
        if bias is not None and bias.scales is not None:
            implied = np.float64(layer.input.scale) * layer.weights_scale
            self.demand(len(bias.scales) in (1, len(implied)) and np.allclose(bias.scales, implied, 1e-3, 0)
                        and not bias.zero_points.any(), operator, "bias has another scale",
                        "input scale x weights scale, zero point 0")


# The numbers of the whole network.

def _preprocessing(graph: Graph, pixels: Quantization | None) -> tuple[list[float], list[float]]:
    """mean and std of real = (pixel - mean) / std. Where the file takes uint8 pixels as they are, those that
    make each pixel p the quantised value p."""
    if pixels is not None:
        return [float(pixels.zero_point)] * 3, [1.0 / float(pixels.scale)] * 3
    return graph.normalization or ([127.5] * 3, [127.5] * 3)


def _width_multiplier(graph: Graph, architecture: str, layers: list[Layer]) -> float:
    """The roundest number that gives the channels found."""
    channels_at = {"mobilenet_v1": _v1_channels, "mobilenet_v2": _v2_channels}[architecture]
    found = [len(layer.bias) for layer in layers if layer.weights is not None][:-1]
    # V1's last channels tell the width; V2's don't below 1.0, those of its last block do.
    guess = found[-1] / 1024 if architecture == "mobilenet_v1" else found[-2] / 320
    for decimals, step in ((1, 10), (2, 20), (2, 100), (3, 1000), (4, 10_000)):
        center = round(guess * step)
        for offset in (0, 1, -1, 2, -2, 3, -3):
            width = round((center + offset) / step, decimals)
            if 0 < width <= MAX_WIDTH_MULTIPLIER and channels_at(width) == found:
                return width
    if 0 < guess <= MAX_WIDTH_MULTIPLIER and channels_at(guess) == found:
        return guess
    raise ConversionError(f"{graph.path}: channels {found} (expected those of {architecture} at some width "
                          f"multiplier)")


def _v1_channels(width: float) -> list[int]:
    def scaled(channels: int) -> int:
        return max(8, int(width * channels))
    found = [scaled(32)]
    for _, channels in V1_PAIRS:
        found += [found[-1], scaled(channels)]
    return found


def _v2_channels(width: float) -> list[int]:
    def scaled(channels: float) -> int:  # a multiple of 8, never below 90 % of the exact number
        rounded = max(8, int(channels + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * channels else rounded
    found = [scaled(32 * width)]
    at = found[0]
    for expansion, channels, _ in V2_BLOCKS:
        found += [at * expansion] * (1 if expansion == 1 else 2)
        at = scaled(channels * width)
        found.append(at)
    return found + [scaled(V2_LAST * max(width, 1.0))]

"""Small networks of any operators as TFLite files, and what they compute: the oracle of the tests of networks
without a name. It knows nothing of model files: it runs the graph itself, in real numbers, and rounds each
quantised map once."""
from __future__ import annotations

import numpy as np

from tflite_builder import GraphSpec, OperatorSpec, TensorSpec

RANGES = {"UINT8": (0, 255), "INT8": (-128, 127)}


class GraphBuilder:
    """Adds operators to a graph whose maps are float ("f32", with the weights as "f16" or "dynamic" int8), uint8
    or int8 ("u8", "s8"). Methods take and return tensors; the scales of quantised maps are those of what a seeded
    picture gives there."""

    def __init__(self, kind: str = "f32", resolution: int = 24, seed: int = 1, per_channel: bool = True,
                 scale: float = 1 / 128, zero_point: int = 128):
        """`scale` and `zero_point` are those of pixels of 0...255."""
        self.kind, self.per_channel = kind, per_channel
        self.random = np.random.default_rng(seed)
        self.graph = GraphSpec()
        self.dtype = {"u8": "UINT8", "s8": "INT8"}.get(kind, "FLOAT32")
        self.pixels = self.random.integers(0, 256, (resolution, resolution, 3), dtype=np.uint8)
        self.real: dict[int, np.ndarray] = {}  # what each tensor holds for these pixels
        shape = [1, resolution, resolution, 3]
        if self.dtype == "FLOAT32":
            self.input = self.graph.tensor("FLOAT32", shape)
        else:
            self.input = self.graph.tensor(self.dtype, shape, None, [scale], [zero_point + RANGES[self.dtype][0]])
        self.graph.inputs = [self.input]
        self.real[self.input] = (self.pixels[None] - float(zero_point)) * np.float64(np.float32(scale))

    def shape(self, x: int) -> list[int]:
        return list(self.graph.tensors[x].shape)

    # Operators.

    def conv(self, x: int, channels: int, kernel: tuple[int, int] = (1, 1), stride: int = 1, padding: str = "SAME",
             groups: int = 1, activation: str = "NONE", bias: bool = True) -> int:
        parameters = self.parameters(x, [channels, *kernel, self.shape(x)[3] // groups], 0, bias)
        return self.add_operator("CONV_2D", [x, *parameters], Padding=padding, StrideH=stride, StrideW=stride,
                                 DilationHFactor=1, DilationWFactor=1, FusedActivationFunction=activation)

    def depthwise(self, x: int, kernel: tuple[int, int] = (3, 3), stride: int = 1, padding: str = "SAME",
                  multiplier: int = 1, activation: str = "NONE") -> int:
        parameters = self.parameters(x, [1, *kernel, self.shape(x)[3] * multiplier], 3, True)
        return self.add_operator("DEPTHWISE_CONV_2D", [x, *parameters], Padding=padding, StrideH=stride,
                                 StrideW=stride, DilationHFactor=1, DilationWFactor=1, DepthMultiplier=multiplier,
                                 FusedActivationFunction=activation)

    def fully_connected(self, x: int, channels: int, activation: str = "NONE", bias: bool = True,
                        each_pixel: bool = False) -> int:
        inputs = self.shape(x)[-1] if each_pixel else int(np.prod(self.shape(x)))
        parameters = self.parameters(x, [channels, inputs], 0, bias)
        return self.add_operator("FULLY_CONNECTED", [x, *parameters], FusedActivationFunction=activation,
                                 KeepNumDims=each_pixel)

    def add(self, a: int, b: int, activation: str = "NONE") -> int:
        return self.add_operator("ADD", [a, b], FusedActivationFunction=activation)

    def concat(self, *inputs: int) -> int:
        return self.add_operator("CONCATENATION", list(inputs), Axis=3)

    def mean(self, x: int, keep: bool = True) -> int:
        return self.add_operator("MEAN", [x, self.graph.constant(np.array([1, 2], np.int32))], KeepDims=keep)

    def pool(self, x: int) -> int:
        _, height, width, _ = self.shape(x)
        return self.add_operator("AVERAGE_POOL_2D", [x], like=x, Padding="VALID", StrideH=1, StrideW=1,
                                 FilterHeight=height, FilterWidth=width, FusedActivationFunction="NONE")

    def window_pool(self, x: int, kernel: tuple[int, int], stride: int = 2, padding: str = "VALID",
                    kind: str = "MAX_POOL_2D") -> int:
        return self.add_operator(kind, [x], like=x, Padding=padding, StrideH=stride, StrideW=stride,
                                 FilterHeight=kernel[0], FilterWidth=kernel[1], FusedActivationFunction="NONE")

    def pad(self, x: int, top: int, bottom: int, left: int, right: int) -> int:
        pads = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
        return self.add_operator("PAD", [x, self.graph.constant(pads)], like=x)

    def reshape(self, x: int, shape: list[int]) -> int:
        return self.add_operator("RESHAPE", [x, self.graph.constant(np.array(shape, np.int32))], like=x)

    def alone(self, kind: str, x: int, **options) -> int:
        """RELU, RELU6, TANH, SOFTMAX, LOGISTIC."""
        return self.add_operator(kind, [x], **options)

    def arithmetic(self, kind: str, x: int, constant: np.ndarray | float) -> int:
        """MUL, ADD, SUB or DIV of a constant."""
        return self.add_operator(kind, [x, self.graph.constant(np.array(constant, np.float32))],
                                 FusedActivationFunction="NONE")

    def requantize(self, x: int, factor: float) -> int:
        tensor = self.graph.tensors[x]
        output = self.graph.tensor(tensor.dtype, tensor.shape, None, [tensor.scales[0] * factor],
                                   tensor.zero_points)
        return self.add_operator("QUANTIZE", [x], output=output)

    def finish(self, x: int) -> bytes:
        self.graph.outputs = [x]
        return self.graph.write()

    # What they are made of.

    def parameters(self, x: int, shape: list[int], axis: int, has_bias: bool) -> list[int]:
        graph, channels = self.graph, shape[axis]
        real = self.random.standard_normal(shape) / np.sqrt(np.prod(shape) / channels)
        bias = self.random.standard_normal(channels) * 0.3 if has_bias else np.zeros(channels)
        if self.kind == "f16":
            halves = graph.constant(real.astype(np.float16))
            weights = graph.operator("DEQUANTIZE", [halves], graph.tensor("FLOAT32", shape))
        elif self.kind == "f32":
            weights = graph.constant(real.astype(np.float32))
        else:
            weights = self.quantized_weights(real, axis)
        made = [weights]
        if has_bias and self.dtype == "FLOAT32":
            made.append(graph.constant(bias.astype(np.float32)))
        elif has_bias:
            scales = np.float32(graph.tensors[x].scales[0]) * np.array(graph.tensors[weights].scales, np.float32)
            made.append(graph.constant(np.rint(bias / scales).astype(np.int32), scales=list(scales),
                                       zero_points=[0] * len(scales)))
        return made

    def quantized_weights(self, real: np.ndarray, axis: int) -> int:
        if self.kind == "u8":
            scale = np.float32((real.max() - real.min()) / 255)
            zero_point = int(np.clip(np.rint(-real.min() / scale), 0, 255))
            stored = np.clip(np.rint(real / scale) + zero_point, 0, 255).astype(np.uint8)
            return self.graph.constant(stored, scales=[scale], zero_points=[zero_point])
        others = tuple(i for i in range(real.ndim) if i != axis)
        largest = np.abs(real).max(axis=others, keepdims=True) if self.per_channel else np.abs(real).max()
        scales = (largest / 127).astype(np.float32)
        stored = np.clip(np.rint(real / scales), -127, 127).astype(np.int8)
        return self.graph.constant(stored, scales=list(np.ravel(scales)), zero_points=[0] * scales.size,
                                   dimension=axis)

    def add_operator(self, kind: str, inputs: list[int], output: int | None = None, like: int | None = None,
                     **options) -> int:
        """`like`: quantised as that tensor."""
        spec = OperatorSpec(kind, inputs, [-1], options)
        for index in inputs:
            if index not in self.real:
                self.real[index] = real_constant(self.graph, index)
        real = compute(self.graph, spec, [self.real[index] for index in inputs])
        if output is None:
            shape = list(real.shape)
            if self.dtype == "FLOAT32":
                output = self.graph.tensor("FLOAT32", shape)
            else:
                scale, zero_point = (1 / 256, RANGES[self.dtype][0]) if kind in ("SOFTMAX", "LOGISTIC") else \
                    self.range_of(real)
                if like is not None:
                    scale, zero_point = self.graph.tensors[like].scales[0], self.graph.tensors[like].zero_points[0]
                output = self.graph.tensor(self.dtype, shape, None, [scale], [zero_point])
        self.graph.operator(kind, inputs, output, **options)
        self.real[output] = rounded(self.graph.tensors[output], real)
        return output

    def range_of(self, real: np.ndarray) -> tuple[float, int]:
        low, high = min(real.min(), 0.0), max(real.max(), 0.0)
        scale = float(np.float32((high - low) / 255)) or 1.0
        return scale, int(np.rint(-low / scale)) + RANGES[self.dtype][0]


# The oracle.

def run_graph(graph: GraphSpec, real_input: np.ndarray) -> np.ndarray:
    """The real numbers that the output tensor stands for; real_input [1, R, R, 3]."""
    real = {graph.inputs[0]: rounded(graph.tensors[graph.inputs[0]], real_input)}
    for operator in graph.operators:
        for index in operator.inputs:
            if index not in real:
                real[index] = real_constant(graph, index)
        result = compute(graph, operator, [real[index] for index in operator.inputs])
        real[operator.outputs[0]] = rounded(graph.tensors[operator.outputs[0]], result)
    return real[graph.outputs[0]].reshape(-1)


def real_constant(graph: GraphSpec, index: int) -> np.ndarray:
    tensor = graph.tensors[index]
    if tensor.data is None:  # weights behind a DEQUANTIZE
        source = next(o.inputs[0] for o in graph.operators if o.outputs == [index])
        return real_constant(graph, source)
    data = tensor.data.astype(np.float64)
    if tensor.scales is None:
        return data
    shape = [1] * data.ndim
    if len(tensor.scales) > 1:
        shape[tensor.dimension] = -1
    scales, zero_points = (np.array(part, np.float64).reshape(shape) for part in (
        np.array(tensor.scales, np.float32), tensor.zero_points))
    return (data - zero_points) * scales


def rounded(tensor: TensorSpec, real: np.ndarray) -> np.ndarray:
    """As the tensor's type can hold it."""
    if tensor.scales is None or tensor.dtype not in RANGES:
        return real
    scale, zero_point = np.float64(np.float32(tensor.scales[0])), tensor.zero_points[0]
    return (np.clip(np.rint(real / scale) + zero_point, *RANGES[tensor.dtype]) - zero_point) * scale


def compute(graph: GraphSpec, operator: OperatorSpec, inputs: list[np.ndarray]) -> np.ndarray:
    kind, options, x = operator.kind, operator.options, inputs[0]
    if kind == "CONV_2D":
        result = convolve(x, inputs[1], options) + (inputs[2] if len(inputs) > 2 else 0)
    elif kind == "DEPTHWISE_CONV_2D":  # [1, KH, KW, C M] -> [C M, KH, KW, 1], in C groups
        result = convolve(x, inputs[1].transpose(3, 1, 2, 0), options) + inputs[2]
    elif kind == "FULLY_CONNECTED":
        x = x if options.get("KeepNumDims") else x.reshape(1, -1)
        result = x @ inputs[1].T + (inputs[2] if len(inputs) > 2 else 0)
    elif kind in ("ADD", "SUB", "MUL", "DIV"):
        result = {"ADD": np.add, "SUB": np.subtract, "MUL": np.multiply, "DIV": np.divide}[kind](x, inputs[1])
    elif kind == "CONCATENATION":
        result = np.concatenate(inputs, axis=options["Axis"])
    elif kind == "MEAN":
        result = x.mean((1, 2), keepdims=options["KeepDims"])
    elif kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        result = pooled(x, options, np.max if kind == "MAX_POOL_2D" else np.mean)
    elif kind == "LOCAL_RESPONSE_NORMALIZATION":
        result = np.zeros_like(x)
        for channel in range(x.shape[3]):
            around = x[..., max(channel - options["Radius"], 0):channel + options["Radius"] + 1]
            divisor = (options["Bias"] + options["Alpha"] * (around ** 2).sum(-1)) ** options["Beta"]
            result[..., channel] = x[..., channel] / divisor
        return result
    elif kind == "TANH":
        return np.tanh(x)
    elif kind == "PAD":
        result = np.pad(x, inputs[1].astype(int))
    elif kind == "RESHAPE":
        result = x.reshape(inputs[1].astype(int))
    elif kind == "SOFTMAX":
        e = np.exp(x - x.max())
        result = e / e.sum()
    elif kind == "LOGISTIC":
        result = 1 / (1 + np.exp(-x))
    elif kind in ("RELU", "RELU6"):
        return activated(x, kind)
    else:
        assert kind in ("QUANTIZE", "DEQUANTIZE"), kind
        return x
    return activated(result, str(options.get("FusedActivationFunction", "NONE")))


def activated(x: np.ndarray, activation: str) -> np.ndarray:
    return {"NONE": x, "RELU": np.maximum(x, 0), "RELU6": np.clip(x, 0, 6), "TANH": np.tanh(x)}[activation]


def pooled(x: np.ndarray, options: dict[str, object], of: object) -> np.ndarray:
    """Of the pixels of each window that there are: padding is none."""
    stride, kernel, extents = options["StrideH"], (options["FilterHeight"], options["FilterWidth"]), x.shape[1:3]
    if options["Padding"] == "SAME":
        size = [-(-extent // stride) for extent in extents]
        before = [max((n - 1) * stride + k - extent, 0) // 2 for n, k, extent in zip(size, kernel, extents)]
    else:
        size = [(extent - k) // stride + 1 for k, extent in zip(kernel, extents)]
        before = [0, 0]
    result = np.zeros((1, *size, x.shape[3]))
    for row in range(size[0]):
        for column in range(size[1]):
            top, left = row * stride - before[0], column * stride - before[1]
            patch = x[0, max(top, 0):top + kernel[0], max(left, 0):left + kernel[1]]
            result[0, row, column] = of(patch, axis=(0, 1))
    return result


def convolve(x: np.ndarray, weights: np.ndarray, options: dict[str, object]) -> np.ndarray:
    """weights [OC, KH, KW, IC / groups]: as many groups as that makes."""
    stride, (outputs, height, width, of_each) = options["StrideH"], weights.shape
    groups = x.shape[3] // of_each
    size = [-(-extent // stride) for extent in x.shape[1:3]]
    if options["Padding"] == "SAME":
        total = [max((n - 1) * stride + k - extent, 0) for n, k, extent in zip(size, (height, width), x.shape[1:3])]
        x = np.pad(x, ((0, 0), *((t // 2, t - t // 2) for t in total), (0, 0)))
    size = [(extent - k) // stride + 1 for k, extent in zip((height, width), x.shape[1:3])]
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (height, width), (0, 1))[::stride, ::stride]
    result = np.einsum("yxgcij,goijc->yxgo", windows.reshape(*size, groups, of_each, height, width),
                       weights.reshape(groups, outputs // groups, height, width, of_each), optimize=True)
    return result.reshape(1, *size, outputs)

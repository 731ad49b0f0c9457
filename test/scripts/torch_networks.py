"""Networks as torch's libraries make them, with seeded weights and without torch: the state dict by the names of
torchvision, timm or efficientnet_pytorch, and from the same tensors a graph for ONNX Runtime, whose answers are the
truth. Both are written down here from those libraries' sources, and know nothing of the converter."""
from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# (expansion, kernel, stride, channels, repeats)
V2_STAGES = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 3, 2, 32, 3), (6, 3, 2, 64, 4), (6, 3, 1, 96, 3),
             (6, 3, 2, 160, 3), (6, 3, 1, 320, 1))
LITE_STAGES = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
               (6, 5, 2, 192, 4), (6, 3, 1, 320, 1))
V1_STAGES = ((1, 64, 1), (2, 128, 2), (2, 256, 2), (2, 512, 6), (2, 1024, 2))  # stride, channels, repeats
LITE_WIDTHS_AND_DEPTHS = ((1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8))
SYMMETRIC, SAME = "symmetric", "same"


def to_eights(channels: float) -> int:
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


@dataclass
class Graph:
    """An ONNX graph being built, with the state dict of its contents."""
    seed: int
    resolution: int
    epsilon: float = 1e-5
    padding: str = SYMMETRIC
    is_folded: bool = False  # no batch norms in the graph: as torch exports a network in its evaluation mode
    state: dict[str, np.ndarray] = field(default_factory=dict)
    nodes: list = field(default_factory=list)
    constants: list = field(default_factory=list)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)  # channels, height = width

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.sizes["input"] = 3, self.resolution

    def constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        output = f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def convolution(self, x: str, names: tuple[str, str], channels: int, kernel: int = 1, stride: int = 1,
                    is_depthwise: bool = False, clips: bool = True) -> str:
        inputs, size = self.sizes[x]
        shape = (channels, 1 if is_depthwise else inputs, kernel, kernel)
        # Batch norm's output is of about the same size everywhere, as in a trained network: otherwise rounding errors
        # would grow from layer to layer, or all probabilities would be the same. Some variances are so small that
        # epsilon counts.
        variance = self.random.choice((1, 1, 0.5, 0.01), channels).astype(np.float32)
        scale = np.sqrt(variance / np.float32(np.prod(shape[1:])))
        weights = self.random.standard_normal(shape, np.float32) * scale[:, None, None, None]
        gamma = self.random.uniform(0.7, 1.1, channels).astype(np.float32)
        beta = self.random.normal(0.3, 0.3, channels).astype(np.float32)
        mean = (self.random.normal(0, 0.3, channels) * np.sqrt(variance)).astype(np.float32)
        self.state[f"{names[0]}.weight"] = weights
        for part, array in (("weight", gamma), ("bias", beta), ("running_mean", mean), ("running_var", variance)):
            self.state[f"{names[1]}.{part}"] = array
        self.state[f"{names[1]}.num_batches_tracked"] = np.array(7, np.int64)
        before = after = (kernel - 1) // 2
        if self.padding == SAME:
            total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
            before, after = total // 2, total - total // 2
        attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "group": inputs if is_depthwise else 1,
                      "pads": [before, before, after, after], "dilations": [1, 1]}
        if self.is_folded:
            factor = (gamma / np.sqrt(variance + np.float32(self.epsilon))).astype(np.float32)
            x = self.node("Conv", x, self.constant(weights * factor[:, None, None, None]),
                          self.constant(beta - mean * factor), **attributes)
        else:
            x = self.node("Conv", x, self.constant(weights), **attributes)
            x = self.node("BatchNormalization", x, *map(self.constant, (gamma, beta, mean, variance)),
                          epsilon=self.epsilon)
        if clips:
            x = self.node("Clip", x, self.constant(np.float32(0)), self.constant(np.float32(6)))
        self.sizes[x] = channels, (size + before + after - kernel) // stride + 1
        return x

    def add(self, x: str, y: str) -> str:
        self.sizes[(total := self.node("Add", x, y))] = self.sizes[x]
        return total

    def classifier(self, x: str, name: str, classes: int, ends_in_softmax: bool = True) -> str:
        channels = self.sizes[x][0]
        x = self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)
        weights = self.random.normal(0, 2 / math.sqrt(channels), (classes, channels)).astype(np.float32)
        bias = self.random.normal(0, 0.3, classes).astype(np.float32)
        self.state[f"{name}.weight"], self.state[f"{name}.bias"] = weights, bias
        x = self.node("Gemm", x, self.constant(weights), self.constant(bias), transB=1)
        return self.node("Softmax", x, axis=1) if ends_in_softmax else x

    def model(self, output: str, opset: int = 13, batch: object = 1) -> onnx.ModelProto:
        shape = [batch, 3, self.resolution, self.resolution]
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def torchvision_v2(graph: Graph, width: float = 1.0, classes: int = 10, stages=V2_STAGES) -> str:
    """torchvision.models.mobilenet_v2(width_mult=width, num_classes=classes)."""
    x = graph.convolution("input", ("features.0.0", "features.0.1"), to_eights(32 * width), 3, 2)
    index = 1
    for expansion, kernel, stride, channels, repeats in stages:
        for repeat in range(repeats):
            prefix = f"features.{index}.conv."
            start, place = x, 0
            hidden = graph.sizes[x][0] * expansion
            if expansion != 1:
                x = graph.convolution(x, (f"{prefix}0.0", f"{prefix}0.1"), hidden)
                place = 1
            x = graph.convolution(x, (f"{prefix}{place}.0", f"{prefix}{place}.1"), hidden, kernel,
                                  stride if repeat == 0 else 1, is_depthwise=True)
            x = graph.convolution(x, (f"{prefix}{place + 1}", f"{prefix}{place + 2}"), to_eights(channels * width),
                                  clips=False)
            if (repeat > 0 or stride == 1) and graph.sizes[start] == graph.sizes[x]:
                x = graph.add(start, x)
            index += 1
    x = graph.convolution(x, (f"features.{index}.0", f"features.{index}.1"), to_eights(1280 * max(1.0, width)))
    return graph.classifier(x, "classifier.1", classes)


def timm_efficientnet(graph: Graph, stages=V2_STAGES, width: float = 1.0, depth: float = 1.0,
                      is_fixed: bool = False, classes: int = 10) -> str:
    """timm's EfficientNet class; `is_fixed`: stem and head keep their channels, the first and last stage their
    repeats."""
    x = graph.convolution("input", ("conv_stem", "bn1"), 32 if is_fixed else to_eights(32 * width), 3, 2)
    for number, (expansion, kernel, stride, channels, repeats) in enumerate(stages):
        if not (is_fixed and number in (0, len(stages) - 1)):
            repeats = math.ceil(repeats * depth)
        for repeat in range(repeats):
            prefix = f"blocks.{number}.{repeat}."
            start, norm = x, 1
            hidden = graph.sizes[x][0] * expansion
            if expansion != 1:
                x = graph.convolution(x, (f"{prefix}conv_pw", f"{prefix}bn1"), hidden)
                norm = 2
            x = graph.convolution(x, (f"{prefix}conv_dw", f"{prefix}bn{norm}"), hidden, kernel,
                                  stride if repeat == 0 else 1, is_depthwise=True)
            name = "conv_pwl" if expansion != 1 else "conv_pw"
            x = graph.convolution(x, (f"{prefix}{name}", f"{prefix}bn{norm + 1}"), to_eights(channels * width),
                                  clips=False)
            if (repeat > 0 or stride == 1) and graph.sizes[start] == graph.sizes[x]:
                x = graph.add(start, x)
    x = graph.convolution(x, ("conv_head", "bn2"), 1280 if is_fixed else max(1280, to_eights(1280 * width)))
    return graph.classifier(x, "classifier", classes)


def timm_v1(graph: Graph, classes: int = 10, width: float = 1.0) -> str:
    x = graph.convolution("input", ("conv_stem", "bn1"), to_eights(32 * width), 3, 2)
    for number, (stride, channels, repeats) in enumerate(V1_STAGES):
        for repeat in range(repeats):
            prefix = f"blocks.{number}.{repeat}."
            x = graph.convolution(x, (f"{prefix}conv_dw", f"{prefix}bn1"), graph.sizes[x][0], 3,
                                  stride if repeat == 0 else 1, is_depthwise=True)
            x = graph.convolution(x, (f"{prefix}conv_pw", f"{prefix}bn2"), to_eights(channels * width))
    return graph.classifier(x, "classifier", classes)


def lite(graph: Graph, number: int, classes: int = 10) -> str:
    """EfficientNet-Lite with the names of timm."""
    width, depth = LITE_WIDTHS_AND_DEPTHS[number]
    return timm_efficientnet(graph, LITE_STAGES, width, depth, True, classes)


def efficientnet_pytorch_names(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same tensors by the names of efficientnet_pytorch, which counts all blocks."""
    plain = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1", "classifier": "_fc"}
    expanded = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1",
                "conv_pwl": "_project_conv", "bn3": "_bn2"}
    alone = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
    numbers: dict[str, int] = {}
    named: dict[str, np.ndarray] = {}
    for name, tensor in state.items():
        *path, part, kind = name.split(".")
        if not path:
            named[f"{plain[part]}.{kind}"] = tensor
            continue
        block = ".".join(path)
        table = expanded if f"{block}.conv_pwl.weight" in state else alone
        named[f"_blocks.{numbers.setdefault(block, len(numbers))}.{table[part]}.{kind}"] = tensor
    return named

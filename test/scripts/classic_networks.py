"""The networks that MobileNet is compared with, as torchvision and timm make them, and as their papers have them: with
seeded weights and without torch, as in torch_networks.py. The state dict is by the names of those libraries; from the
same tensors comes a graph for ONNX Runtime, which writes the logits. Written down from the libraries' sources and the
papers; nothing here knows of the program."""
from __future__ import annotations

import math

import numpy as np
import onnx
from onnx import TensorProto, helper

from torch_networks import Graph

RELU, TANH, SIGMOID = "Relu", "Tanh", "Sigmoid"
INCEPTIONS = (("3a", 64, 96, 128, 16, 32, 32), ("3b", 128, 128, 192, 32, 96, 64), ("4a", 192, 96, 208, 16, 48, 64),
              ("4b", 160, 112, 224, 24, 64, 64), ("4c", 128, 128, 256, 24, 64, 64), ("4d", 112, 144, 288, 32, 64, 64),
              ("4e", 256, 160, 320, 32, 128, 128), ("5a", 256, 160, 320, 32, 128, 128),
              ("5b", 384, 192, 384, 48, 128, 128))
RESNETS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGGS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
V1_PAIRS = ((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), *((1, 512), ) * 5, (2, 1024), (1, 1024))


class Classic(Graph):
    """With convolutions of any padding and groups, pools, and fully connected layers that read maps."""

    def __init__(self, seed: int, resolution: int, channels: int = 3, **changes: object):
        super().__init__(seed, resolution, **changes)
        self.sizes["input"] = channels, resolution

    def normal(self, *shape: int, deviation: float = 1.0) -> np.ndarray:
        return self.random.standard_normal(shape, np.float32) * np.float32(deviation)

    def conv(self, x: str, name: str, channels: int, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1,
             activation: str | None = RELU, norm: str | None = None, ends: tuple[int, int] | None = None,
             gain: float = 1.0) -> str:
        """With a bias, or with a batch norm of that name and gain; `ends` are the rows of padding at top and bottom."""
        inputs, size = self.sizes[x]
        before, after = ends or (padding, padding)
        weights = self.normal(channels, inputs // groups, kernel, kernel)
        weights *= np.float32(math.sqrt(2 / weights[0].size))  # maps of about one size everywhere
        attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "group": groups,
                      "pads": [before, before, after, after]}
        if norm is None:
            self.state[f"{name}.bias"] = self.normal(channels, deviation=0.1)
            self.state[f"{name}.weight"] = weights
            x = self.node("Conv", x, self.constant(weights), self.constant(self.state[f"{name}.bias"]), **attributes)
        else:
            variance = self.random.choice((1, 1, 0.5, 0.01), channels).astype(np.float32)  # epsilon counts
            weights *= np.sqrt(variance)[:, None, None, None]
            parts = {"weight": (gain * self.random.uniform(0.7, 1.1, channels)).astype(np.float32),
                     "bias": self.normal(channels, deviation=0.2),
                     "running_mean": self.normal(channels, deviation=0.2) * np.sqrt(variance), "running_var": variance}
            self.state[f"{name}.weight"] = weights
            self.state |= {f"{norm}.{part}": array for part, array in parts.items()}
            self.state[f"{norm}.num_batches_tracked"] = np.array(7, np.int64)
            x = self.node("Conv", x, self.constant(weights), **attributes)
            x = self.node("BatchNormalization", x, *map(self.constant, parts.values()), epsilon=self.epsilon)
        return self.sized(self.activated(x, activation), channels, (size + before + after - kernel) // stride + 1)

    def activated(self, x: str, activation: str | None) -> str:
        if activation == "Relu6":
            return self.node("Clip", x, self.constant(np.float32(0)), self.constant(np.float32(6)))
        return x if activation is None else self.node(activation, x)

    def sized(self, x: str, channels: int, size: int) -> str:
        self.sizes[x] = channels, size
        return x

    def pool(self, x: str, kernel: int, stride: int, padding: int = 0, is_ceil: bool = False,
             kind: str = "MaxPool") -> str:
        channels, size = self.sizes[x]
        steps = (size + 2 * padding - kernel) / stride
        last = math.ceil(steps) if is_ceil else math.floor(steps)
        if last * stride >= size + padding:
            last -= 1
        x = self.node(kind, x, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4,
                      ceil_mode=int(is_ceil))
        return self.sized(x, channels, last + 1)

    def lrn(self, x: str, alpha: float, k: float) -> str:
        return self.sized(self.node("LRN", x, size=5, alpha=alpha, beta=0.75, bias=float(k)), *self.sizes[x])

    def concat(self, *values: str) -> str:
        channels = sum(self.sizes[value][0] for value in values)
        return self.sized(self.node("Concat", *values, axis=1), channels, self.sizes[values[0]][1])

    def residual(self, x: str, y: str) -> str:
        return self.sized(self.node(RELU, self.node("Add", x, y)), *self.sizes[x])

    def global_pool(self, x: str) -> str:
        return self.sized(self.node("GlobalAveragePool", x), self.sizes[x][0], 1)

    def fully_connected(self, x: str, name: str, outputs: int, activation: str | None = None,
                        is_convolution: bool = False) -> str:
        """`is_convolution`: stored as one of all of its map, as timm does."""
        channels, size = self.sizes[x]
        inputs = channels * size * size
        weights = self.normal(outputs, inputs, deviation=math.sqrt((2 if activation == RELU else 1) / inputs))
        bias = self.normal(outputs, deviation=0.2)
        self.state[f"{name}.weight"] = weights.reshape(outputs, channels, size, size) if is_convolution else weights
        self.state[f"{name}.bias"] = bias
        x = self.node("Gemm", self.node("Flatten", x, axis=1), self.constant(weights), self.constant(bias), transB=1)
        return self.sized(self.activated(x, activation), outputs, 1)

    def model(self, output: str, opset: int = 13, batch: object = 1) -> onnx.ModelProto:
        shape = [batch, self.sizes["input"][0], self.resolution, self.resolution]
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


# From torchvision and timm.

def alexnet(graph: Classic, classes: int) -> str:
    x = "input"
    for index, channels, kernel, stride, padding, is_pooled in (
            (0, 64, 11, 4, 2, True), (3, 192, 5, 1, 2, True), (6, 384, 3, 1, 1, False), (8, 256, 3, 1, 1, False),
            (10, 256, 3, 1, 1, True)):
        x = graph.conv(x, f"features.{index}", channels, kernel, stride, padding)
        if is_pooled:
            x = graph.pool(x, 3, 2)
    x = graph.fully_connected(x, "classifier.1", 4096, RELU)
    x = graph.fully_connected(x, "classifier.4", 4096, RELU)
    return graph.fully_connected(x, "classifier.6", classes)


def vgg(graph: Classic, count: int, classes: int, is_timms: bool = False, has_norms: bool = False) -> str:
    x = "input"
    index = 0
    for channels, repeats in zip((64, 128, 256, 512, 512), VGGS[count]):
        for _ in range(repeats):
            norm = f"features.{index + 1}" if has_norms else None
            x = graph.conv(x, f"features.{index}", channels, 3, padding=1, norm=norm)
            index += 3 if has_norms else 2
        x = graph.pool(x, 2, 2)
        index += 1
    names = ("pre_logits.fc1", "pre_logits.fc2", "head.fc") if is_timms else \
        ("classifier.0", "classifier.3", "classifier.6")
    for name in names[:2]:
        x = graph.fully_connected(x, name, 4096, RELU, is_convolution=is_timms)
    return graph.fully_connected(x, names[2], classes)


def squeezenet(graph: Classic, classes: int) -> str:
    x = graph.pool(graph.conv("input", "features.0", 96, 7, 2), 3, 2, is_ceil=True)
    for index, squeeze, expand in ((3, 16, 64), (4, 16, 64), (5, 32, 128), (7, 32, 128), (8, 48, 192), (9, 48, 192),
                                   (10, 64, 256), (12, 64, 256)):
        if index in (7, 12):
            x = graph.pool(x, 3, 2, is_ceil=True)
        x = graph.conv(x, f"features.{index}.squeeze", squeeze, 1)
        x = graph.concat(graph.conv(x, f"features.{index}.expand1x1", expand, 1),
                         graph.conv(x, f"features.{index}.expand3x3", expand, 3, padding=1))
    return graph.node("Flatten", graph.global_pool(graph.conv(x, "classifier.1", classes, 1)), axis=1)


def googlenet(graph: Classic, classes: int) -> str:
    def conv(x: str, name: str, channels: int, kernel: int, stride: int = 1) -> str:
        return graph.conv(x, f"{name}.conv", channels, kernel, stride, kernel // 2, norm=f"{name}.bn")

    x = graph.pool(conv("input", "conv1", 64, 7, 2), 3, 2, is_ceil=True)
    x = graph.pool(conv(conv(x, "conv2", 64, 1), "conv3", 192, 3), 3, 2, is_ceil=True)
    for module, direct, reduce3, of3, reduce5, of5, projected in INCEPTIONS:
        name = f"inception{module}"
        x = graph.concat(
            conv(x, f"{name}.branch1", direct, 1),
            conv(conv(x, f"{name}.branch2.0", reduce3, 1), f"{name}.branch2.1", of3, 3),
            conv(conv(x, f"{name}.branch3.0", reduce5, 1), f"{name}.branch3.1", of5, 3),
            conv(graph.pool(x, 3, 1, 1, is_ceil=True), f"{name}.branch4.1", projected, 1))
        if module in ("3b", "4e"):
            x = graph.pool(x, 3 if module == "3b" else 2, 2, is_ceil=True)
    x = graph.fully_connected(graph.global_pool(x), "fc", classes)
    for aux in ("aux1", "aux2"):  # of training only
        graph.state[f"{aux}.conv.conv.weight"] = graph.normal(128, 512, 1, 1)
        graph.state[f"{aux}.conv.bn.running_mean"] = graph.normal(128)
        graph.state[f"{aux}.fc2.weight"] = graph.normal(classes, 1024)
    return x


def resnet(graph: Classic, depth: int, classes: int, is_papers: bool = False) -> str:
    """`is_papers`: a bottleneck's stride is on its first convolution. What a block adds is smaller than what it adds it
    to, as where networks are trained: the sum of many stays a number that a softmax can take."""
    x = graph.pool(graph.conv("input", "conv1", 64, 7, 2, 3, norm="bn1"), 3, 2, 1)
    for stage, repeats in enumerate(RESNETS[depth]):
        channels = 64 << stage
        outputs = channels if depth < 50 else 4 * channels
        for block in range(repeats):
            name = f"layer{stage + 1}.{block}"
            stride = 2 if stage > 0 and block == 0 else 1
            shortcut = x
            if depth < 50:
                y = graph.conv(x, f"{name}.conv1", channels, 3, stride, 1, norm=f"{name}.bn1")
                y = graph.conv(y, f"{name}.conv2", outputs, 3, 1, 1, activation=None, norm=f"{name}.bn2", gain=0.25)
            else:
                strides = (stride, 1) if is_papers else (1, stride)
                y = graph.conv(x, f"{name}.conv1", channels, 1, strides[0], norm=f"{name}.bn1")
                y = graph.conv(y, f"{name}.conv2", channels, 3, strides[1], 1, norm=f"{name}.bn2")
                y = graph.conv(y, f"{name}.conv3", outputs, 1, activation=None, norm=f"{name}.bn3", gain=0.25)
            if graph.sizes[shortcut] != graph.sizes[y]:
                shortcut = graph.conv(x, f"{name}.downsample.0", outputs, 1, stride, activation=None,
                                      norm=f"{name}.downsample.1")
            x = graph.residual(y, shortcut)
    return graph.fully_connected(graph.global_pool(x), "fc", classes)


# From the papers.

def papers_lenet5(graph: Classic, classes: int, activation: str = TANH) -> str:
    x = graph.pool(graph.conv("input", "c1", 6, 5, activation=activation), 2, 2, kind="AveragePool")
    x = graph.pool(graph.conv(x, "c3", 16, 5, activation=activation), 2, 2, kind="AveragePool")
    x = graph.fully_connected(x, "c5", 120, activation)
    return graph.fully_connected(graph.fully_connected(x, "f6", 84, activation), "output", classes)


def papers_alexnet(graph: Classic, classes: int) -> str:
    x = graph.conv("input", "1", 96, 11, 4)
    x = graph.pool(graph.lrn(x, 5e-4, 2), 3, 2)
    x = graph.conv(x, "2", 256, 5, 1, 2, groups=2)
    x = graph.pool(graph.lrn(x, 5e-4, 2), 3, 2)
    x = graph.conv(x, "3", 384, 3, 1, 1)
    x = graph.conv(x, "4", 384, 3, 1, 1, groups=2)
    x = graph.pool(graph.conv(x, "5", 256, 3, 1, 1, groups=2), 3, 2)
    x = graph.fully_connected(graph.fully_connected(x, "6", 4096, RELU), "7", 4096, RELU)
    return graph.fully_connected(x, "8", classes)


def papers_googlenet(graph: Classic, classes: int) -> str:
    x = graph.pool(graph.conv("input", "conv1", 64, 7, 2, 3), 3, 2, is_ceil=True)
    x = graph.conv(graph.conv(graph.lrn(x, 1e-4, 1), "reduce", 64, 1), "conv2", 192, 3, padding=1)
    x = graph.pool(graph.lrn(x, 1e-4, 1), 3, 2, is_ceil=True)
    for module, direct, reduce3, of3, reduce5, of5, projected in INCEPTIONS:
        x = graph.concat(
            graph.conv(x, f"{module}/1x1", direct, 1),
            graph.conv(graph.conv(x, f"{module}/3x3_reduce", reduce3, 1), f"{module}/3x3", of3, 3, padding=1),
            graph.conv(graph.conv(x, f"{module}/5x5_reduce", reduce5, 1), f"{module}/5x5", of5, 5, padding=2),
            graph.conv(graph.pool(x, 3, 1, 1), f"{module}/pool", projected, 1))
        if module in ("3b", "4e"):
            x = graph.pool(x, 3, 2, is_ceil=True)
    return graph.fully_connected(graph.global_pool(x), "loss3", classes)


def _same(size: int, stride: int) -> tuple[int, int]:
    """TensorFlow's padding of a 3x3 window."""
    total = max((math.ceil(size / stride) - 1) * stride + 3 - size, 0)
    return total // 2, total - total // 2


def papers_v1(graph: Classic, classes: int, pairs: tuple = V1_PAIRS, is_standard: bool = False,
              width: float = 1.0) -> str:
    """MobileNet V1, with other pairs, or with standard convolutions in their place."""
    def conv(x: str, channels: int, stride: int, groups: int = 1) -> str:
        return graph.conv(x, f"conv{len(graph.nodes)}", channels, 3, stride, groups=groups, activation="Relu6",
                          ends=_same(graph.sizes[x][1], stride))

    x = conv("input", int(32 * width), 2)
    for stride, channels in pairs:
        if is_standard:
            x = conv(x, int(channels * width), stride)
        else:
            x = conv(x, graph.sizes[x][0], stride, groups=graph.sizes[x][0])
            x = graph.conv(x, f"conv{len(graph.nodes)}", int(channels * width), 1, activation="Relu6")
    return graph.fully_connected(graph.global_pool(x), "fc", classes)

#!/usr/bin/env python3
"""Tests of convert.py on ONNX files: the program's answers against those of ONNX Runtime on the same file, and that
nothing in a file is believed."""
from __future__ import annotations

import os
import pathlib
import random

import numpy as np

from forward import ModelFile
from running import picture, probabilities
from support import ScriptTest, damaged, main

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    from torch_networks import Graph, torchvision_v2
except ImportError as missing:
    print(f"SKIPPED: {missing} (its makers have no wheel of it for this machine)")
    raise SystemExit(0)

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
PIXELS = ("--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, STD)))
RESOLUTION = 32
CLASSES = 5


class Network(Graph):
    """A small network of which each test makes a part in its own way: one convolution, what the test adds, pool and
    classifier."""

    def __init__(self, seed: int = 1, resolution: int = RESOLUTION, **changes: object):
        super().__init__(seed, resolution, **changes)

    def floats(self, *shape: int, around: float = 0.0) -> np.ndarray:
        scale = 1 / np.sqrt(max(np.prod(shape[1:]), 4)) if len(shape) > 1 else 0.3
        return self.random.normal(around, scale, shape).astype(np.float32)

    def conv(self, x: str, outputs: int, of_each: int, kernel: int = 1, **attributes: object) -> str:
        return self.node("Conv", x, self.constant(self.floats(outputs, of_each, kernel, kernel)),
                         self.constant(self.floats(outputs)), **attributes)

    def stem(self, x: str = "input") -> str:
        return self.node("Relu", self.conv(x, 8, 3, 3, pads=[1, 1, 1, 1], strides=[2, 2]))

    def pool(self, x: str) -> str:
        return self.node("Flatten", self.node("GlobalAveragePool", x))

    def head(self, x: str, inputs: int = 8) -> str:
        x = self.node("Gemm", x, self.constant(self.floats(CLASSES, inputs) * 4), self.constant(self.floats(CLASSES)),
                      transB=1)
        return self.node("Softmax", x, axis=1)


def pads(network: Network, x: str) -> str:
    sides = network.constant(np.array([0, 0, 1, 0, 0, 0, 2, 1]))
    return network.conv(network.node("Pad", x, sides), 8, 8, 3, strides=[2, 2])


def of_shapes(network: Network, x: str) -> str:
    """What torch writes for x.view(x.size(0), -1)."""
    x = network.node("GlobalAveragePool", x)
    batch = network.node("Gather", network.node("Shape", x), network.constant(np.array(0)), axis=0)
    batch = network.node("Unsqueeze", batch, network.constant(np.array([0])))
    minus_one = network.node("Constant", value=numpy_helper.from_array(np.array([-1])))
    return network.node("Reshape", x, network.node("Concat", batch, minus_one, axis=0))


def arithmetic(network: Network, x: str) -> str:
    """A batch norm that an optimiser took apart, on a convolution without bias."""
    x = network.node("Conv", x, network.constant(network.floats(8, 8, 1, 1)))
    x = network.node("Mul", x, network.constant(network.floats(8, 1, 1, around=1)))
    x = network.node("Sub", network.node("Add", network.constant(network.floats(1, 8, 1, 1)), x),
                     network.constant(np.float32(0.1)))
    return network.node("Div", x, network.constant(np.array([[[0.7]]], np.float32)))


def branches(network: Network, x: str) -> str:
    left, right = network.conv(x, 4, 8), network.node("Relu", network.conv(x, 4, 2, 3, pads=[1] * 4, group=4))
    x = network.node("Concat", left, right, axis=1)
    y = network.conv(x, 8, 1, 3, pads=[0, 1, 2, 1], group=8)
    return network.node("Clip", network.node("Add", x, y), network.constant(np.float32(0)),
                        network.constant(np.float32(6)))


def no_one_s_work(network: Network, x: str) -> str:
    x = network.node("Identity", network.node("Dropout", x))
    return network.node("Cast", x, to=TensorProto.FLOAT)


def channels_last(network: Network, x: str) -> str:
    """What tf2onnx writes for a mean of height and width."""
    x = network.node("Transpose", x, perm=[0, 2, 3, 1])
    return network.node("ReduceMean", x, axes=[1, 2], keepdims=0)


def halves(network: Network, x: str) -> str:
    weights = network.node("Cast", network.constant(network.floats(8, 8, 1, 1).astype(np.float16)),
                           to=TensorProto.FLOAT)
    return network.node("Conv", x, weights)


def typed(network: Network, x: str) -> str:
    """Numbers in the fields of their types instead of as bytes."""
    network.constants.append(helper.make_tensor("typed", TensorProto.FLOAT, (8, 8, 1, 1),
                                                network.floats(8, 8, 1, 1).reshape(-1)))
    network.constants.append(helper.make_tensor("half", TensorProto.FLOAT16, (8, ), np.float16(network.floats(8))))
    return network.node("Conv", x, "typed", network.node("Cast", "half", to=TensorProto.FLOAT))


MIDDLES = {
    "nothing": lambda n, x: x, "pad": pads, "arithmetic": arithmetic, "branches": branches,
    "what does nothing": no_one_s_work, "half floats": halves, "numbers by their types": typed,
    "SAME_UPPER": lambda n, x: n.conv(x, 8, 8, 3, strides=[2, 2], auto_pad="SAME_UPPER"),
    "SAME_LOWER": lambda n, x: n.conv(x, 8, 8, 3, strides=[2, 2], auto_pad="SAME_LOWER"),
    "VALID": lambda n, x: n.conv(x, 8, 8, 5, auto_pad="VALID"),
    "several outputs of each channel": lambda n, x: n.conv(n.conv(x, 16, 1, 3, group=8), 8, 16),
    "max pool": lambda n, x: n.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "max pool, to the end": lambda n, x: n.node("MaxPool", x, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1),
    "max pool, ceil mode and padding": lambda n, x: n.node("MaxPool", n.conv(x, 8, 8, 2), kernel_shape=[2, 2],
                                                           strides=[3, 3], pads=[1, 0, 0, 1], ceil_mode=1),
    "max pool, SAME_LOWER": lambda n, x: n.node("MaxPool", x, kernel_shape=[4, 4], strides=[3, 3],
                                                auto_pad="SAME_LOWER"),
    "average pool": lambda n, x: n.node("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "average pool that counts no padding": lambda n, x: n.node("AveragePool", x, kernel_shape=[2, 5], strides=[1, 1],
                                                               count_include_pad=1),
    "all of the map at its largest": lambda n, x: n.conv(n.node("GlobalMaxPool", n.conv(x, 8, 8)), 8, 8),
    "relu after a max pool": lambda n, x: n.node("Relu", n.node("MaxPool", n.conv(x, 8, 8), kernel_shape=[2, 2],
                                                               strides=[2, 2])),
    "lrn": lambda n, x: n.node("LRN", x, size=3, alpha=0.5, beta=0.7, bias=1.5),
    "lrn of its own numbers": lambda n, x: n.node("LRN", n.conv(x, 8, 8), size=5),
    "sigmoid": lambda n, x: n.node("Sigmoid", n.conv(x, 8, 8)), "tanh": lambda n, x: n.node("Tanh", n.conv(x, 8, 8)),
    "a pixel that is a map": lambda n, x: n.conv(n.node("GlobalAveragePool", x), 8, 8),
}
POOLS = {
    "GlobalAveragePool": lambda n, x: n.pool(x), "shapes": of_shapes, "channels last": channels_last,
    "ReduceMean": lambda n, x: n.node("ReduceMean", x, axes=[-1, 2], keepdims=0),
    "ReduceMean, Squeeze": lambda n, x: n.node("Squeeze", n.node("ReduceMean", x, axes=[2, 3]),
                                               n.constant(np.array([2, 3]))),
    "AveragePool": lambda n, x: n.node("Reshape", n.node("AveragePool", x, kernel_shape=[16, 16]),
                                       n.constant(np.array([0, -1]))),
}


def two_layers(network: Network, x: str) -> str:
    x = network.node("Gemm", x, network.constant(network.floats(8, 12)), network.constant(network.floats(12)),
                     alpha=0.5, beta=2.0)
    x = network.node("MatMul", network.node("Relu", x), network.constant(network.floats(12, CLASSES) * 4))
    return network.node("Softmax", network.node("Add", x, network.constant(network.floats(CLASSES))))


def of_all_pixels(network: Network, x: str) -> str:
    """No pool: the classifier reads a map of 4 x 4 pixels, channels first."""
    x = network.conv(network.conv(x, 3, 8, 4, strides=[4, 4]), 3, 3)
    return network.head(network.node("Flatten", x), 48)


def of_one_pixel(network: Network, x: str) -> str:
    """A convolution as the classifier, and a flatten after it."""
    x = network.node("Conv", network.node("GlobalAveragePool", x),
                     network.constant(network.floats(CLASSES, 8, 1, 1) * 12))
    return network.node("Softmax", network.node("Flatten", x))


def of_each_its_own(network: Network, x: str) -> str:
    network.head(x)
    network.nodes.pop()
    return network.node("Sigmoid", network.nodes[-1].output[0])


BEGINNINGS = {  # of pixels from 0 to 1
    "Sub, Div": lambda n: n.node("Div", n.node("Sub", "input", n.constant(n.floats(1, 3, 1, 1, around=0.5))),
                                 n.constant(np.float32([[[0.2]], [[0.3]], [[0.4]]]))),
    "Mul, Add": lambda n: n.node("Add", n.node("Mul", n.constant(np.float32(4)), "input"),
                                 n.constant(n.floats(3, 1, 1))),
    "BatchNormalization": lambda n: n.node(
        "BatchNormalization", "input", *map(n.constant, (n.floats(3, around=3), n.floats(3), n.floats(3),
                                                         np.float32([0.5, 1, 2]))), epsilon=0.01),
}


def truth(path: pathlib.Path, x: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0].reshape(-1)


def normalised(pixels: np.ndarray, mean: object = MEAN, std: object = STD) -> np.ndarray:
    return ((pixels - np.array(mean)) / np.array(std)).transpose(2, 0, 1)[None].astype(np.float32)


class OnnxTest(ScriptTest):
    def written(self, network: Graph, output: str, name: str = "network.onnx", **options: object) -> pathlib.Path:
        return self.file(name, network.model(output, **options).SerializeToString())

    def check(self, path: pathlib.Path, *options: object, x: np.ndarray | None = None, resolution: int = RESOLUTION,
              classes: int = CLASSES) -> ModelFile:
        """Converts, and compares the answers."""
        pixels = picture(2, resolution)
        expected = truth(path, normalised(pixels) if x is None else x)
        made = self.converted(path, *(options or PIXELS), classes=classes)
        np.testing.assert_allclose(probabilities(made, pixels, classes), expected, atol=1e-4)
        self.assertTrue(0.25 < expected.max() < 0.999, f"answers that say nothing: {expected}")
        return ModelFile(made)


class ReadsOnnx(OnnxTest):
    def test_torchvision_s_mobilenet_v2(self) -> None:
        """Batch norms folded or not, the limits of a clip as inputs or attributes, the batch size left open."""
        for is_folded, opset, batch in ((False, 13, 1), (True, 11, "N"), (True, 17, 1)):
            with self.subTest(is_folded=is_folded, opset=opset):
                graph = Graph(3, 64, is_folded=is_folded)
                output = torchvision_v2(graph, 0.25, CLASSES)
                model = self.check(self.written(graph, output, opset=opset, batch=batch), resolution=64)
                self.assertEqual(len([name for name in model.tensors if name.endswith(".weights")]), 53)
                layers = {layer["name"]: layer for layer in model.json("layers")}
                self.assertEqual(layers["conv1"]["padding"], [1, 1, 1, 1])

    def test_one_at_an_odd_size_has_a_name(self) -> None:
        graph = Graph(3, 65, is_folded=True)
        output = torchvision_v2(graph, 0.5, CLASSES)
        model = self.check(self.written(graph, output), resolution=65)
        self.assertEqual((model.metadata["mobilenet.architecture"], model.metadata["mobilenet.width_multiplier"]),
                         ("mobilenet_v2", "0.5"))
        self.assertNotIn("mobilenet.layers", model.metadata)

    def test_limits_as_attributes(self) -> None:
        network = Network()
        x = network.node("Clip", network.conv("input", 8, 3, 3), min=0.0, max=6.0)
        self.check(self.written(network, network.head(network.pool(x)), opset=9))

    def test_middles(self) -> None:
        for name, middle in MIDDLES.items():
            with self.subTest(name=name):
                network = Network()
                output = network.head(network.pool(middle(network, network.stem())))
                self.check(self.written(network, output))

    def test_pools(self) -> None:
        for name, pool in POOLS.items():
            with self.subTest(name=name):
                network = Network()
                output = network.head(pool(network, network.stem()))
                self.check(self.written(network, output, batch="N" if name == "shapes" else 1))

    def test_heads(self) -> None:
        for name, make in (("two layers", lambda n, x: two_layers(n, n.pool(x))), ("all pixels", of_all_pixels),
                           ("one pixel", of_one_pixel), ("sigmoid", lambda n, x: of_each_its_own(n, n.pool(x)))):
            with self.subTest(name=name):
                network = Network()
                self.check(self.written(network, make(network, network.stem())))

    def test_axes_as_an_input(self) -> None:
        """Since opset 18."""
        network = Network()
        x = network.node("ReduceMean", network.stem(), network.constant(np.array([2, 3])), keepdims=0)
        self.check(self.written(network, network.head(x), opset=18))

    def test_logits_get_a_softmax(self) -> None:
        network = Network()
        probabilities_of = network.head(network.pool(network.stem()))
        whole = self.written(network, probabilities_of)
        expected = ModelFile(self.converted(whole, *PIXELS, output="a.safetensors"))
        network.nodes.pop()
        made = ModelFile(self.converted(self.written(network, network.nodes[-1].output[0], "logits.onnx"), *PIXELS,
                                        output="b.safetensors"))
        self.assertEqual(made.json("layers"), expected.json("layers"))

    def test_normalisation_in_the_network(self) -> None:
        """It becomes part of mean and std, in addition to what the user says about the file's input."""
        for name, make in BEGINNINGS.items():
            with self.subTest(name=name):
                network = Network()
                output = network.head(network.pool(network.stem(make(network))))
                self.check(self.written(network, output), "--mean", "0", "--std", "255",
                           x=normalised(picture(2, RESOLUTION), 0, 255))

    def test_pixels_as_whole_numbers(self) -> None:
        """A network that takes pixels unchanged says everything about its input."""
        network = Network()
        x = network.node("Cast", "input", to=TensorProto.FLOAT)
        x = network.node("Mul", x, network.constant(np.float32(1 / 64)))
        model = network.model(network.head(network.pool(network.stem(x))))
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
        path = self.file("pixels.onnx", model.SerializeToString())
        x = picture(2, RESOLUTION).transpose(2, 0, 1)[None]
        made = self.converted(path)
        np.testing.assert_allclose(probabilities(made, picture(2, RESOLUTION), CLASSES), truth(path, x), atol=1e-4)
        self.assertEqual(ModelFile(made).json("preprocess")["mean"], [0.0] * 3)
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
        self.assertIn("of type 7", self.refused(self.file("pixels.onnx", model.SerializeToString())))

    def test_channels_last_at_the_beginning(self) -> None:
        """As tf2onnx writes it: [N, H, W, C], transposed by the first node."""
        network = Network()
        output = network.head(network.pool(network.stem(network.node("Transpose", "input", perm=[0, 3, 1, 2]))))
        model = network.model(output)
        dimensions = model.graph.input[0].type.tensor_type.shape.dim
        for dimension, size in zip(dimensions, (1, RESOLUTION, RESOLUTION, 3)):
            dimension.dim_value = size
        path = self.file("last.onnx", model.SerializeToString())
        self.check(path, *PIXELS, x=normalised(picture(2, RESOLUTION)).transpose(0, 2, 3, 1))

    def test_open_sizes(self) -> None:
        network = Network()
        model = network.model(network.head(network.pool(network.stem())))
        for axis in (2, 3):
            model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = "size"
        path = self.file("open.onnx", model.SerializeToString())
        self.assertIn("expected --resolution", self.refused(path, *PIXELS))
        self.check(path, *PIXELS, "--resolution", RESOLUTION)
        closed = self.written(network, network.nodes[-1].output[0])
        self.assertIn("expected 40, as --resolution says", self.refused(closed, *PIXELS, "--resolution", 40))

    def test_numbers_in_another_file(self) -> None:
        graph = Graph(3, 64)
        model = graph.model(torchvision_v2(graph, 0.25, CLASSES))
        path = self.folder / "external" / "network.onnx"
        path.parent.mkdir()
        onnx.save_model(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
        made = self.check(path, resolution=64)
        source = made.json("source")
        self.assertEqual(source["files"], ["network.onnx", "weights.bin"])
        self.assertEqual(len(source["sha256"]), 2)

    def test_pixels_must_be_told(self) -> None:
        network = Network()
        path = self.written(network, network.head(network.pool(network.stem())))
        self.assertIn("--mean", self.refused(path))


class RefusesOnnx(OnnxTest):
    def test_other_networks(self) -> None:
        def middle(kind: str, *more: object, **attributes: object):
            return lambda n, x: n.node(kind, x, *[n.constant(np.asarray(value)) for value in more], **attributes)

        def conv(**attributes: object):
            return lambda n, x: n.conv(x, 8, attributes.pop("of_each", 8), 3, **attributes)

        cases = [
            (middle("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]), "dilations [2, 2]"),
            (middle("MaxPool", kernel_shape=[17, 2]), "a window that is never outside of them"),
            (middle("MaxPool", kernel_shape=[2, 2], pads=[2, 0, 0, 0]), "a window that is never outside of them"),
            (middle("MaxPool", kernel_shape=[2, 2], strides=[1, 2]), "stride 1x2"),
            (middle("MaxPool", kernel_shape=[0, 2]), "window [0, 2]"),
            (middle("MaxPool", kernel_shape=[2]), "kernel_shape [2] (expected two numbers)"),
            (middle("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1),
             "a mean that counts the padding (expected count_include_pad 0)"),
            (middle("LRN", size=0), "(LRN)"), (middle("LRN", alpha=1.0), "no size"),
            (middle("LpPool", kernel_shape=[2, 2]), "(LpPool): no layer of the program does this"),
            (middle("LeakyRelu"), "(LeakyRelu): no layer"), (middle("HardSwish"), "(HardSwish): no layer"),
            (middle("com.other.Thing"), "(com.other.Thing)"),
            (middle("Clip", np.float32(0), np.float32(1)), "clips to 0 ... 1 (expected 0 to 6)"),
            (middle("Sigmoid"), "has no layer that it could become part of"),
            (middle("ReduceMean", axes=[1]), "axes [1] (expected height and width)"),
            (middle("Transpose", perm=[0, 3, 2, 1]), "perm [0, 3, 2, 1]"),
            (middle("Pad", np.array([0, 1, 0, 0, 0, 0, 0, 0])), "pads"),
            (middle("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.float32(1)), "another padding"),
            (middle("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), mode="reflect"), "another padding"),
            (middle("Mul", np.ones((1, 1, 16, 16), np.float32)), "one number, or one per channel"),
            (middle("Div", np.float32(0)), "divides by a map or by 0"),
            (middle("Add", np.ones(8, np.float32)), "one number, or one per channel"),
            (middle("Reshape", np.array([1, 16, 16, 8])), "to [1, 16, 16, 8]"),
            (middle("QuantizeLinear", np.float32(0.1), np.uint8(0)), "a quantised ONNX file is not read"),
            (middle("QLinearConv", np.float32(0.1), np.uint8(0)), "a quantised ONNX file is not read"),
            (conv(dilations=[2, 2]), "dilation 2x2"), (conv(strides=[1, 2]), "stride 1x2"),
            (conv(strides=[0, 0]), "strides [0, 0]"), (conv(pads=[-1, 0, 0, 0]), "pads"),
            (conv(pads=[1, 1]), "pads [1, 1]"), (conv(pads=[1 << 40] * 4), "pads"), (conv(group=3), "in 3 groups"),
            (conv(group=0), "in 0 groups"), (conv(of_each=5), "in 1 groups on 8 channels"),
            (conv(auto_pad="FULL"), "auto_pad FULL"),
            (lambda n, x: n.node("Add", x, n.conv(x, 8, 8, 3)), "adds [1, 8, 16, 16] and [1, 8, 14, 14]"),
            (lambda n, x: n.node("Mul", x, x), "of two maps"),
            (lambda n, x: n.node("Relu", "nothing"), "reads nothing"),
            (lambda n, x: n.node("Conv", x, x), "is not a constant"), (lambda n, x: n.node("Gather", x, x), "of a map"),
            (lambda n, x: n.node("Concat", x, n.conv(x, 8, 8), axis=2), "axis 2"),
        ]
        for make, expected in cases:
            with self.subTest(expected=expected):
                network = Network()
                output = network.head(network.pool(make(network, network.stem())))
                error = self.refused(self.written(network, output), *PIXELS)
                self.assertTrue(any(part in error for part in expected.split("|")), error)
                self.assertIn("network.onnx: node ", error)

    def test_other_inputs_and_outputs(self) -> None:
        network = Network()
        model = network.model(network.head(network.pool(network.stem())))

        def changed(change) -> str:
            copy = onnx.ModelProto()
            copy.CopyFrom(model)
            change(copy.graph)
            return self.refused(self.file("x.onnx", copy.SerializeToString()), *PIXELS)

        self.assertIn("1 inputs and 2 outputs", changed(lambda g: g.output.append(g.output[0])))
        self.assertIn("2 inputs and 1 outputs", changed(lambda g: g.input.append(
            helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))))
        self.assertIn("nothing computes the output", changed(lambda g: setattr(g.output[0], "name", "other")))
        for shape in ([1, 4, 32, 32], [2, 3, 32, 32], [3, 32, 32], [1, 3, 32, 40], [1, 3, 4000, 4000]):
            with self.subTest(shape=shape):
                self.assertIn("input", changed(lambda g: g.input[0].CopyFrom(
                    helper.make_tensor_value_info("input", TensorProto.FLOAT, shape))))
        self.assertIn("two constants are called", changed(lambda g: g.initializer.append(g.initializer[0])))
        self.assertIn("which exists already", changed(lambda g: g.node.append(g.node[0])))
        self.assertIn("which exists already", changed(lambda g: g.node[0].output.__setitem__(0, "input")))
        self.assertIn("10000 nodes", changed(lambda g: g.node.extend([g.node[0]] * 10_001)))

    def test_numbers_that_are_elsewhere(self) -> None:
        network = Network()
        model = network.model(network.head(network.pool(network.stem())))
        size = 8 * 3 * 3 * 3 * 4
        (self.folder / "below").mkdir()
        self.file("secret.bin", bytes(10_000))
        self.file("below/short.bin", bytes(10))
        self.file("below/right.bin", bytes(size))
        os.symlink("../secret.bin", self.folder / "below" / "link.bin")
        for entries, expected in (
                ({"location": "../secret.bin"}, "expected a file in the model's folder"),
                ({"location": str(self.folder / "below" / "right.bin")}, "expected a file in the model's folder"),
                ({"location": "link.bin"}, "expected a file in the model's folder"),
                ({"location": ""}, "expected a file in the model's folder"), ({}, "expected a file in the model's"),
                ({"location": "."}, "expected a file in the model's folder"),
                ({"location": "a\0b"}, "expected a file in the model's folder"),
                ({"location": "missing.bin"}, "which is missing"), ({"location": "short.bin"}, "has 10 bytes"),
                ({"location": "right.bin", "offset": "-4"}, "offset and length"),
                ({"location": "right.bin", "offset": "4"}, f"has {size - 4} bytes from 4 on"),
                ({"location": "right.bin", "length": "8"}, "8 bytes (expected 864)"),
                ({"location": "right.bin", "length": "9" * 30}, "offset and length")):
            with self.subTest(entries=entries):
                copy = onnx.ModelProto()
                copy.CopyFrom(model)
                tensor = copy.graph.initializer[0]
                tensor.ClearField("raw_data")
                tensor.data_location = TensorProto.EXTERNAL
                for key, value in entries.items():
                    tensor.external_data.add(key=key, value=value)
                self.assertIn(expected, self.refused(self.file("below/x.onnx", copy.SerializeToString()), *PIXELS))

    def test_what_is_no_model(self) -> None:
        for content in (b"", b"\0", b"no model", b"\x3a\xff\xff\xff\xff\x7f", b"\x3a\x00", b"\x80" * 20,
                        b"\x3a\x04\x2a\x02\x08\x01", bytes(range(256))):
            with self.subTest(content=content):
                self.assertIn("x.onnx: ", self.refused(self.file("x.onnx", content), *PIXELS))

    def test_tensors_that_lie(self) -> None:
        network = Network()
        model = network.model(network.head(network.pool(network.stem())))
        for dims, kind in (([1 << 40, 1 << 40], 1), ([-1, 3, 3, 3], 1), ([8, 3, 3, 4], 1), ([1] * 9, 1),
                           ([8, 3, 3, 3], 11), ([8, 3, 3, 3], 99), ([8, 3, 3, 3], 0)):
            with self.subTest(dims=dims, kind=kind):
                copy = onnx.ModelProto()
                copy.CopyFrom(model)
                tensor = copy.graph.initializer[0]
                tensor.ClearField("dims")
                tensor.dims.extend(dims)
                tensor.data_type = kind
                self.refused(self.file("x.onnx", copy.SerializeToString()), *PIXELS)

    def test_200_mutations(self) -> None:
        """Each ends with a message that names the file, or with a model."""
        network = Network()
        x = branches(network, pads(network, network.stem(BEGINNINGS["Sub, Div"](network))))
        model = network.model(network.head(of_shapes(network, x)), batch="N")
        for tensor in model.graph.initializer[4:6]:  # some in the fields of their types
            values = numpy_helper.to_array(tensor)
            tensor.CopyFrom(helper.make_tensor(tensor.name, TensorProto.FLOAT, values.shape, values.reshape(-1)))
        good = model.SerializeToString()
        refused = 0
        for seed in range(200):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                data = damaged(good, dice, dice.randrange)
                refused += not self.survives(self.file("m.onnx", data), {}, *PIXELS)
        self.assertGreater(refused, 100)


if __name__ == "__main__":
    main()

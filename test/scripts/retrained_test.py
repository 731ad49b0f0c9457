#!/usr/bin/env python3
"""Networks as the tools of transfer learning write them, of seeded weights: Model Maker's and MediaPipe Model Maker's
TFLite files, Teachable Machine's TFLite and TF.js exports, Edge Impulse's TFLite. Converted, run by the program, and
compared with what LiteRT and TensorFlow.js make of the same file. (Keras files: keras_file_test.py; timm:
state_dict_sources_test.py, against ONNX Runtime.)"""
from __future__ import annotations

import json
import pathlib

import numpy as np

from custom_network_test import IS_EMULATED
from forward import ModelFile, softmax
from graph_builder import GraphBuilder
from keras_network_test import KerasBuilder, plain, sequential, tfjs_files
from running import probabilities
from runtimes import litert_scores, require_litert, require_tfjs, tfjs_scores
from support import ScriptTest, main
from tflite_builder import OperatorSpec, normalization_metadata, with_files

from conversion import program

LABELS = ["daisy", "dandelion", "Löwenzahn", "sun flower", "tulip"]
CLASSES = len(LABELS)
STEP = 1 / 256  # of the scores of a quantised network


def body(builder: GraphBuilder, at: int, architecture: str, width: float = 1.0, resolution: int = 64) -> int:
    """The layers of one of the program's networks, up to its pool."""
    made = {"input": at}
    for layer in program.listing(architecture, width, resolution, CLASSES).layers:
        x, activation = made[layer["inputs"][0]], layer.get("activation", "none").upper()
        if layer["operator"] == "conv":
            at = builder.conv(x, layer["output_shape"][2], tuple(layer["kernel"]), layer["stride"],
                              activation=activation)
        elif layer["operator"] == "depthwise":
            at = builder.depthwise(x, tuple(layer["kernel"]), layer["stride"], activation=activation)
        elif layer["operator"] == "add":
            at = builder.add(x, made[layer["inputs"][1]])
        else:
            return x
        made[layer["name"]] = at
    raise AssertionError(architecture)


def scores(builder: GraphBuilder, logits: int) -> int:
    return builder.alone("SOFTMAX", logits, Beta=1.0)


def uint8_ends(builder: GraphBuilder, output: int) -> int:
    """uint8 around an int8 network, as made by inference_input_type and inference_output_type."""
    graph, inner = builder.graph, builder.graph.tensors[builder.input]
    outer = graph.tensor("UINT8", inner.shape, None, inner.scales, [inner.zero_points[0] + 128])
    graph.operators.insert(0, OperatorSpec("QUANTIZE", [outer], [builder.input]))
    graph.inputs = [outer]
    end = graph.tensors[output]
    return graph.operator("QUANTIZE", [output], graph.tensor("UINT8", end.shape, None, end.scales,
                                                             [end.zero_points[0] + 128]))


def lines(labels: list[str], numbered: bool = False) -> str:
    return "".join(f"{i} {label}\n" if numbered else f"{label}\n" for i, label in enumerate(labels))


class RetrainedTest(ScriptTest):
    def check(self, builder: GraphBuilder, tolerance: float, *options: object, mean: float = 0.0,
              std: float = 255.0) -> ModelFile:
        """Converts model.tflite: the labels, and the answers for the builder's picture."""
        require_litert(self)
        path = self.folder / "model.tflite"
        expected = litert_scores(path, builder.pixels, mean, std)
        self.assertGreater(np.ptp(expected), 0.05, "a network whose scores say nothing")
        made = self.converted(path, *options, classes=None)
        found = probabilities(made, builder.pixels, CLASSES)
        self.assertLessEqual(np.abs(found - expected).max(), tolerance, f"{found} {expected}")
        model = ModelFile(made)
        self.assertEqual(model.json("labels"), LABELS)
        return model


class ModelMaker(RetrainedTest):
    """Feature vectors of TF Hub, whose pixels are 0...1 and which begin with a multiplication and a subtraction, and
    one Dense. mean_rgb is 0 and stddev_rgb 255 in the metadata; the labels are in an archive after the model."""

    ARCHITECTURES = ("efficientnet_lite0", "mobilenet_v2",
                     *(() if IS_EMULATED else (f"efficientnet_lite{i}" for i in range(1, 5))))

    def network(self, kind: str, architecture: str) -> GraphBuilder:
        builder = GraphBuilder(kind, 64, scale=1 / 255, zero_point=0)
        factor, offset = (2.0, 1.0) if architecture == "mobilenet_v2" else (255 / 128, 127 / 128)
        x = self.arithmetic(builder, "SUB", self.arithmetic(builder, "MUL", builder.input, factor), offset)
        x = builder.mean(body(builder, x, architecture), keep=architecture == "mobilenet_v2")
        output = scores(builder, builder.fully_connected(x, CLASSES))
        builder.graph.metadata = normalization_metadata([0.0], [255.0], "labels.txt")
        data = builder.finish(uint8_ends(builder, output) if kind == "s8" else output)
        self.file("model.tflite", with_files(data, {"labels.txt": lines(LABELS)}))
        return builder

    def arithmetic(self, builder: GraphBuilder, kind: str, x: int, constant: float) -> int:
        if builder.dtype == "FLOAT32":
            return builder.arithmetic(kind, x, constant)
        stored = builder.graph.constant(np.array(127, np.int8), scales=[constant / 127], zero_points=[0])
        # Calibrated with pixels of all values except the brightest.
        low, high = (0.0, 0.98 * constant) if kind == "MUL" else (-constant, 0.95)
        scale = (high - low) / 255
        output = builder.graph.tensor("INT8", builder.shape(x), None, [scale], [round(-low / scale) - 128])
        return builder.add_operator(kind, [x, stored], output=output, FusedActivationFunction="NONE")

    def test_float(self) -> None:
        for architecture in self.ARCHITECTURES:
            with self.subTest(architecture=architecture):
                builder = self.network("f32", architecture)
                model = self.check(builder, 5e-6)
                self.assertEqual(model.metadata["mobilenet.architecture"], architecture)
                pixels = model.json("preprocess")
                expected = 127.5 if architecture == "mobilenet_v2" else 127.0
                np.testing.assert_allclose(pixels["mean"], [expected] * 3, 1e-6)

    def test_int8(self) -> None:
        for architecture in self.ARCHITECTURES:
            with self.subTest(architecture=architecture):
                builder = self.network("s8", architecture)
                model = self.check(builder, STEP)
                self.assertEqual((model.metadata["mobilenet.architecture"], model.quantization),
                                 (architecture, "s8_per_channel"))

    def test_labels_of_another_count(self) -> None:
        self.network("f32", "mobilenet_v2")
        model = (self.folder / "model.tflite").read_bytes()
        bare = model[:model.index(b"PK\x03\x04")]
        path = self.file("model.tflite", with_files(bare, {"labels.txt": lines(LABELS[:4])}))
        self.assertIn("5 classes and no label list (its own has 4) (expected --labels FILE with one label per line)",
                      self.refused(path, classes=None))
        self.assertIn("5 classes and no label list (expected --labels FILE",
                      self.refused(self.file("bare.tflite", bare), classes=None))
        self.assertEqual(ModelFile(self.converted(path)).json("labels"), [f"label {i}" for i in range(CLASSES)])

    def test_arithmetic_that_cuts_values_off(self) -> None:
        builder = self.network("s8", "mobilenet_v2")
        builder.graph.tensors[builder.graph.operators[1].outputs[0]].scales = [1 / 255]
        path = self.file("narrow.tflite", builder.graph.write())
        self.assertRegex(self.refused(path), r"operator 1 \(MUL\): output holds -0.0\d* to 0.50\d* of what it is made "
                         r"of, in steps of .* \(expected what the first layer's input holds, -0.0\d* to 0.97\d* in")
        builder.graph.tensors[builder.graph.operators[1].outputs[0]].scales = [1 / 25]
        path = self.file("coarse.tflite", builder.graph.write())
        self.assertIn("operator 1 (MUL): output holds", self.refused(path))


class TeachableMachine(RetrainedTest):
    """MobileNet V2 0.35, a mean, and two Dense layers, the second one without bias."""

    def network(self, kind: str) -> GraphBuilder:
        builder = GraphBuilder(kind, 64, scale=1 / 127.5, zero_point=127)
        x = builder.mean(body(builder, builder.input, "mobilenet_v2", 0.35), keep=False)
        x = builder.fully_connected(builder.fully_connected(x, 100, "RELU"), CLASSES, bias=False)
        output = scores(builder, x)
        self.file("model.tflite", builder.finish(uint8_ends(builder, output) if kind == "s8" else output))
        return builder

    def test_tflite(self) -> None:
        labels = self.file("labels.txt", lines(LABELS, numbered=True))
        for kind, mean, tolerance in (("f32", ("--mean", "127", "--std", "127.5"), 5e-6), ("s8", (), STEP)):
            with self.subTest(kind=kind):
                builder = self.network(kind)
                model = self.check(builder, tolerance, "--labels", labels, "--crop-fraction", "1", *mean, mean=127.0,
                                   std=127.5)
                self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v2, own head")
                np.testing.assert_allclose(model.json("preprocess")["mean"], [127.0] * 3)
                np.testing.assert_allclose(model.json("preprocess")["std"], [127.5] * 3, 1e-6)

    def test_numbers_before_labels(self) -> None:
        self.network("s8")
        for text, expected in (("0 a\n1 b\n2 c d\n3 1\n4 e", ["a", "b", "c d", "1", "e"]),
                               ("00\ta\r\n01\tb\r\n02\tc\r\n03\td\r\n04\te\r\n", ["a", "b", "c", "d", "e"]),
                               ("0\n1\n2\n3\n4\n", ["0", "1", "2", "3", "4"]),
                               ("0 a\n1 b\n3 c\n2 d\n4 e\n", ["0 a", "1 b", "3 c", "2 d", "4 e"]),
                               ("1 cent\n2 cents\n5 cents\n10 cents\n20 cents\n",
                                ["1 cent", "2 cents", "5 cents", "10 cents", "20 cents"])):
            with self.subTest(text=text):
                labels = self.file("labels.txt", text)
                made = self.converted(self.folder / "model.tflite", "--labels", labels, classes=None)
                self.assertEqual(ModelFile(made).json("labels"), expected)
        labels = self.file("labels.txt", lines(LABELS[:4], numbered=True))
        self.assertIn("labels.txt: 4 labels (expected 5, as the network has classes)",
                      self.refused(self.folder / "model.tflite", "--labels", labels, classes=None))

    def tfjs(self, **metadata: object) -> tuple[pathlib.Path, np.ndarray]:
        """model.json, its shard and metadata.json; a picture."""
        keras = KerasBuilder(64, seed=2)
        keras.mobilenet_v2(0.35)
        first = (keras.random.standard_normal((1280, 100)) / 30).astype(np.float32)
        second = (keras.random.standard_normal((100, CLASSES)) / 5).astype(np.float32)
        offset = (keras.random.standard_normal(100) / 5).astype(np.float32)
        head = sequential("sequential_3", plain("Dense", "dense_Dense1", activation="relu", units=100, use_bias=True,
                                                batch_input_shape=[None, 1280]),
                          plain("Dense", "dense_Dense2", activation="softmax", units=CLASSES, use_bias=False))
        trunk = sequential("sequential_1", keras.model("Model"),
                           plain("GlobalAveragePooling2D", "pool", data_format="channels_last"))
        weights = {**keras.weights, "dense_Dense1/kernel": first, "dense_Dense1/bias": offset,
                   "dense_Dense2/kernel": second}
        for name, content in tfjs_files(sequential("sequential_4", trunk, head), weights, "weights.bin").items():
            path = self.file(f"tm/{name}", content)
        self.file("tm/metadata.json", json.dumps({
            "tfjsVersion": "1.3.1", "tmVersion": "2.4.7", "packageVersion": "0.8.4-alpha2",
            "packageName": "@teachablemachine/image", "timeStamp": "2026-01-01T00:00:00.000Z", "userMetadata": {},
            "modelName": "tm-my-image-model", "labels": LABELS, "imageSize": 224, **metadata}))
        return path.with_name("model.json"), keras.pixels

    def test_tfjs(self) -> None:
        require_tfjs(self)
        path, pixels = self.tfjs()
        expected = tfjs_scores(path, pixels[None] / 127.0 - 1.0)
        made = self.converted(path, classes=None)
        self.assertGreater(np.ptp(expected), 0.05, "a network whose scores say nothing")
        np.testing.assert_allclose(probabilities(made, pixels, CLASSES), expected, 0, 5e-6)
        model = ModelFile(made)
        self.assertEqual(model.json("labels"), LABELS)
        self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v2, own head")
        self.assertEqual(model.json("preprocess"), {"color": "rgb", "resize": "crop", "crop_fraction": 1.0,
                                                    "interpolation": "bilinear", "mean": [127.0] * 3,
                                                    "std": [127.0] * 3})
        given = ModelFile(self.converted(path, "--mean", "127.5", "--std", "127.5", "--crop-fraction", "0.9"))
        self.assertEqual(given.json("labels")[0], "label 0")
        self.assertEqual((given.json("preprocess")["mean"][0], given.json("preprocess")["crop_fraction"]), (127.5, 0.9))

    def test_metadata_that_is_wrong_or_of_something_else(self) -> None:
        path, _ = self.tfjs(labels=LABELS[:3])
        self.assertIn("5 classes and no label list (its own has 3)", self.refused(path, classes=None))
        for labels in ("daisy", [1, 2, 3, 4, 5], None):
            self.assertIn("metadata.json: labels", self.refused(self.tfjs(labels=labels)[0], classes=None))
        for content in (b"{", b"[]", b"\xff", b"[" * 100000, b'{"labels": 1}'):
            self.file("tm/metadata.json", content)
            self.assertIn("no label list, and nothing says", self.refused(path, classes=None))


class EdgeImpulse(RetrainedTest):
    """The map before the pool as a list of pixels, a Dense of each, a Dense of all; int8 at both ends, pixels of 0...1
    and no labels. (As its block "Transfer Learning (Images)" has it in expert mode.)"""

    def network(self, kind: str, architecture: str, width: float) -> GraphBuilder:
        builder = GraphBuilder(kind, 96, scale=1 / 255, zero_point=0)
        x = body(builder, builder.input, architecture, width, 96)
        height, columns, channels = builder.shape(x)[1:]
        x = builder.reshape(x, [1, height * columns, channels])
        if architecture == "mobilenet_v2":  # where the user leaves it in
            x = builder.fully_connected(x, 16, "RELU", each_pixel=True)
        x = builder.fully_connected(builder.reshape(x, [1, height * columns * builder.shape(x)[2]]), CLASSES)
        self.file("model.tflite", builder.finish(scores(builder, x)))
        return builder

    def test_int8_and_float(self) -> None:
        labels = self.file("labels.txt", lines(LABELS))
        for kind, mean, tolerance in (("s8", (), STEP), ("f32", ("--mean", "0", "--std", "255"), 5e-6)):
            for architecture, width in (("mobilenet_v2", 0.35), ("mobilenet_v1", 0.25)):
                with self.subTest(architecture=architecture, kind=kind):
                    builder = self.network(kind, architecture, width)
                    path = self.folder / "model.tflite"
                    self.assertIn("5 classes and no label list", self.refused(path, *mean, classes=None))
                    model = self.check(builder, tolerance, "--labels", labels, "--crop-fraction", "1", *mean)
                    self.assertEqual(model.metadata["mobilenet.architecture"], f"{architecture}, own head")
                    self.assertEqual(model.json("preprocess")["mean"], [0.0] * 3)
                    np.testing.assert_allclose(model.json("preprocess")["std"], [255.0] * 3, 1e-6)

    def test_keras(self) -> None:
        """The same head in a Keras model."""
        require_tfjs(self)
        keras = KerasBuilder(24, seed=3)
        keras.conv(8, 3, 8)
        keras.relu()
        keras.add("Reshape", keras.value.reshape(1, 9, 8), target_shape=[9, 8])
        kernel, bias = (keras.weight(f"{keras.next_name('Dense')}/{part}", shape)
                        for part, shape in (("kernel", (8, 6)), ("bias", (6,))))
        keras.add("Dense", np.maximum(keras.value @ kernel + bias, 0), activation="relu", use_bias=True)
        keras.add("Flatten", keras.value.reshape(1, 54))
        kernel = keras.weight(f"{keras.next_name('Dense')}/kernel", (54, CLASSES))
        keras.weights[f"{keras.next_name('Dense')}/kernel"] /= 8
        keras.add("Dense", softmax(keras.value @ kernel / 8), activation="softmax", use_bias=False)
        for name, content in tfjs_files(keras.model(), keras.weights, "weights.bin").items():
            path = self.file(name, content)
        expected = tfjs_scores(path, keras.pixels[None] / 127.5 - 1.0)
        self.assertGreater(np.ptp(expected), 0.05, "a network whose scores say nothing")
        # As in the block; TensorFlow.js does not take it before a Flatten.
        open_shape = self.file("open.json", path.read_text().replace('"target_shape": [9, 8]', '"target_shape": [-1, 8]'))
        for model in (path, open_shape):
            made = self.converted(model, "--mean", "127.5", "--std", "127.5")
            np.testing.assert_allclose(probabilities(made, keras.pixels, CLASSES), expected, 0, 5e-6)

    def test_lists_of_pixels_that_are_none(self) -> None:
        """A RESHAPE that moves pixels, and a Dense for another number of channels than a pixel has."""
        builder = self.network("f32", "mobilenet_v2", 0.35)
        reshape = next(i for i, operator in enumerate(builder.graph.operators) if operator.kind == "RESHAPE")
        pixels = builder.graph.tensors[builder.graph.operators[reshape].outputs[0]]
        hidden = builder.graph.tensors[builder.graph.operators[reshape + 1].outputs[0]]
        for tensor, shape, error in ((pixels, [1, 1280, 9], "RESHAPE): output [1, 1280, 9]"),
                                     (pixels, [1, 1, 9, 1280], "RESHAPE): output [1, 1, 9, 1280]"),
                                     (hidden, [1, 9, 15], "FULLY_CONNECTED): output [1, 9, 15]"),
                                     (hidden, [1, 16, 9], "FULLY_CONNECTED): output [1, 16, 9]")):
            with self.subTest(shape=shape):
                before, tensor.shape = tensor.shape, shape
                path = self.file("model.tflite", builder.graph.write())
                self.assertIn(error, self.refused(path, "--mean", "0", "--std", "255"))
                tensor.shape = before


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Keras layers models of TF.js with branches, models within models and heads of their own: converted, run by the
program, and compared with the same layers computed here."""
from __future__ import annotations

import copy
import json
import pathlib
import random

import numpy as np

from convert_test import keras_layer
from forward import ModelFile
from graph_builder import activated, convolve
from running import probabilities
from support import ScriptTest, main
from tflite_builder import V1_PAIRS

CLASSES = 5
EPSILON = 0.001
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class KerasBuilder:
    """A functional model being built; `value` is what its last layer computes from the pixels."""

    def __init__(self, resolution: int, seed: int = 1):
        self.random = np.random.default_rng(seed)
        self.pixels = self.random.integers(0, 256, (resolution, resolution, 3), dtype=np.uint8)
        self.layers = [keras_layer("InputLayer", "in", None, batch_input_shape=[None, resolution, resolution, 3])]
        self.weights: dict[str, np.ndarray] = {}
        self.values = {"in": self.pixels[None] / 127.5 - 1.0}
        self.last = "in"

    @property
    def value(self) -> np.ndarray:
        return self.values[self.last]

    def add(self, kind: str, value: np.ndarray, *inputs: str, **config) -> str:
        name = f"{kind.lower()}_{len(self.layers)}"
        if kind == "Dense":
            config["units"] = value.shape[-1]
        layer = keras_layer(kind, name, None, **config)
        layer["inbound_nodes"] = [[[before, 0, 0, {}] for before in inputs or (self.last,)]]
        self.layers.append(layer)
        self.values[name], self.last = value, name
        return name

    def weight(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        array = self.random.standard_normal(shape) / np.sqrt(np.prod(shape[:3]) if len(shape) == 4 else 1)
        self.weights[name] = array.astype(np.float32)
        return self.weights[name].astype(np.float64)

    def next_name(self, kind: str) -> str:
        return f"{kind.lower()}_{len(self.layers)}"

    def conv(self, channels: int, kernel: int = 1, stride: int = 1, padding: str = "same") -> None:
        shape = (kernel, kernel, self.value.shape[3], channels)
        weights = self.weight(f"{self.next_name('Conv2D')}/kernel", shape)
        value = convolve(self.value, weights.transpose(3, 0, 1, 2), {"StrideH": stride, "Padding": padding.upper()})
        self.add("Conv2D", value, filters=channels, strides=[stride, stride], padding=padding, use_bias=False, activation="linear",
                 dilation_rate=[1, 1], data_format="channels_last", kernel_size=[kernel, kernel])

    def depthwise(self, stride: int, padding: str = "same") -> None:
        channels = self.value.shape[3]
        weights = self.weight(f"{self.next_name('DepthwiseConv2D')}/depthwise_kernel", (3, 3, channels, 1)) * 3
        self.weights[f"{self.next_name('DepthwiseConv2D')}/depthwise_kernel"] *= 3
        value = convolve(self.value, weights.transpose(2, 0, 1, 3), {"StrideH": stride, "Padding": padding.upper()})
        self.add("DepthwiseConv2D", value, strides=[stride, stride], padding=padding, use_bias=False,
                 activation="linear", dilation_rate=[1, 1], data_format="channels_last", kernel_size=[3, 3])

    def batch_norm(self) -> None:
        channels, name = self.value.shape[-1], self.next_name("BatchNormalization")
        parts = [self.random.standard_normal(channels) * 0.2 + 1, self.random.standard_normal(channels) * 0.2,
                 self.random.standard_normal(channels) * 0.2, self.random.random(channels) + 0.3]
        for part, values in zip(("gamma", "beta", "moving_mean", "moving_variance"), parts):
            self.weights[f"{name}/{part}"] = values.astype(np.float32)
        gamma, beta, mean, variance = (part.astype(np.float32).astype(np.float64) for part in parts)
        self.add("BatchNormalization", (self.value - mean) / np.sqrt(variance + EPSILON) * gamma + beta,
                 epsilon=EPSILON, axis=[3])

    def relu(self, largest: float | None = 6.0) -> None:
        value = activated(self.value, "RELU6" if largest else "RELU")
        self.add("ReLU", value, max_value=largest, negative_slope=0.0, threshold=0.0)

    def pad(self) -> None:
        self.add("ZeroPadding2D", np.pad(self.value, ((0, 0), (0, 1), (0, 1), (0, 0))), padding=[[0, 1], [0, 1]],
                 data_format="channels_last")

    def strided(self, layer, *arguments, stride: int) -> None:
        """As in tf.keras.applications: a padding layer if the stride is 2."""
        if stride == 2:
            self.pad()
        layer(*arguments, stride=stride, padding="valid" if stride == 2 else "same")
        self.batch_norm()
        self.relu()

    def mobilenet_v1(self, width: float) -> None:
        self.strided(self.conv, int(32 * width), 3, stride=2)
        for stride, channels in V1_PAIRS:
            self.strided(self.depthwise, stride=stride)
            self.strided(self.conv, int(channels * width), stride=1)

    def mobilenet_v2(self, width: float) -> None:
        def scaled(channels: float) -> int:
            rounded = max(8, int(channels * width + 4) // 8 * 8)
            return rounded + 8 if rounded < 0.9 * channels * width else rounded

        self.strided(self.conv, scaled(32), 3, stride=2)
        for expansion, channels, repeats, first_stride in BLOCKS:
            for i in range(repeats):
                start, stride = self.last, first_stride if i == 0 else 1
                if expansion > 1:
                    self.conv(self.value.shape[3] * expansion)
                    self.batch_norm()
                    self.relu()
                self.strided(self.depthwise, stride=stride)
                self.conv(scaled(channels))
                self.batch_norm()
                if stride == 1 and self.value.shape == self.values[start].shape:
                    self.add("Add", self.values[start] + self.value, start, self.last)
        self.conv(1280)
        self.batch_norm()
        self.relu()

    def model(self, kind: str = "Functional") -> dict:
        return {"class_name": kind, "config": {"name": "model_1", "layers": self.layers,
                                               "input_layers": [["in", 0, 0]], "output_layers": [[self.last, 0, 0]]}}


def sequential(name: str, *layers: dict) -> dict:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def plain(kind: str, name: str, **config) -> dict:
    """A layer of a Sequential model."""
    return {"class_name": kind, "config": {"name": name, **config}}


def members(node: object):
    """Where everything in a JSON value is, and under which key."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield node, key
        yield from members(value)


def tfjs_files(model: dict, weights: dict[str, np.ndarray], shard: str) -> dict[str, bytes | str]:
    entries = [{"name": name, "dtype": "float32", "shape": list(array.shape)} for name, array in weights.items()]
    topology = {"modelTopology": {"keras_version": "2.9.0", "model_config": model},
                "weightsManifest": [{"paths": [shard], "weights": entries}]}
    return {shard: b"".join(array.tobytes() for array in weights.values()), "model.json": json.dumps(topology)}


class RunsAsItsLayers(ScriptTest):
    def write(self, model: dict, weights: dict[str, np.ndarray]) -> pathlib.Path:
        for name, content in tfjs_files(model, weights, "group1-shard1of1.bin").items():
            path = self.file(name, content)
        return path

    def check(self, path: pathlib.Path, pixels: np.ndarray, expected: np.ndarray, *options: str) -> ModelFile:
        self.assertGreater(expected.max() - expected.min(), 0.05, "a network whose scores say nothing")
        made = self.converted(path, "--crop-fraction", "1", *options)
        np.testing.assert_allclose(probabilities(made, pixels, CLASSES), expected.reshape(-1), 0, 5e-6)
        return ModelFile(made)

    def test_v2(self) -> None:
        keras = KerasBuilder(64)
        keras.mobilenet_v2(0.35)
        keras.add("GlobalAveragePooling2D", keras.value.mean((1, 2)), data_format="channels_last")
        kernel = keras.weight(f"{keras.next_name('Dense')}/kernel", (1280, CLASSES))
        bias = keras.weight(f"{keras.next_name('Dense')}/bias", (CLASSES,))
        logits = keras.value @ kernel + bias
        scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        keras.add("Dense", scores, activation="softmax", use_bias=True)
        model = self.check(self.write(keras.model(), keras.weights), keras.pixels, scores)
        self.assertEqual((model.metadata["mobilenet.architecture"], model.metadata["mobilenet.width_multiplier"]),
                         ("mobilenet_v2", "0.35"))
        self.assertNotIn("mobilenet.layers", model.metadata)

    def test_models_within_models(self) -> None:
        """As a retrained network is exported: the body of V2 and a head, each a model of its own."""
        keras = KerasBuilder(64, seed=2)
        keras.mobilenet_v2(0.5)
        first = (keras.random.standard_normal((1280, 10)) / 10).astype(np.float32)
        second = keras.random.standard_normal((10, CLASSES)).astype(np.float32)
        offset = keras.random.standard_normal(10).astype(np.float32)
        weights = {**keras.weights, "dense_Dense1/kernel": first, "dense_Dense1/bias": offset,
                   "dense_Dense2/kernel": second}
        body = sequential("sequential_1", keras.model("Model"),
                          plain("GlobalAveragePooling2D", "pool", data_format="channels_last"))
        head = sequential("sequential_3", plain("Dropout", "dropout", rate=0.5),
                          plain("Dense", "dense_Dense1", activation="relu", batch_input_shape=[None, 1280]),
                          plain("Dense", "dense_Dense2", activation="sigmoid", use_bias=False))
        hidden = np.maximum(keras.value.mean((1, 2)) @ first.astype(np.float64) + offset, 0)
        scores = 1 / (1 + np.exp(-(hidden @ second.astype(np.float64))))
        path = self.write(sequential("sequential_4", body, head), weights)
        self.assertIn("nothing says how pixels become its input", self.refused(path))
        model = self.check(path, keras.pixels, scores, "--mean", "127.5", "--std", "127.5")
        self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v2, own head")
        self.assertEqual([layer["operator"] for layer in model.json("layers")[-4:]],
                         ["avg_pool", "fully_connected", "fully_connected", "sigmoid"])

    def test_branches(self) -> None:
        """A concatenation, a ReLU without an upper limit, a rescaling of the pixels."""
        keras = KerasBuilder(24, seed=3)
        keras.values["in"] = keras.pixels[None].astype(np.float64)
        keras.add("Rescaling", keras.value / 50 - 2, scale=1 / 50, offset=-2.0)
        keras.conv(8, 3, 2)
        keras.relu(None)
        start = keras.last
        keras.depthwise(1)
        keras.batch_norm()
        side = keras.last
        keras.add("Concatenate", np.concatenate([keras.values[start], keras.value], 3), start, side, axis=-1)
        keras.conv(12)
        keras.add("GlobalAveragePooling2D", keras.value.mean((1, 2), keepdims=True), keepdims=True)
        keras.add("Reshape", keras.value.reshape(1, 12), target_shape=[-1])
        kernel = keras.weight(f"{keras.next_name('Dense')}/kernel", (12, CLASSES))
        keras.add("Dense", keras.value @ kernel, activation="linear", use_bias=False)
        logits = keras.value
        scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        keras.add("Softmax", scores, axis=-1)
        model = self.check(self.write(keras.model(), keras.weights), keras.pixels, scores)
        np.testing.assert_allclose(model.json("preprocess")["mean"], [100] * 3, 1e-5)
        np.testing.assert_allclose(model.json("preprocess")["std"], [50] * 3, 1e-5)
        self.assertEqual(model.metadata["mobilenet.architecture"], "custom")

    def test_weights_in_fewer_bits(self) -> None:
        """As stored by tensorflowjs_converter --quantize_float16 and similar options."""
        keras = KerasBuilder(24, seed=5)
        keras.conv(CLASSES, 3, 2)
        keras.add("GlobalAveragePooling2D", keras.value.mean((1, 2)))
        whole = keras.weights.copy()
        for dtype in ("float16", "uint8", "uint16"):
            with self.subTest(dtype=dtype):
                stored, entries, expected = {}, {}, {}
                for name, array in whole.items():
                    if dtype == "float16":
                        stored[name], entries[name] = array.astype(np.float16), {"dtype": dtype}
                        expected[name] = stored[name].astype(np.float32)
                        continue
                    low, scale = float(array.min()), float(np.ptp(array)) / np.iinfo(dtype).max
                    stored[name] = np.rint((array - low) / scale).astype(dtype)
                    entries[name] = {"dtype": dtype, "scale": scale, "min": low}
                    expected[name] = (stored[name] * scale + low).astype(np.float32)
                model = sequential("s", keras.model(), plain("Dense", "d", activation="softmax", use_bias=False))
                head = {"d/kernel": np.eye(CLASSES, dtype=np.float32)}
                path = self.write(model, {**stored, **head})
                manifest = json.loads(path.read_text())
                for entry in manifest["weightsManifest"][0]["weights"]:
                    if entry["name"] in entries:
                        entry["quantization"] = entries[entry["name"]]
                path = self.file("model.json", json.dumps(manifest))
                made = ModelFile(self.converted(path, "--mean", "1", "--std", "1"))
                (kernel,) = expected.values()
                np.testing.assert_array_equal(made["conv_1.weights"], kernel.transpose(3, 0, 1, 2))

    def test_mutations(self) -> None:
        """200 models with up to three members replaced: converted or refused with one line."""
        keras = KerasBuilder(24, seed=3)
        keras.pad()
        keras.conv(8, 3, 2)
        keras.batch_norm()
        keras.relu(None)
        start = keras.last
        keras.depthwise(1)
        keras.add("Concatenate", np.concatenate([keras.values[start], keras.value], 3), start, keras.last, axis=-1)
        model = sequential("s", keras.model(), plain("GlobalAveragePooling2D", "pool"),
                           plain("Dense", "d", activation="sigmoid"))
        head = {"d/kernel": np.ones((16, CLASSES), np.float32), "d/bias": np.ones(CLASSES, np.float32)}
        whole = json.loads(self.write(model, {**keras.weights, **head}).read_text())
        others = (None, 0, -1, 2, "x", [], {}, [1], [[1, 2], [3, 4]], 1e30, 10**30, True, "valid", "relu", [1, 1])
        for seed in range(200):
            choose, model = random.Random(seed), copy.deepcopy(whole)
            for _ in range(choose.choice((1, 2, 3))):
                parent, key = choose.choice(list(members(model)))
                parent[key] = copy.deepcopy(choose.choice(others))
            with self.subTest(seed=seed):
                self.survives(self.file("model.json", json.dumps(model)), {}, "--mean", "1", "--std", "1")

    def test_models_that_are_wrong(self) -> None:
        keras = KerasBuilder(24)
        keras.conv(CLASSES)
        conv = keras.layers[1]
        cases = [
            ({**keras.model(), "class_name": "Another"},
             "model of class Another (expected Functional, Model, Sequential"),
            (sequential("s", plain("Dense", "d", units=3)), "input shape None (expected [null, R, R, 3]"),
            (sequential("s"), "no layers (expected"),
            ({"class_name": "Model", "config": {**keras.model()["config"],
                                                "output_layers": [["a", 0, 0], ["b", 0, 0]]}},
             "(expected one, of a layer"),
            ({"class_name": "Model", "config": {**keras.model()["config"], "layers": [keras.layers[0], {
                **conv, "inbound_nodes": [[["in", 0, 0, {}]], [["in", 0, 0, {}]]]}]}}, "is used 2 times"),
            ({"class_name": "Model", "config": {**keras.model()["config"], "layers": [keras.layers[0], {
                **conv, "inbound_nodes": [[[conv["name"], 0, 0, {}]]]}]}}, "(expected a layer before it"),
        ]
        nested = keras.model()
        for _ in range(12):
            nested = sequential("s", nested)
        cases.append((nested, "models nested too deeply"))
        for model, expected in cases:
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(self.write(model, keras.weights)))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Keras models as model.save writes them, .keras and .h5 of Keras 2 and 3: made here with h5py, converted, run by the
program, and compared with what TensorFlow.js makes of the same layers. With MOBILENET_LONG_TESTS=1 also models that Keras
itself makes and saves, compared with what it computes itself."""
from __future__ import annotations

import io
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import numpy as np

try:
    import h5py
except ImportError as missing:
    print(f"SKIPPED: {missing} (its makers have no wheel of it for this machine)")
    sys.exit(0)

from forward import ModelFile
from keras_network_test import CLASSES, KerasBuilder, plain, sequential, tfjs_files
from running import probabilities
from runtimes import require_tfjs, tfjs_scores
from support import ROOT, ScriptTest, main

IS_LONG = os.environ.get("MOBILENET_LONG_TESTS") == "1"
PARTS = {"Conv2D": ["kernel", "bias"], "DepthwiseConv2D": ["depthwise_kernel"], "Dense": ["kernel", "bias"],
         "BatchNormalization": ["gamma", "beta", "moving_mean", "moving_variance"]}
MODELS = ("Functional", "Model", "Sequential")


def snake(kind: str) -> str:
    return {"Conv2D": "conv2d", "DepthwiseConv2D": "depthwise_conv2d", "BatchNormalization": "batch_normalization",
            "ReLU": "re_lu", "Dense": "dense", "ZeroPadding2D": "zero_padding2d"}.get(kind, kind.lower())


def keras_3(model: dict) -> dict:
    """The same layers as Keras 3 writes them: what a layer reads are tensors among the arguments of a call."""
    model = json.loads(json.dumps(model))
    for layer in model["config"]["layers"]:
        if layer["class_name"] in MODELS:
            layer.update(keras_3(layer))
        if "batch_input_shape" in layer["config"]:
            layer["config"]["batch_shape"] = layer["config"].pop("batch_input_shape")
        tensors = [{"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32",
                                                                 "keras_history": [name, 0, 0]}}
                   for node in layer.get("inbound_nodes") or [] for name, *_ in node]
        if tensors:
            arguments = [tensors] if len(tensors) > 1 else tensors
            layer["inbound_nodes"] = [{"args": arguments, "kwargs": {}}]
    return model


def weights_of(model: dict, weights: dict[str, np.ndarray], place: str = ""):
    """Where .keras has each weight."""
    used: dict[str, int] = {}
    for layer in model["config"]["layers"]:
        kind, name = layer["class_name"], layer["config"]["name"]
        used[snake(kind)] = used.get(snake(kind), -1) + 1
        number = f"_{used[snake(kind)]}" if used[snake(kind)] else ""
        here = f"{place}layers/{snake(kind)}{number}"
        if kind in MODELS:
            yield from weights_of(layer, weights, here + "/")
        else:
            found = [weights[f"{name}/{part}"] for part in PARTS.get(kind, []) if f"{name}/{part}" in weights]
            yield from ((f"{here}/vars/{i}", array) for i, array in enumerate(found))


class ReadsKerasFiles(ScriptTest):
    def h5(self, model: dict, weights: dict[str, np.ndarray], suffix: str = ":0") -> pathlib.Path:
        path = self.file("model.h5", b"")
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(model)
            for name, array in weights.items():
                file[f"model_weights/{name.split('/')[0]}/{name}{suffix}"] = array
            file["optimizer_weights/iterations:0"] = np.int64(3)
        return path

    def archive(self, model: dict, weights: dict[str, np.ndarray]) -> pathlib.Path:
        stored = io.BytesIO()
        with h5py.File(stored, "w") as file:
            for place, array in weights_of(model, weights):
                file[place] = array
            file["optimizer/vars/0"] = np.int64(3)
        path = self.file("model.keras", b"")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.11.3"}))
            archive.writestr("config.json", json.dumps(keras_3(model)))
            archive.writestr("model.weights.h5", stored.getvalue())
        return path

    def retrained(self, version: int = 2) -> tuple[KerasBuilder, dict, dict[str, np.ndarray]]:
        """The body of a MobileNet of tf.keras.applications, and a head, as transfer learning's guides make it."""
        keras = KerasBuilder(64, seed=2)
        keras.mobilenet_v1(0.25) if version == 1 else keras.mobilenet_v2(0.35)
        kernel = (keras.random.standard_normal((keras.value.shape[3], CLASSES)) / 10).astype(np.float32)
        bias = keras.random.standard_normal(CLASSES).astype(np.float32)
        weights = {**keras.weights, "own_head/kernel": kernel, "own_head/bias": bias}
        model = sequential("own", keras.model(), plain("GlobalAveragePooling2D", "pool"),
                           plain("Dropout", "dropout", rate=0.2),
                           plain("Dense", "own_head", units=CLASSES, activation="softmax", use_bias=True))
        return keras, model, weights

    def test_retrained_networks(self) -> None:
        require_tfjs(self)
        for version, width in ((1, "0.25"), (2, "0.35")):
            with self.subTest(version=version):
                self.check(version, width)

    def check(self, version: int, width: str) -> None:
        keras, model, weights = self.retrained(version)
        for name, content in tfjs_files(model, weights, "weights.bin").items():
            self.file(name, content)
        scores = tfjs_scores(self.folder / "model.json", keras.pixels[None] / 127.5 - 1.0)
        self.assertGreater(np.ptp(scores), 0.05, "a network whose scores say nothing")
        named = {re.sub("depthwise_kernel", "kernel", name): array for name, array in weights.items()}
        made = None
        for path in (self.h5(model, weights), self.h5(keras_3(model), named, suffix=""),
                     self.archive(model, weights)):
            with self.subTest(path=path.name):
                made = self.converted(path, "--mean", "127.5", "--std", "127.5", "--crop-fraction", "1")
                np.testing.assert_allclose(probabilities(made, keras.pixels, CLASSES), scores, 0, 5e-6)
                metadata = ModelFile(made).metadata
                self.assertEqual(metadata["mobilenet.architecture"], f"mobilenet_v{version}")
                self.assertEqual(metadata["mobilenet.width_multiplier"], width)

    def test_files_that_are_wrong(self) -> None:
        _, model, weights = self.retrained()
        options = ("--mean", "127.5", "--std", "127.5")
        whole = self.archive(model, weights).read_bytes()
        self.assertIn("not a Keras model", self.refused(self.file("cut.keras", whole[:len(whole) // 2]), *options))
        whole = self.h5(model, weights).read_bytes()
        self.assertIn("not a Keras model", self.refused(self.file("cut.h5", whole[:len(whole) // 2]), *options))
        self.assertIn("not a Keras model", self.refused(self.file("text.h5", b"no model"), *options))
        lacking = {name: array for name, array in weights.items() if name != "own_head/bias"}
        self.assertIn("weight own_head/bias is missing", self.refused(self.h5(model, lacking), *options))
        self.assertIn("vars/1 is missing, bias of layer own_head", self.refused(self.archive(model, lacking), *options))
        infinite = {**weights, "own_head/bias": np.full(CLASSES, np.inf, np.float32)}
        self.assertIn("a value is not finite", self.refused(self.h5(model, infinite), *options))
        alone = self.h5(model, weights)
        with h5py.File(alone, "a") as file:
            del file.attrs["model_config"]
        self.assertIn("weights alone do not say", self.refused(alone, *options))


if IS_LONG:  # Keras, with what it computes with, takes half a gigabyte

    class MadeByKeras(ScriptTest):
        def test_retrained_networks(self) -> None:
            subprocess.run([ROOT / "scripts" / "make_venv.sh", "keras"], check=True)
            subprocess.run([ROOT / "build" / "venv-keras" / "bin" / "python",
                            pathlib.Path(__file__).with_name("keras_models.py"), self.folder], check=True)
            found = sorted(self.folder.glob("*.npz"))
            self.assertEqual(len(found), 4)
            for numbers in found:
                known = np.load(numbers)
                scores = known["scores"]
                self.assertGreater(np.ptp(scores), 0.05, "a network whose scores say nothing")
                # The scaling of the pixels is in the model, or must be told.
                scaling = () if "functional" in numbers.name else ("--mean", "127.5", "--std", "127.5")
                architecture = "mobilenet_v2" if "v2" in numbers.name else "mobilenet_v1"
                for suffix in (".keras", ".h5"):
                    with self.subTest(model=numbers.stem, suffix=suffix):
                        made = self.converted(numbers.with_suffix(suffix), *scaling, "--crop-fraction", "1")
                        np.testing.assert_allclose(probabilities(made, known["pixels"], CLASSES), scores, 0, 1e-4)
                        self.assertIn(architecture, ModelFile(made).metadata["mobilenet.architecture"])


if __name__ == "__main__":
    main()

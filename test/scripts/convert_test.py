#!/usr/bin/env python3
"""convert.py on seeded networks that the test writes itself, whole, wrong and damaged."""
from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import struct
import subprocess
import sys

import numpy as np

from forward import ModelFile, run, softmax
from support import SCRIPTS, ScriptTest, convert, main, run_script
from conversion import checksum  # of scripts/, which support.py has put on the path
from tflite_builder import Form, GraphSpec, SeededNetwork, normalization_metadata

V1_LAYERS = ["conv1"] + [f"conv_{kind}_{i}" for i in range(1, 14) for kind in ("dw", "pw")] + ["logits"]


def stored(name: str, weights: np.ndarray) -> np.ndarray:
    """TFLite's layout -> the model file's."""
    if weights.ndim == 4 and ("_dw_" in name or name.endswith("depthwise")):
        return weights[0]
    return weights.reshape(weights.shape[0], -1) if name == "logits" else weights


def per_channel(name: str, scales: np.ndarray) -> np.ndarray:
    is_depthwise = "_dw_" in name or name.endswith("depthwise")
    return scales if is_depthwise or len(scales) == 1 else scales.reshape(
        -1, *([1] * (1 if name == "logits" else 3)))


class ReadsTflite(ScriptTest):
    def network(self, version: int = 1, **form) -> SeededNetwork:
        network = SeededNetwork(version, Form(**form))
        self.file("in.tflite", network.graph.write())
        return network

    def check_layers(self, network: SeededNetwork, model: ModelFile) -> None:
        """The tensors are those that the file was written from."""
        for name, layer in network.layers.items():
            if "weights" in layer:
                np.testing.assert_array_equal(model[f"{name}.weights"], stored(name, layer["weights"]), name)
                np.testing.assert_array_equal(model[f"{name}.bias"], layer["bias"], name)
                self.assertEqual(model[f"{name}.weights"].dtype, layer["weights"].dtype)
                self.assertEqual(model[f"{name}.bias"].dtype, layer["bias"].dtype)
            if network.form.kind == "f32":
                continue
            if "weights" in layer:
                channels = len(layer["bias"])
                count = 1 if network.form.kind == "u8" else channels
                np.testing.assert_array_equal(model[f"{name}.weights.scale"],
                                              np.broadcast_to(layer["scales"], count))
                np.testing.assert_array_equal(model[f"{name}.weights.zero_point"], [layer["zero_point"]])
            scale, zero_point = layer["output"]
            np.testing.assert_array_equal(model[f"{name}.output.scale"], [scale])
            np.testing.assert_array_equal(model[f"{name}.output.zero_point"], [zero_point])

    def test_float_v1(self) -> None:
        network = self.network(kind="f32")
        model = ModelFile(self.converted(self.folder / "in.tflite"))
        self.check_layers(network, model)
        self.assertEqual(set(model.tensors),
                         {f"{name}.{part}" for name in V1_LAYERS for part in ("weights", "bias")})
        self.assertEqual(model.json("preprocess"), {
            "color": "rgb", "resize": "crop", "crop_fraction": 0.875, "interpolation": "bilinear",
            "mean": [127.5] * 3, "std": [127.5] * 3})

    def test_metadata(self) -> None:
        self.network(kind="f32")
        path = self.converted(self.folder / "in.tflite", "--name", "n", "--url",
                              "https://example.org/in.tflite", "--license", "Apache-2.0", "--published-top1",
                              "49.8")
        metadata = ModelFile(path).metadata
        plain = {key: value for key, value in metadata.items() if value[0] not in "[{"}
        self.assertRegex(plain.pop("mobilenet.checksum"), r"\Asums64:[0-9a-f]{32}\Z")
        self.assertEqual(plain, {"mobilenet.format": "1", "mobilenet.architecture": "mobilenet_v1",
                                 "mobilenet.width_multiplier": "0.25", "mobilenet.resolution": "128",
                                 "mobilenet.classes": "5", "mobilenet.quantization": "none"})
        self.assertEqual(json.loads(metadata["mobilenet.labels"]), [f"label {i}" for i in range(5)])
        source = json.loads(metadata["mobilenet.source"])
        self.assertEqual(source["sha256"],
                         hashlib.sha256((self.folder / "in.tflite").read_bytes()).hexdigest())
        self.assertEqual((source["name"], source["url"], source["license"], source["published_top1"],
                          source["published_top5"]),
                         ("n", "https://example.org/in.tflite", "Apache-2.0", 49.8, None))

    def test_uint8_v1(self) -> None:
        network = self.network(kind="u8")
        model = ModelFile(self.converted(self.folder / "in.tflite"))
        self.check_layers(network, model)
        self.assertEqual(model.quantization, "u8_per_tensor")
        self.assertEqual(len(model.tensors), 2 + 28 * 6)
        np.testing.assert_array_equal(model["input.zero_point"], [128])

    def test_int8_v1_in_every_form(self) -> None:
        for form in ({}, {"softmax": False}, {"quantize_ends": True},
                     {"quantize_ends": True,
                      "softmax": False}, {"float_ends": True}, {"float_ends": True, "softmax": False},
                     {"mean_pool": True}, {"fully_connected": True}, {"activation": "RELU"},
                     {"activation": "NONE"}, {"with_bias": False}, {"one_weight_scale": True}):
            with self.subTest(**form):
                network = self.network(kind="s8", **form)
                if form.get("with_bias") is False:
                    for layer in network.layers.values():
                        layer["bias"] = np.zeros_like(layer["bias"])
                model = ModelFile(self.converted(self.folder / "in.tflite"))
                self.check_layers(network, model)
                self.assertEqual(model.quantization, "s8_per_channel")
                np.testing.assert_array_equal(model["input.zero_point"], [0])
                real_input = form.get("float_ends", False)
                self.assertEqual(model.json("preprocess")["mean"], [127.5 if real_input else 128.0] * 3)

    def test_v2_of_every_type(self) -> None:
        for form in ({"kind": "f32"}, {"kind": "u8"}, {"kind": "s8", "quantize_ends": True},
                     {"kind": "s8", "mean_pool": True, "mean_scale": 0.017}):
            with self.subTest(**form):
                network = self.network(2, width=0.35, resolution=32, **form)
                model = ModelFile(self.converted(self.folder / "in.tflite"))
                self.check_layers(network, model)
                self.assertEqual(network.adds, [f"block_{i}.add" for i in (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)])
                self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v2")
                self.assertEqual(model.metadata["mobilenet.width_multiplier"], "0.35")
                self.assertEqual(model["block_1.expand.weights"].shape[1:3], (1, 1))
                self.assertNotIn("block_0.expand.weights", model.tensors)
                if "mean_scale" in form:
                    np.testing.assert_array_equal(model["global_avg_pool.output.scale"], [np.float32(0.017)])
                else:
                    self.assertNotIn("global_avg_pool.output.scale", model.tensors)

    def test_width_multipliers(self) -> None:
        for version, width in ((1, 0.1), (1, 0.25), (1, 0.35), (1, 0.5), (1, 0.75), (1, 1.3), (2, 0.25),
                               (2, 0.5), (2, 0.75), (2, 1.4)):
            with self.subTest(version=version, width=width):
                self.network(version, kind="u8", width=width, resolution=32)
                model = ModelFile(self.converted(self.folder / "in.tflite"))
                self.assertEqual(model.metadata["mobilenet.width_multiplier"], str(width))
                self.assertEqual(model.metadata["mobilenet.resolution"], "32")

    def test_two_halves_are_the_whole(self) -> None:
        network = self.network(kind="u8")
        first, second = (self.file(f"{i}.tflite", half) for i, half in enumerate(network.halves()))
        whole = ModelFile(self.converted(self.folder / "in.tflite", output="whole.safetensors"))
        joined = ModelFile(self.converted(first, second, output="joined.safetensors"))
        self.assertEqual(set(whole.tensors), set(joined.tensors))
        for name in whole.tensors:
            np.testing.assert_array_equal(whole[name], joined[name])
        self.assertEqual(joined.json("source")["files"], ["0.tflite", "1.tflite"])
        self.assertIn("0.tflite: the network ends with global_avg_pool, [1, 1, 256] (expected one number per class",
                      self.refused(first))
        self.assertIn("0.tflite: input is UINT8 [1, 128, 128, 3] (expected UINT8 [1, 5]",
                      self.refused(second, first))
        other = SeededNetwork(1, Form(kind="u8", activation="RELU"))
        pooled = other.graph.tensors[other.graph.operators[other.cut - 1].outputs[0]]
        pooled.scales = [0.5]
        strange = self.file("strange.tflite", other.halves()[1])
        self.assertRegex(self.refused(first, strange),
                         r"strange.tflite: input has scale 0.5 and zero point 0 \(expected "
                         r"scale 0.0235")

    def test_normalisation_of_the_files_own_metadata(self) -> None:
        for mean, std, expected in (([123.0, 117.0, 104.0], [58.0, 57.0, 56.0], None), ([0.0], [255.0], None),
                                    ([0.0], [0.0], 127.5), ([1.0, 2.0], [1.0, 2.0], 127.5),
                                    ([float("nan")], [1.0], 127.5)):
            with self.subTest(mean=mean, std=std):
                network = SeededNetwork(1, Form(resolution=32))
                network.graph.metadata = normalization_metadata(mean, std)
                model = ModelFile(self.converted(self.file("in.tflite", network.graph.write())))
                preprocess = model.json("preprocess")
                self.assertEqual(preprocess["mean"], [expected] * 3 if expected else (mean * 3)[:3])
                self.assertEqual(preprocess["std"], [expected] * 3 if expected else (std * 3)[:3])

    def test_check_sum_of_the_tensors(self) -> None:
        self.network(kind="u8", resolution=32)
        path = self.converted(self.folder / "in.tflite")
        data = path.read_bytes()
        data = data[8 + struct.unpack("<Q", data[:8])[0]:]
        self.assertEqual(ModelFile(path).metadata["mobilenet.checksum"], checksum.checksum(data))
        for size in (0, 1, 4, 7, 4096, 8 * checksum._PIECE + 9):
            some = random.Random(size).randbytes(size)
            words = [word for word, in struct.iter_unpack("<Q", some + bytes(-size % 8))]
            expected = (sum(words) % 2**64,
                        sum((len(words) - i) * word for i, word in enumerate(words)) % 2**64)
            padded = some + bytes(-size % 8)
            for sums in (checksum._sums(padded), checksum._sums_by_numpy(padded)):
                self.assertEqual((sums[0] % 2**64, sums[1] % 2**64), expected)
        self.assertEqual(checksum.checksum(bytes(range(41))), "sums64:736e69645f5a55787d6955412d190518")

    def test_pixels_become_themselves(self) -> None:
        """uint8 files take the pixels unchanged, and their int8 form the pixels less 128, for any scale."""
        pixels = np.arange(256, dtype=np.float64)
        for scale, zero_point in ((1 / 128, 128), (1 / 127.5, 127), (0.0078431377187371254, 127),
                                  (1 / 255, 0), (0.018658448, 114), (1e-30, 3), (1e30, 250)):
            for quantization, shift in (("u8", 0), ("s8", 128)):
                with self.subTest(scale=scale, zero_point=zero_point, quantization=quantization):
                    self.network(kind="u8", resolution=32, input_scale=scale, input_zero_point=zero_point,
                                 with_bias=False)
                    path = self.converted(self.folder / "in.tflite", "--quantization", quantization)
                    model = ModelFile(path)
                    preprocess = model.json("preprocess")
                    quantised = np.round((pixels - preprocess["mean"][0]) / preprocess["std"][0] / np.float64(
                        model["input.scale"][0])) + model["input.zero_point"][0]
                    np.testing.assert_array_equal(quantised, pixels - shift)


class Quantizes(ScriptTest):
    def pair(self, quantization: str, version: int = 1, **form) -> tuple[ModelFile, ModelFile, str]:
        """A seeded network unchanged and as `quantization`, and the output of convert.py."""
        path = self.file("in.tflite", SeededNetwork(version, Form(**form)).graph.write())
        plain = ModelFile(self.converted(path, output="plain.safetensors"))
        status, said, err = self.convert(path, "-o", self.folder / "other.safetensors", "--labels",
                                         self.labels(5), "--quantization", quantization)
        self.assertEqual(status, 0, err)
        return plain, ModelFile(self.folder / "other.safetensors"), said

    def test_uint8_to_int8(self) -> None:
        u8, s8, said = self.pair("s8", kind="u8", resolution=32)
        self.assertEqual(s8.quantization, "s8_per_channel")
        exact = total = 0
        for name in V1_LAYERS:
            centred = u8[f"{name}.weights"].astype(np.int64) - u8[f"{name}.weights.zero_point"]
            old, new = u8[f"{name}.weights.scale"][0], s8[f"{name}.weights.scale"]
            channels = len(new)
            axis = -1 if "_dw_" in name else 0
            largest = np.abs(np.moveaxis(centred, axis, 0).reshape(channels, -1)).max(axis=1)
            is_exact = largest <= 127
            self.assertEqual((~is_exact).sum(), 2, name)  # as the network was made
            exact, total = exact + is_exact.sum(), total + channels
            pick = (lambda a: np.moveaxis(a, axis, 0)[is_exact])
            np.testing.assert_array_equal(pick(s8[f"{name}.weights"]), pick(centred))
            np.testing.assert_array_equal(new[is_exact], old)
            np.testing.assert_array_equal(s8[f"{name}.bias"][is_exact], u8[f"{name}.bias"][is_exact])
            # The other channel: the largest weight becomes 127, each is off by half a step at most, and so is
            # the bias.
            np.testing.assert_allclose(new[~is_exact], old * largest[~is_exact] / 127, 1e-6)
            self.assertEqual(
                np.abs(np.moveaxis(s8[f"{name}.weights"], axis, 0)[~is_exact].astype(int)).max(), 127)
            error = s8[f"{name}.weights"] * per_channel(name, new.astype(
                np.float64)) - centred * np.float64(old)
            self.assertLessEqual(np.abs(error).max(), new.max() * 0.5001)
            bias_error = s8[f"{name}.bias"] * new.astype(np.float64) - u8[f"{name}.bias"] * np.float64(old)
            self.assertLessEqual(np.abs(bias_error).max(), new.max() * 0.5001)
            np.testing.assert_array_equal(s8[f"{name}.weights.zero_point"], [0])
            np.testing.assert_array_equal(s8[f"{name}.output.scale"], u8[f"{name}.output.scale"])
            np.testing.assert_array_equal(s8[f"{name}.output.zero_point"],
                                          u8[f"{name}.output.zero_point"] - 128)
        np.testing.assert_array_equal(s8["input.zero_point"], [0])
        self.assertIn(f"{exact} of {total} channels exact", said)
        self.assertEqual(s8.json("preprocess"), u8.json("preprocess"))

    def test_quantised_to_float(self) -> None:
        for kind in ("u8", "s8"):
            for version in (1, 2):
                with self.subTest(kind=kind, version=version):
                    width = 0.25 if version == 1 else 0.35
                    plain, real, _ = self.pair("none", version, kind=kind, resolution=32, width=width)
                    self.assertEqual(real.quantization, "none")
                    self.assertEqual(real.json("preprocess"), plain.json("preprocess"))
                    self.assertFalse([
                        name for name in real.tensors if "scale" in name or "zero_point" in name])
                    before = "input.scale"
                    for name in [name for name in plain.layer_names() if not name.endswith(".add")]:
                        if version == 1:  # where the input of a layer is the output of the one before
                            scales = plain[f"{name}.weights.scale"].astype(np.float64)
                            bias = plain[f"{name}.bias"] * scales * plain[before][0].astype(np.float64)
                            np.testing.assert_allclose(real[f"{name}.bias"], bias, 1e-6)
                            before = f"{name}.output.scale"
                        centred = plain[f"{name}.weights"].astype(
                            np.float32) - plain[f"{name}.weights.zero_point"]
                        expected = centred * per_channel(name, plain[f"{name}.weights.scale"])
                        np.testing.assert_allclose(real[f"{name}.weights"], expected, 1e-6)
                        self.assertEqual(real[f"{name}.weights"].dtype, np.float32)

    def test_float_and_int8_forms_compute_what_the_uint8_file_does(self) -> None:
        pixels = np.random.default_rng(7).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        u8, s8, _ = self.pair("s8", kind="u8", resolution=64)
        _, real, _ = self.pair("none", kind="u8", resolution=64)
        scale, zero_point = u8.output("logits")
        expected = (run(u8, pixels) - zero_point) * np.float64(scale)
        shifted = (run(s8, pixels) + 128 - zero_point) * np.float64(scale)
        self.assertLessEqual(np.abs(shifted - expected).max(), 3 * scale)
        dequantised = run(real, pixels)  # does not saturate where the integers do
        inside = (run(u8, pixels) > 0) & (run(u8, pixels) < 255)
        self.assertLessEqual(np.abs(dequantised - expected)[inside].max(initial=0), 4 * scale)

    def test_int8_to_uint8_only_where_exact(self) -> None:
        plain, u8, _ = self.pair("u8", kind="s8", resolution=32, one_weight_scale=True)
        for name in V1_LAYERS:
            np.testing.assert_array_equal(u8[f"{name}.weights"].astype(int) - 128, plain[f"{name}.weights"])
            np.testing.assert_array_equal(u8[f"{name}.weights.zero_point"], [128])
            np.testing.assert_array_equal(u8[f"{name}.weights.scale"], plain[f"{name}.weights.scale"][:1])
            np.testing.assert_array_equal(u8[f"{name}.output.zero_point"],
                                          plain[f"{name}.output.zero_point"] + 128)
        path = self.file("many.tflite", SeededNetwork(1, Form(kind="s8", resolution=32)).graph.write())
        self.assertIn("layer conv1: one scale per channel cannot become one per tensor exactly",
                      self.refused(path, "--quantization", "u8"))

    def test_float_cannot_be_quantised(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        for quantization in ("u8", "s8"):
            self.assertIn("in.tflite: float weights cannot become",
                          self.refused(path, "--quantization", quantization))
        self.assertEqual(ModelFile(self.converted(path, "--quantization", "none")).quantization, "none")


class Help(ScriptTest):
    def test_its_examples_are_command_lines(self) -> None:
        status, out, _ = self.convert("--help")
        self.assertEqual(status, 0)
        lines = out.replace(" \\\n", " ").splitlines()  # some go on in the next one
        examples = [line.split() for line in lines if line.startswith("    ") and "convert.py" in line]
        self.assertGreaterEqual(len(examples), 3)
        for example in examples:
            with self.subTest(example=" ".join(example)):
                self.assertEqual(example[:2], ["build/venv/bin/python", "scripts/convert.py"])
                convert.parse_arguments(example[2:])


class WritesSafetensors(ScriptTest):
    def test_layout(self) -> None:
        for form in ({"kind": "f32"}, {"kind": "u8"}, {"kind": "s8", "classes": 7}):
            with self.subTest(**form):
                path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32, **form)).graph.write())
                data = self.converted(path, classes=form.get("classes", 5)).read_bytes()
                length = struct.unpack("<Q", data[:8])[0]
                self.assertEqual((8 + length) % 64, 0)
                header = json.loads(data[8:8 + length])
                self.assertTrue(all(isinstance(value, str) for value in header.pop("__metadata__").values()))
                expected_start, sizes = 0, {"F32": 4, "I32": 4, "U8": 1, "I8": 1}
                in_order = sorted(header.values(), key=lambda tensor: tensor["data_offsets"])
                element_bytes = [sizes[tensor["dtype"]] for tensor in in_order]
                self.assertEqual(element_bytes, sorted(element_bytes, reverse=True))
                for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
                    start, end = tensor["data_offsets"]
                    self.assertEqual(start, expected_start, f"a hole before {name}")
                    self.assertEqual(start % sizes[tensor["dtype"]], 0, name)
                    self.assertEqual(end - start, np.prod(tensor["shape"]) * sizes[tensor["dtype"]], name)
                    expected_start = end
                self.assertEqual(8 + length + expected_start, len(data))

    def test_same_input_same_bytes(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(kind="u8", resolution=32)).graph.write())
        first = self.converted(path, "--name", "n", "--quantization", "s8", output="1").read_bytes()
        self.assertEqual(first,
                         self.converted(path, "--name", "n", "--quantization", "s8", output="2").read_bytes())

    def test_labels(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        self.assertIn("5 classes and no label list", self.refused(path, classes=None))
        self.assertIn("labels_4.txt: 4 labels (expected 5", self.refused(path, classes=4))
        self.assertIn("labels_6.txt: 6 labels (expected 5", self.refused(path, classes=6))
        six = self.file("six.txt", "background\n" + "".join(f"ä{i}\n" for i in range(5)))
        model = ModelFile(self.converted(path, "--labels", six, classes=None))
        self.assertEqual(model.json("labels"), [f"ä{i}" for i in range(5)])
        self.assertIn("not UTF-8 text",
                      self.refused(path, "--labels", self.file("x", b"\xff\n" * 5), classes=None))
        self.assertIn("No such file", self.refused(path, "--labels", self.folder / "none", classes=None))

    def test_imagenet_labels_are_the_default(self) -> None:
        for classes, first in ((1001, "background"), (1000, "tench, Tinca tinca")):
            path = self.file("in.tflite",
                             SeededNetwork(1, Form(kind="u8", resolution=32, classes=classes)).graph.write())
            labels = ModelFile(self.converted(path, classes=None)).json("labels")
            self.assertEqual((len(labels), labels[0], labels[-1]),
                             (classes, first, "toilet tissue, toilet paper, "
                              "bathroom tissue"))

    def test_files_that_cannot_be_read_or_written(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        self.assertIn("nowhere.tflite: No such file", self.refused(self.folder / "nowhere.tflite"))
        self.assertIn("Is a directory", self.refused(self.folder))
        labels = self.labels(5)
        status, _, err = self.convert(path, "-o", self.folder / "no" / "folder", "--labels", labels)
        self.assertEqual((status, err.count("\n")), (1, 1), err)
        status, _, err = self.convert(path, "-o", path, "--labels", labels)
        self.assertEqual(status, 1)
        self.assertIn("is also an input", err)
        self.assertEqual(self.convert("-o", "x")[0], 2)

    def test_no_permission(self) -> None:
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        closed = self.folder / "closed"
        closed.mkdir(mode=0o500)
        status, _, err = self.convert(path, "-o", closed / "x", "--labels", self.labels(5))
        self.assertEqual(status, 1)
        self.assertRegex(err, r"\Aconvert: .*Permission denied\n\Z")

    def test_full_disk_leaves_nothing_behind(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        limit = (100_000, 100_000)  # bytes a file: a disk full in the middle of the data
        done = run_script("convert.py", path, "-o", self.folder / "x", "--labels", self.labels(5),
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aconvert: .*File too large\n\Z")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["in.tflite", "labels_5.txt"])

    def test_interrupted_leaves_nothing_behind(self) -> None:
        path = self.file("in.tflite", SeededNetwork(1, Form(resolution=32)).graph.write())
        arguments = [str(path), "-o", str(self.folder / "x"), "--labels", str(self.labels(5))]
        code = (f"import sys, os, signal; sys.path.insert(0, {str(SCRIPTS)!r}); import convert\n"
                f"os.fsync = lambda _: os.kill(os.getpid(), signal.SIGNAL)\n"
                f"sys.exit(convert.main({arguments!r}))")
        for name, status in (("SIGINT", 130), ("SIGTERM", 143)):
            done = subprocess.run([sys.executable, "-c", code.replace("SIGNAL", name)], capture_output=True,
                                  text=True)
            self.assertEqual((done.returncode, done.stderr), (status, ""))
            self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["in.tflite", "labels_5.txt"])


def tensor(of: int, position: int, **changed):
    """Changes the tensor that operator `of` reads at `position`, or writes (-1)."""
    def spoil(graph: GraphSpec) -> None:
        operator = graph.operators[of]
        index = operator.outputs[0] if position < 0 else operator.inputs[position]
        for name, value in changed.items():
            setattr(graph.tensors[index], name, value)
    return spoil


class RefusesOtherGraphs(ScriptTest):
    """Each case spoils one thing in a seeded V1; the error names the operator and its position."""

    def spoiled(self, spoil, version: int = 1, **form) -> str:
        network = SeededNetwork(version,
                                Form(**{"resolution": 32, "width": 0.25 if version == 1 else 0.35, **form}))
        spoil(network.graph)
        return self.refused(self.file("x.tflite", network.graph.write()))

    def test_operators(self) -> None:
        def kind(index: int, name: str):
            def spoil(graph: GraphSpec) -> None:
                graph.operators[index].kind, graph.operators[index].options = name, {}
            return spoil

        def option(index: int, **changed):
            return lambda g: g.operators[index].options.update(changed)

        cases = [
            (kind(3, "L2_POOL_2D"), "operator 3 (L2_POOL_2D): the program has no layer for it",
             "expected ADD, AVERAGE_POOL_2D, "),
            (kind(3, "MAX_POOL_2D"), "operator 3 (MAX_POOL_2D): window 0x0", "expected 1 to 64 pixels"),
            (kind(4, "HARD_SWISH"), "operator 4 (HARD_SWISH): the program has no layer for it", "CONV_2D, "),
            (kind(0, "RELU6"), "operator 0 (RELU6): has no layer that it could become part of",
             "expected one of conv, depthwise, fully_connected, add before it"),
            (kind(2, "LOGISTIC"), "operator 2 (LOGISTIC): has no layer that it could become part of", "without activation"),
            (kind(29, "SOFTMAX"), "operator 29 (SOFTMAX): ", "expected 1"),
            (option(0, StrideH=1), "operator 0 (CONV_2D): stride 1x2", "expected the same both ways"),
            (option(0, StrideH=0, StrideW=0), "operator 0 (CONV_2D): stride 0x0", "expected the same both ways"),
            (option(0, StrideH=1, StrideW=1), "operator 0 (CONV_2D): output [1, 16, 16, 8]",
             "expected [1, 32, 32, 8]"),
            (option(2, DilationWFactor=2), "operator 2 (CONV_2D): dilation 1x2", "expected dilation 1"),
            (option(1, Padding="VALID"), "operator 1 (DEPTHWISE_CONV_2D): output [1, 16, 16, 8]",
             "expected [1, 14, 14, 8]"),
            (option(1, DepthMultiplier=2), "operator 1 (DEPTHWISE_CONV_2D): depth multiplier 2", "expected 1"),
            (option(5, FusedActivationFunction="SIGN_BIT"), "operator 5 (DEPTHWISE_CONV_2D): activation SIGN_BIT",
             "expected NONE, RELU, RELU6"),
            (option(27, FilterHeight=2), "operator 27 (AVERAGE_POOL_2D): kernel 2x1 on 1 pixels",
             "expected no more than there are"),
            (option(27, FusedActivationFunction="RELU"), "operator 27 (AVERAGE_POOL_2D): activation RELU",
             "no activation"),
            (option(30, Beta=2.0), "operator 30 (SOFTMAX): beta 2.0", "expected 1"),]
        for spoil, where, expected in cases:
            with self.subTest(where=where):
                error = self.spoiled(spoil)
                self.assertIn(f"x.tflite: {where}", error)
                self.assertIn(expected, error)

    def test_wiring(self) -> None:
        def rewire(index: int, to: int):
            return lambda g: g.operators[index].inputs.__setitem__(0, g.operators[to].outputs[0])

        self.assertIn("operator 5 (DEPTHWISE_CONV_2D): depth multiplier 1 (expected 2)",
                      self.spoiled(rewire(5, 2)))
        self.assertIn("operator 9 (ADD): adds [16, 16, 8] and [8, 8, 8] (expected two of the same shape)",
                      self.spoiled(rewire(9, 2), 2))
        self.assertIn("operator 9 (ADD): output [1, 8, 8, 9] (expected 512 elements",
                      self.spoiled(tensor(9, -1, shape=[1, 8, 8, 9]), 2))
        self.assertIn("operator 4 (DEPTHWISE_CONV_2D): has not one output",
                      self.spoiled(lambda g: g.operators[4].outputs.append(0), 2))
        # A cycle is a tensor that is read before it is written.
        self.assertRegex(self.spoiled(rewire(5, 9)),
                         r"operator 5 \(DEPTHWISE_CONV_2D\): reads tensor_\d+ \(expected what an operator before")
        self.assertIn("operator 7 (DEPTHWISE_CONV_2D): reads nothing",
                      self.spoiled(lambda g: g.operators[7].inputs.__setitem__(0, -1)))
        self.assertIn("the output is tensor_", self.spoiled(lambda g: g.outputs.__setitem__(0, 3)))
        self.assertIn("no operators", self.spoiled(lambda g: g.operators.clear()))
        for field in ("inputs", "outputs"):
            self.assertIn(f"2 {field} (expected 1)", self.spoiled(lambda g: getattr(g, field).append(0)))
        self.assertIn("tensor 9999 does not exist",
                      self.spoiled(lambda g: g.operators[7].inputs.append(9999)))
        self.assertIn("version 2 (expected 3)", self.spoiled(lambda g: setattr(g, "version", 2)))
        self.assertIn("2 subgraphs (expected 1)", self.spoiled(lambda g: setattr(g, "subgraphs", 2)))

    def test_shapes_and_types(self) -> None:
        zeros = np.zeros
        cases = [
            (tensor(0, 0, shape=[1, 100, 100, 3]), "operator 0 (CONV_2D): output [1, 16, 16, 8]"),
            (tensor(0, 0, shape=[1, 32, 64, 3]), "input is FLOAT32 [1, 32, 64, 3] (expected [1, R, R, 3]"),
            (tensor(0, 0, shape=[1, 32, 32, 2]), "expected [1, R, R, 3], or [1, R, R, 1] of grey pictures"),
            (tensor(0, 0, shape=[2, 32, 32, 3]), "expected [1, R, R, 3]"),
            (tensor(0, 0, shape=[1, 32, 32, 1]), "operator 0 (CONV_2D): weights [8, 3, 3, 3] on 1 channels"),
            (tensor(0, 0, shape=[1, 4096, 4096, 3]), "of grey pictures, R up to 2048"),
            (tensor(0, 0, shape=[]), "expected [1, R, R, 3]"),
            (tensor(0, 0, dtype="INT16"), "input is INT16"),
            (tensor(2, 1, data=None), "operator 2 (CONV_2D): weights are not a constant"),
            (tensor(2, 1, data=zeros(5, np.float32)), "20 bytes of data (expected"),
            (tensor(2, 1, shape=[8, 1, 1, 16], data=zeros(
                (8, 1, 1, 16), np.float32)), "operator 2 (CONV_2D): weights [8, 1, 1, 16] on 8 channels"),
            (tensor(2, 1, shape=[1, -1, 1, 8], data=None), "shape [1, -1, 1, 8]"),
            (tensor(2, 1, shape=[1 << 30, 1 << 30, 4, 4], data=None), "expected sizes known and small"),
            (tensor(1, 1, shape=[2, 3, 3, 8], data=zeros((2, 3, 3, 8), np.float32)),
             "operator 1 (DEPTHWISE_CONV_2D): weights [2, 3, 3, 8] on 8 channels (expected [1, KH, KW, 8]"),
            (tensor(2, 1, dtype="INT8", data=zeros((16, 1, 1, 8), np.int8)),
             "operator 2 (CONV_2D): weights have no scale"),
            (tensor(2, 1, dtype="INT8", data=zeros((16, 1, 1, 8), np.int8), scales=[1.0] * 3,
                    zero_points=[0] * 3), "has 3 scales along dimension 0 (expected one, or one per channel"),
            (tensor(2, 1, dtype="INT32", data=zeros((16, 1, 1, 8), np.int32)), "weights are INT32"),
            (tensor(2, 1, data=np.full((16, 1, 1, 8), np.nan, np.float32)), "a weight is not finite"),
            (tensor(2, 2, data=np.full(16, np.inf, np.float32)), "a bias is not finite"),
            (tensor(2, 2, shape=[8],
                    data=zeros(8, np.float32)), "bias is FLOAT32 [8] (expected constant FLOAT32 [16]"),
            (tensor(2, -1, shape=[1, 16, 16, 15]), "operator 2 (CONV_2D): output [1, 16, 16, 15]"),
            (tensor(29, -1, shape=[1, 6]), "operator 29 (RESHAPE): output [1, 6]"),]
        for spoil, expected in cases:
            with self.subTest(expected=expected):
                self.assertIn(expected, self.spoiled(spoil))

    def test_scales(self) -> None:
        cases = [
            ("u8", tensor(2, -1, scales=None), "operator 2 (CONV_2D): output has no scale"),
            ("u8", tensor(2, -1, scales=[0.0]), "a scale is not positive"),
            ("u8", tensor(2, -1, scales=[-1.0]), "a scale is not positive"),
            ("u8", tensor(2, -1, scales=[float("nan")]), "a scale is not positive"),
            ("u8", tensor(2, -1, scales=[float("inf")]), "a scale is not positive"),
            ("u8", tensor(2, -1, zero_points=[256]), "zero point from 0 to 255"),
            ("u8", tensor(2, 1, scales=None), "operator 2 (CONV_2D): weights have no scale"),
            ("u8", tensor(2, 1, zero_points=[-1]), "zero point from 0 to 255"),
            ("u8", tensor(2, 2, scales=[1.0]), "operator 2 (CONV_2D): bias has another scale"),
            ("u8", tensor(27, -1, scales=[0.5]), "operator 27 (AVERAGE_POOL_2D): output has scale 0.5"),
            ("u8", tensor(29, -1, scales=[0.5]), "operator 29 (RESHAPE): changes the type or scale"),
            ("s8", tensor(2, 1, zero_points=[1] * 16), "weights have a zero point"),
            ("s8", tensor(2, 1, scales=[1.0] * 15,
                          zero_points=[0] * 15), "weights have 15 scales (expected 16"),
            ("s8", tensor(1, 1, dimension=0), "weights are quantised along dimension 0 (expected 3"),
            ("s8", tensor(2, 1, zero_points=[0] * 3), "3 zero points (expected 16"),]
        for kind, spoil, expected in cases:
            with self.subTest(kind=kind, expected=expected):
                self.assertIn(expected, self.spoiled(spoil, kind=kind))

    def test_quantize_that_changes_the_input(self) -> None:
        def spoil(graph: GraphSpec) -> None:
            graph.tensors[graph.inputs[0]].scales = [0.5]
        self.assertIn("input has scale 0.5 and zero point 128, then QUANTIZE makes it",
                      self.spoiled(spoil, kind="s8", quantize_ends=True))


class SurvivesDamage(ScriptTest):
    def test_cut_short_at_every_length(self) -> None:
        network = SeededNetwork(1, Form(kind="u8", resolution=32))
        network.graph.metadata = normalization_metadata([127.5], [127.5])
        data = network.graph.write()
        whole = ModelFile(self.converted(self.file("whole.tflite", data))).tensors
        lengths = list(range(0, 64)) + list(range(64, len(data), len(data) // 150))
        converted = [
            length for length in lengths if self.survives(self.file("cut.tflite", data[:length]), whole)]
        self.assertFalse([length for length in converted if length < len(data) - 100],
                         "a cut file was converted")

    def test_random_bytes(self) -> None:
        data = SeededNetwork(1, Form(kind="s8", resolution=32, classes=5)).graph.write()
        for seed in range(200):
            with self.subTest(seed=seed):
                choose, damaged = random.Random(seed), bytearray(data)
                for _ in range(choose.choice((1, 4, 64))):
                    # Mostly in the tables, where the offsets are, at the end of the file as this writer lays
                    # it out.
                    at = choose.randrange(len(data)) if choose.random() < 0.3 else choose.randrange(
                        min(len(data), 20000))
                    damaged[at] = choose.choice((0, 1, 127, 128, 255, choose.randrange(256)))
                self.survives(self.file("damaged.tflite", bytes(damaged)), {})

    def test_names_with_control_characters(self) -> None:
        """What a file calls its tensors must not reach the terminal as escape sequences or lines."""
        network = SeededNetwork(1, Form(resolution=32))
        network.graph.tensors[20].shape = [1, -1]
        evil = network.graph.write().replace(b"tensor_20\0", b"a\n\x1b[2Jevl\0")
        error = self.refused(self.file("x.tflite", evil))
        self.assertIn("tensor a??[2Jevl: shape [1, -1]", error)
        keras = KerasModel().write(self, lambda m: m["weightsManifest"][0]["weights"][0].update(
            name="a\nb\x1b[2J", dtype="int8"))
        self.assertIn("weight a?b?[2J: int8, stored as int8", self.refused(keras))

    def test_no_model_at_all(self) -> None:
        for name, content in (("empty", b""), ("text", b"hello, this is a text"), ("zeros", bytes(1000)),
                              ("magic", b"\0\0\0\0TFL3"), ("offset", b"\xff\xff\xff\x7fTFL3" + bytes(100))):
            with self.subTest(name=name):
                self.assertIn(f"{name}.tflite: ", self.refused(self.file(f"{name}.tflite", content)))

    def test_without_the_packages(self) -> None:
        """If it runs with a bare Python, convert.py says what to do."""
        done = subprocess.run(
            [sys.executable, "-S", "-I", str(SCRIPTS / "convert.py"), "x"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Aconvert: .*make_venv.sh.*\n\Z")


# A Keras layers model.

def keras_layer(kind: str, name: str, before: str | None, **config) -> dict:
    nodes = [[[before, 0, 0, {}]]] if before else []
    return {"class_name": kind, "name": name, "inbound_nodes": nodes, "config": {"name": name, **config}}


class KerasModel:
    """MobileNet V1 0.25, 32 px, 5 classes, as tf.keras exports it for TF.js, with random batch norms."""

    def __init__(self, explicit_padding: bool = False):
        self.random = np.random.default_rng(3)
        self.explicit_padding = explicit_padding
        self.weights: dict[str, np.ndarray] = {}
        self.layers = [keras_layer("InputLayer", "input_1", None, batch_input_shape=[None, 32, 32, 3])]
        channels = 8
        self.convolution("conv1", 3, channels, 3, 2)
        for i, (stride, wide) in enumerate(
            ((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), (1, 512), (1, 512), (1, 512),
             (1, 512), (1, 512), (2, 1024), (1, 1024)), 1):
            self.convolution(f"conv_dw_{i}", channels, None, 3, stride)
            self.convolution(f"conv_pw_{i}", channels, wide // 4, 1, 1)
            channels = wide // 4
        self.add("GlobalAveragePooling2D", "pool", data_format="channels_last")
        self.add("Reshape", "reshape_1", target_shape=[1, 1, channels])
        self.add("Dropout", "dropout", rate=0.001)
        self.weights["conv_preds/kernel"] = self.random.standard_normal(
            (1, 1, channels, 5)).astype(np.float32)
        self.weights["conv_preds/bias"] = self.random.standard_normal(5).astype(np.float32)
        self.add("Conv2D", "conv_preds", strides=[1, 1], padding="same", use_bias=True, activation="linear")
        self.add("Activation", "act_softmax", activation="softmax")
        self.add("Reshape", "reshape_2", target_shape=[5])

    def add(self, kind: str, name: str, **config) -> None:
        self.layers.append(keras_layer(kind, name, self.layers[-1]["name"], **config))

    def convolution(self, name: str, inputs: int, outputs: int | None, kernel: int, stride: int) -> None:
        kind, part = ("Conv2D", "kernel") if outputs else ("DepthwiseConv2D", "depthwise_kernel")
        shape = (kernel, kernel, inputs, outputs or 1)
        self.weights[f"{name}/{part}"] = self.random.standard_normal(shape).astype(np.float32) / np.float32(
            np.sqrt(kernel * kernel * (inputs if outputs else 1)))
        padding = "same"
        if self.explicit_padding and stride == 2:
            padding = "valid"
            self.add("ZeroPadding2D", f"{name}_pad", padding=[[0, 1], [0, 1]])
        self.add(kind, name, strides=[stride, stride], padding=padding, use_bias=False, activation="linear",
                 dilation_rate=[1, 1], data_format="channels_last", kernel_size=[kernel, kernel])
        for statistic in ("gamma", "beta", "moving_mean"):
            self.weights[f"{name}_bn/{statistic}"] = self.random.standard_normal(outputs
                                                                                 or inputs).astype(np.float32)
        self.weights[f"{name}_bn/moving_variance"] = self.random.random(outputs or inputs).astype(np.float32)
        self.add("BatchNormalization", f"{name}_bn", epsilon=0.001, center=True, scale=True, axis=-1)
        self.add("Activation", f"{name}_relu", activation="relu6")

    def topology(self) -> dict:
        return {"keras_version": "2.1.4", "backend": "tensorflow",
                "model_config": {"class_name": "Model", "config": {"layers": self.layers}}}

    def write(self, test: ScriptTest, change=None):
        """Two groups, the first in two shards."""
        names = list(self.weights)
        groups = [(names[:10], 2), (names[10:], 1)]
        manifest = []
        for number, (members, shards) in enumerate(groups, 1):
            data = b"".join(self.weights[name].tobytes() for name in members)
            paths = [f"group{number}-shard{i}of{shards}" for i in range(1, shards + 1)]
            size = -(-len(data) // shards)
            for i, path in enumerate(paths):
                test.file(path, data[i * size:(i + 1) * size])
            manifest.append({
                "paths": paths,
                "weights": [{"name": name, "dtype": "float32", "shape": list(self.weights[name].shape)}
                            for name in members]})
        model = {"modelTopology": self.topology(), "weightsManifest": manifest}
        if change:
            change(model)
        return test.file("model.json", json.dumps(model))


class ReadsTfjs(ScriptTest):
    def test_batch_norms_are_folded(self) -> None:
        for explicit_padding in (False, True):
            with self.subTest(explicit_padding=explicit_padding):
                keras = KerasModel(explicit_padding)
                model = ModelFile(self.converted(keras.write(self)))
                self.assertEqual((model.quantization, model.metadata["mobilenet.width_multiplier"]),
                                 ("none", "0.25"))
                for name in V1_LAYERS[:-1]:
                    g, b, m, v = (keras.weights[f"{name}_bn/{part}"].astype(np.float64)
                                  for part in ("gamma", "beta", "moving_mean", "moving_variance"))
                    factor = g / np.sqrt(v + 0.001)
                    if "_dw_" in name:
                        expected = keras.weights[f"{name}/depthwise_kernel"][..., 0] * factor
                    else:
                        expected = np.einsum("hwio->ohwi", keras.weights[f"{name}/kernel"] * factor)
                    np.testing.assert_allclose(model[f"{name}.weights"], expected, 1e-6, 1e-12)
                    np.testing.assert_allclose(model[f"{name}.bias"], b - m * factor, 1e-6, 1e-6)
                np.testing.assert_array_equal(model["logits.weights"],
                                              keras.weights["conv_preds/kernel"][0, 0].T)
                np.testing.assert_array_equal(model["logits.bias"], keras.weights["conv_preds/bias"])
                self.assertEqual(len(model.json("source")["sha256"]), 4)  # model.json and three shards

    def test_shards(self) -> None:
        path = KerasModel().write(self)
        shard = self.folder / "group1-shard2of2"
        data = shard.read_bytes()
        for content in (data[:-4], data[:-1], b"", data + b"\0\0\0\0"):
            shard.write_bytes(content)
            self.assertRegex(self.refused(path),
                             r"group1-shard2of2 (end at byte|have) \d+ .*\(expected \d+\)")
        shard.unlink()
        self.assertIn("group1-shard2of2: no such file", self.refused(path))
        for outside in ("../model.json", "/etc/passwd", "a/../../b"):
            path = KerasModel().write(self,
                                      lambda m: m["weightsManifest"][0]["paths"].__setitem__(0, outside))
            self.assertIn("outside the model's folder", self.refused(path))

    def test_models_that_are_none(self) -> None:
        for content in (
                b"", b"hello", b"{", b"[]", b"null", b"{}", b'{"modelTopology": 1, "weightsManifest": []}',
                b"\xff",
                b'{"modelTopology": {"model_config": {"config": {"layers": []}}}, "weightsManifest": []}',
                b"[" * 100_000, b'{"modelTopology": {"node": []}, "weightsManifest": []}'):
            with self.subTest(content=content[:40]):
                self.assertIn("model.json: ", self.refused(self.file("model.json", content)))

    def test_every_field_missing(self) -> None:
        """Removes each key of the topology and manifest once: a refusal or, where it has a default, a
        conversion."""
        keras = KerasModel()
        text = keras.write(self).read_text()

        def spots(node, path=()):
            items = node.items() if isinstance(node,
                                               dict) else enumerate(node) if isinstance(node, list) else ()
            for key, value in items:
                if len(path) < 6 and not (isinstance(key, int) and key > 6):
                    yield (*path, key)
                    yield from spots(value, (*path, key))
        for path in list(spots(json.loads(text))):
            for replacement in (None, 7, "x", []):
                model = node = json.loads(text)
                for key in path[:-1]:
                    node = node[key]
                node[path[-1]] = replacement
                status, _, err = self.convert(self.file("model.json", json.dumps(model)), "-o",
                                              self.folder / "out", "--labels", self.labels(5))
                self.assertIn(status, (0, 1), path)
                if status:
                    self.assertRegex(err, r"\Aconvert: [^\n]+\n\Z", path)

    def test_other_networks(self) -> None:
        def layer(index: int, **changed):
            return lambda m: m["modelTopology"]["model_config"]["config"]["layers"][index].update(changed)

        def config(index: int, **changed):
            return lambda m: m["modelTopology"]["model_config"]["config"]["layers"][index]["config"].update(
                changed)

        cases = [
            (layer(4, class_name="MaxPooling2D"), "layer 4 (MaxPooling2D conv_dw_1): the program has no layer for it"),
            (config(3, activation="selu"), "layer 3 (Activation conv1_relu): activation selu (expected linear, relu"),
            (config(4, dilation_rate=[2, 2]), "layer 4 (DepthwiseConv2D conv_dw_1): dilation 2x2"),
            (config(1, data_format="channels_first"), "data format channels_first"),
            (config(2, epsilon=-5.0), "variance + epsilon is not positive"),
            (layer(4, inbound_nodes=[[["conv_pw_1", 0, 0, {}]]]),
             "layer 4 (DepthwiseConv2D conv_dw_1): reads conv_pw_1 (expected a layer before it"),
            (layer(4, inbound_nodes=[[["conv1", 0, 0, {}], ["conv1_bn", 0, 0, {}]]]), "reads 2 layers (expected one"),
            (layer(4, inbound_nodes=[[["conv1", 0, 0, {}]], [["conv1_bn", 0, 0, {}]]]), "is used 2 times"),
            (layer(4, class_name="InputLayer"), "a second input (expected one"),
            (layer(4, inbound_nodes=[[["conv1", 0, 0, {}]]]), "layer 2 (BatchNormalization conv1_bn): has no layer "
             "that it could become part of"),
            (lambda m: m["weightsManifest"][0]["weights"][0].update(dtype="uint8"),
             "weight conv1/kernel: uint8, stored as uint8 (expected float32, stored as float32, float16, uint8, uint16"),
            (lambda m: m["weightsManifest"][0]["weights"][0].update(quantization={"dtype": "int4"}),
             "weight conv1/kernel: float32, stored as int4 (expected"),
            (lambda m: m["weightsManifest"][0]["weights"][-1].update(quantization={"dtype": "uint8", "min": 0}),
             "not a Keras layers model of TF.js: no 'scale'"),
            (lambda m: m["weightsManifest"][0]["weights"][0].update(name="other"),
             "weight conv1/kernel is missing"),
            (lambda m: m["weightsManifest"][0]["weights"][0].update(shape=[3, 3, 3, 1 << 40]),
             "expected small sizes"),]
        for change, expected in cases:
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(KerasModel().write(self, change)))

    def test_float_weights_only(self) -> None:
        self.assertIn("float weights cannot become",
                      self.refused(KerasModel().write(self), "--quantization", "s8"))

    def test_the_forward_pass(self) -> None:
        """Folded weights give what convolution, batch norm and activation give one after the other."""
        keras = KerasModel()
        model = ModelFile(self.converted(keras.write(self)))
        pixels = np.random.default_rng(5).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        keep: dict[str, np.ndarray] = {}
        run(model, pixels, keep)
        x = np.pad(pixels / 127.5 - 1, ((0, 1), (0, 1), (0, 0)))
        kernel = keras.weights["conv1/kernel"].astype(np.float64)
        conv1 = np.array([[np.einsum("hwi,hwio->o", x[r:r + 3, c:c + 3], kernel) for c in range(0, 32, 2)]
                          for r in range(0, 32, 2)])
        g, b, m, v = (
            keras.weights[f"conv1_bn/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        expected = np.clip((conv1 - m) / np.sqrt(v.astype(np.float64) + 0.001) * g + b, 0, 6)
        np.testing.assert_allclose(keep["conv1"], expected, 1e-5, 1e-5)
        self.assertAlmostEqual(softmax(keep["logits"]).sum(), 1)


if __name__ == "__main__":
    main()

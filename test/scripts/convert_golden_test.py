#!/usr/bin/env python3
"""convert.py on the published weights, against what TensorFlow Lite's reference kernels say about them."""
from __future__ import annotations

import json

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

from forward import ModelFile, read_png, run, softmax
from support import ROOT, SHARED, ScriptTest, main, require_shared

MODELS, GOLDEN = SHARED / "models", SHARED / "golden"
BIRD_LABELS = ROOT / "models" / "labels" / "inat_birds_965.txt"
HALVES = ["mobilenet_v1_1.0_224_quant_embedding_extractor", "mobilenet_quant_v1_224_head_layers"]
# Reference outputs by name, and the files that they come from.
V1_UINT8 = {
    "mobilenet_v1_0.25_128_quant": None, "mobilenet_v1_0.25_224_quant": None,
    "mobilenet_v1_0.5_160_quant": None, "mobilenet_v1_0.75_192_quant": None,
    "mobilenet_v1_1.0_224_quant": HALVES}
V2_UINT8 = ("mobilenet_v2_1.0_224_quant", "mobilenet_v2_1.0_224_inat_bird_quant")
V2_INT8 = "tf2_mobilenet_v2_1.0_224_ptq"


class GoldenTest(ScriptTest):
    def setUp(self) -> None:
        require_shared(self)
        super().setUp()
        self.names = (GOLDEN / "names.txt").read_text().split()

    def model(self, name: str, quantization: str | None = None) -> ModelFile:
        inputs = [MODELS / f"{part}.tflite" for part in V1_UINT8.get(name) or [name]]
        if name.startswith("tfjs"):
            inputs = [MODELS / name / "model.json"]
        options = ["--quantization", quantization] if quantization else []
        options += ["--labels", BIRD_LABELS] if "bird" in name else []
        return ModelFile(self.converted(*inputs, *options, output=f"{name}.{quantization}", classes=None))

    def pixels(self, model: ModelFile, index: int) -> np.ndarray:
        return read_png(GOLDEN / "inputs" / model.metadata["mobilenet.resolution"] /
                        f"{self.names[index]}.png")

    def reference(self, name: str, what: str = "logits") -> np.ndarray:
        return load_file(GOLDEN / "outputs" / f"{name}.safetensors")[what].astype(np.float64)


class Float(GoldenTest):
    def test_probabilities(self) -> None:
        for name, classes in (("mobilenet_v1_0.25_224_1_default_1", 1001), ("tfjs_v1_0.25_224", 1000)):
            model, expected = self.model(name), self.reference(name, "output")
            self.assertEqual(len(model.json("labels")), classes)
            for i in (0, 30, 107):
                with self.subTest(name=name, image=self.names[i]):
                    self.assertLessEqual(
                        np.abs(softmax(run(model, self.pixels(model, i))) - expected[i]).max(), 2e-6)


class Uint8(GoldenTest):
    def test_v1_logits_are_the_references_bytes(self) -> None:
        for name in V1_UINT8:
            model, expected = self.model(name), self.reference(name)
            for i in (5, 101):
                with self.subTest(name=name, image=self.names[i]):
                    np.testing.assert_array_equal(run(model, self.pixels(model, i)), expected[i])

    def test_every_layer_of_the_references(self) -> None:
        """TFLite's names differ; its order does not."""
        for name in ("mobilenet_v1_0.25_128_quant", V2_UINT8[0]):
            model, keep = self.model(name), {}
            run(model, self.pixels(model, 0), keep)
            layers = load_file(GOLDEN / "layers" / f"{name}.safetensors")
            kept = [value for key, value in sorted(layers.items())
                    if key.split(".")[1] in ("CONV_2D", "DEPTHWISE_CONV_2D", "ADD")]
            self.assertEqual(len(kept), len(keep))
            for (layer, ours), theirs in zip(keep.items(), kept):
                np.testing.assert_array_equal(ours, theirs[0], f"{name} {layer}")

    def test_v2_logits(self) -> None:
        for name in V2_UINT8:
            with self.subTest(name=name):
                model = self.model(name)
                difference = run(model, self.pixels(model, 3)) - self.reference(name)[3]
                self.assertLessEqual(np.abs(difference).max(), 1)

    def test_dequantised(self) -> None:
        """Converted to float, the file computes the same up to the rounding of the feature maps."""
        name = "mobilenet_v1_0.75_192_quant"
        model, expected = self.model(name, "none"), self.reference(name)
        with safe_open(GOLDEN / "outputs" / f"{name}.safetensors", "np") as file:
            scale, zero_point = json.loads(file.metadata()["logits_scale_zero_point"])
        for i in (0, 101):
            logits = run(model, self.pixels(model, i))
            real = (expected[i] - zero_point) * scale
            self.assertGreater(np.corrcoef(logits, real)[0, 1], 0.99)
            self.assertEqual(logits.argmax(), real.argmax())


class Int8(GoldenTest):
    def test_nearly_all_channels_are_exact(self) -> None:
        """Of those of all files together 99.3 %; each has between 98.5 and 99.7 %."""
        exact = total = 0
        for name in (*V1_UINT8, *V2_UINT8):
            u8, s8 = self.model(name), self.model(name, "s8")
            in_file = all_in_file = 0
            for layer in [layer for layer in u8.layer_names() if not layer.endswith(".add")]:
                weights = u8[f"{layer}.weights"].astype(np.int64) - u8[f"{layer}.weights.zero_point"]
                axis = 2 if weights.ndim == 3 else 0
                weights = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
                converted = np.moveaxis(s8[f"{layer}.weights"], axis, 0).reshape(weights.shape)
                is_exact = np.abs(weights).max(axis=1) <= 127
                np.testing.assert_array_equal(converted[is_exact], weights[is_exact], layer)
                np.testing.assert_array_equal(s8[f"{layer}.weights.scale"][is_exact],
                                              u8[f"{layer}.weights.scale"][0])
                np.testing.assert_array_equal(s8[f"{layer}.bias"][is_exact], u8[f"{layer}.bias"][is_exact])
                in_file, all_in_file = in_file + is_exact.sum(), all_in_file + len(is_exact)
            self.assertGreater(in_file / all_in_file, 0.985, name)
            exact, total = exact + in_file, total + all_in_file
        self.assertGreater(exact / total, 0.993)

    def test_v1_answers_as_uint8_does(self) -> None:
        """One step of a logit on average; the first class of a photograph stays unless there is a tie."""
        for name in V1_UINT8:
            model, expected = self.model(name, "s8"), self.reference(name)
            with self.subTest(name=name):
                logits = run(model, self.pixels(model, 5)) + 128
                self.assertLess(np.abs(logits - expected[5]).mean(), 1.5)
                self.assertGreaterEqual(expected[5][logits.argmax()], expected[5].max() - 2)

    def test_v2_post_training(self) -> None:
        model, expected = self.model(V2_INT8), self.reference(V2_INT8)
        self.assertLessEqual(np.abs(run(model, self.pixels(model, 0)) - expected[0]).max(), 1)
        self.assertEqual(model.json("preprocess")["mean"], [127.0] * 3)
        np.testing.assert_array_equal(model["input.zero_point"], [-1])
        # Its MEAN has another scale than its input.
        self.assertNotEqual(model["global_avg_pool.output.scale"][0], model["conv_last.output.scale"][0])
        self.assertEqual(len(model["block_13.depthwise.weights.scale"]), 576)


class Shapes(GoldenTest):
    def test_v1(self) -> None:
        for name, width, resolution in (("mobilenet_v1_0.25_128_quant", 0.25,
                                         128), ("mobilenet_v1_0.5_160_quant", 0.5,
                                                160), ("mobilenet_v1_0.75_192_quant", 0.75, 192),
                                        ("mobilenet_v1_1.0_224_quant", 1.0, 224)):
            model = self.model(name)
            self.assertEqual(
                (model.metadata["mobilenet.width_multiplier"], model.metadata["mobilenet.resolution"]),
                (str(width), str(resolution)))
            self.assertEqual(model["conv1.weights"].shape, (int(32 * width), 3, 3, 3))
            self.assertEqual(model["conv_dw_13.weights"].shape, (3, 3, int(1024 * width)))
            self.assertEqual(model["conv_pw_13.weights"].shape, (int(1024 * width), 1, 1, int(1024 * width)))
            self.assertEqual(model["logits.weights"].shape, (1001, int(1024 * width)))

    def test_v2(self) -> None:
        for name, classes in ((V2_UINT8[0], 1001), (V2_UINT8[1], 965), (V2_INT8, 1001)):
            model = self.model(name)
            convolutions = [key for key in model.tensors if key.endswith(".weights")]
            self.assertEqual(len(convolutions), 53)
            self.assertEqual(len([key for key in model.tensors if key.endswith(".add.output.scale")]), 10)
            self.assertEqual(model["block_0.depthwise.weights"].shape, (3, 3, 32))
            self.assertEqual(model["block_16.project.weights"].shape, (320, 1, 1, 960))
            self.assertEqual(model["conv_last.weights"].shape, (1280, 1, 1, 320))
            self.assertEqual(model["logits.weights"].shape, (classes, 1280))
            self.assertEqual(len(model.json("labels")), classes)
            parameters = sum(model[key].size for key in convolutions)
            self.assertEqual(parameters, 2_189_760 + 1280 * classes)


class Damage(GoldenTest):
    def test_cut_short(self) -> None:
        """The list of labels that ends the file, as a ZIP archive, is not read: without it the weights are
        whole."""
        name = "mobilenet_v1_0.25_128_quant"
        data, whole = (MODELS / f"{name}.tflite").read_bytes(), self.model(name).tensors
        lengths = range(0, len(data), len(data) // 60)
        converted = [
            length for length in lengths if self.survives(self.file("cut.tflite", data[:length]), whole, classes=None)
        ]
        self.assertTrue(all(length > data.rindex(b"PK\x03\x04") for length in converted), converted)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Tests of convert.py on the state dicts of torchvision and timm: of seeded weights by their names and shapes, the
program's answers against those of ONNX Runtime on the same tensors."""
from __future__ import annotations

import json
import pathlib
import random
import struct

import numpy as np
from safetensors.numpy import save_file

from forward import ModelFile
from pth_builder import with_metadata, write_archive, write_legacy
from running import picture, probabilities
from support import ScriptTest, damaged, main

try:
    import onnxruntime

    from torch_networks import (LITE_STAGES, SAME, Graph, efficientnet_pytorch_names, lite, timm_efficientnet, timm_v1,
                                torchvision_v2)
except ImportError as missing:
    print(f"SKIPPED: {missing} (its makers have no wheel of it for this machine)")
    raise SystemExit(0)

IMAGENET = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
HALVES = [127.5] * 3, [127.5] * 3
RESOLUTION = 96  # even to the fourth stage, where padding by TensorFlow's rule is another one
CLASSES = 10


def v2(width: float, depth: float = 1.0, is_fixed: bool = False):
    return lambda graph: timm_efficientnet(graph, width=width, depth=depth, is_fixed=is_fixed, classes=CLASSES)


def of_lite(number: int):
    return lambda graph: lite(graph, number, CLASSES)


# Name; how to make it; what differs from torch's padding and epsilon; the resolution, crop, filter, mean and std that
# timm and torchvision have.
TENSORFLOW = {"padding": SAME, "epsilon": 1e-3}
SOURCES = [
    ("torchvision/mobilenet_v2", lambda graph: torchvision_v2(graph, classes=CLASSES), {}, 224, 224 / 256, "bilinear",
     IMAGENET),
    ("timm/mobilenetv1_100", lambda graph: timm_v1(graph, CLASSES), {}, 224, 0.875, "bicubic", HALVES),
    ("timm/mobilenetv2_050", v2(0.5), {}, 224, 0.875, "bicubic", IMAGENET),
    ("timm/mobilenetv2_100", v2(1.0), {}, 224, 0.875, "bicubic", IMAGENET),
    ("timm/mobilenetv2_110d", v2(1.1, 1.2, True), {}, 224, 0.875, "bicubic", IMAGENET),
    ("timm/mobilenetv2_120d", v2(1.2, 1.4, True), {}, 224, 0.875, "bicubic", IMAGENET),
    ("timm/mobilenetv2_140", v2(1.4), {}, 224, 0.875, "bicubic", IMAGENET),
    ("timm/efficientnet_lite0", of_lite(0), {}, 224, 224 / 256, "bicubic", IMAGENET),
    ("timm/efficientnet_lite1", of_lite(1), {}, 240, 240 / 272, "bicubic", IMAGENET),
    ("timm/efficientnet_lite2", of_lite(2), {}, 260, 260 / 292, "bicubic", IMAGENET),
    ("timm/efficientnet_lite3", of_lite(3), {}, 300, 300 / 331, "bicubic", IMAGENET),
    ("timm/efficientnet_lite4", of_lite(4), {}, 380, 380 / 412, "bicubic", IMAGENET),
    ("timm/tf_efficientnet_lite0", of_lite(0), TENSORFLOW, 224, 224 / 256, "bicubic", HALVES),
    ("timm/tf_efficientnet_lite1", of_lite(1), TENSORFLOW, 240, 240 / 272, "bicubic", HALVES),
    ("timm/tf_efficientnet_lite2", of_lite(2), TENSORFLOW, 260, 260 / 292, "bicubic", HALVES),
    ("timm/tf_efficientnet_lite3", of_lite(3), TENSORFLOW, 300, 300 / 331, "bilinear", HALVES),
    ("timm/tf_efficientnet_lite4", of_lite(4), TENSORFLOW, 380, 380 / 413, "bilinear", HALVES),
]


def truth(graph: Graph, output: str, pixels: np.ndarray, mean: list[float], std: list[float]) -> np.ndarray:
    x = ((pixels - np.array(mean)) / np.array(std)).transpose(2, 0, 1)[None].astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.model(output).SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})[0].reshape(-1)


def tensors_only(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(tensor) for name, tensor in state.items()}


class SourceTest(ScriptTest):
    def safetensors(self, state: dict[str, np.ndarray], name: str = "model.safetensors", **metadata: str) \
            -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors_only(state), path, metadata or None)
        return path

    def pth(self, state: dict[str, np.ndarray], name: str = "model.pth", write=write_legacy) -> pathlib.Path:
        return self.file(name, write(with_metadata(state)))

    def small(self, seed: int = 1, **changes: object) -> tuple[Graph, str]:
        graph = Graph(seed, 32, **changes)
        return graph, torchvision_v2(graph, 0.1, 5)

    def check_answers(self, path: pathlib.Path, graph: Graph, output: str, classes: int = CLASSES) -> np.ndarray:
        preprocess = ModelFile(path).json("preprocess")
        pixels = picture(3, graph.resolution)
        expected = truth(graph, output, pixels, preprocess["mean"], preprocess["std"])
        np.testing.assert_allclose(probabilities(path, pixels, classes), expected, atol=1e-4)
        self.assertLess(expected.max(), 0.99, "an answer that says nothing")
        return expected


class Sources(SourceTest):
    def test_each_of_them(self) -> None:
        for name, make, changes, resolution, crop, interpolation, (mean, std) in SOURCES:
            with self.subTest(name=name):
                graph = Graph(len(name), RESOLUTION, **changes)
                output = make(graph)
                state = self.safetensors(graph.state)
                path = self.converted(state, "--source-model", name, "--resolution", RESOLUTION, classes=CLASSES)
                self.check_answers(path, graph, output)
                preprocess = ModelFile(path).json("preprocess")
                self.assertEqual((preprocess["color"], preprocess["resize"], preprocess["interpolation"]),
                                 ("rgb", "crop", interpolation))
                np.testing.assert_allclose(preprocess["crop_fraction"], crop, 1e-12)
                self.assertEqual((preprocess["mean"], preprocess["std"]), (mean, std))
                has_name = "mobilenet.layers" not in ModelFile(path).metadata
                self.assertEqual(has_name, changes == TENSORFLOW)
                # Of the model's own size, which would take long to run.
                path = self.converted(state, "--source-model", name, classes=CLASSES)
                self.assertEqual(ModelFile(path).metadata["mobilenet.resolution"], str(resolution))

    def test_what_is_in_no_tensor_matters(self) -> None:
        """The same tensors with TensorFlow's padding and epsilon, and with torch's, give different answers."""
        own, tensorflow = Graph(1, RESOLUTION), Graph(1, RESOLUTION, **TENSORFLOW)
        state = self.safetensors(own.state if lite(own, 0) else {})
        lite(tensorflow, 0)
        pixels = picture(3, RESOLUTION)
        answers = [probabilities(self.converted(state, "--source-model", f"timm/{name}", "--resolution", RESOLUTION,
                                                classes=CLASSES, output=f"{name}.safetensors"), pixels, CLASSES)
                   for name in ("efficientnet_lite0", "tf_efficientnet_lite0")]
        self.assertGreater(np.abs(answers[0] - answers[1]).max(), 0.01)

    def test_efficientnet_pytorch_is_tensorflow_s(self) -> None:
        graph = Graph(2, 65, **TENSORFLOW)
        output = lite(graph, 0, CLASSES)
        path = self.converted(self.pth(efficientnet_pytorch_names(graph.state)), "--resolution", 65, classes=CLASSES)
        self.check_answers(path, graph, output)
        self.assertEqual(ModelFile(path).metadata["mobilenet.architecture"], "efficientnet_lite0")

    def test_any_width_and_an_odd_size(self) -> None:
        """At odd sizes torch's padding is the same as TensorFlow's: the network has a name."""
        graph = Graph(4, 97)
        output = torchvision_v2(graph, 0.35, 7)
        path = self.converted(self.safetensors(graph.state), "--resolution", 97, classes=7)
        self.check_answers(path, graph, output, 7)
        metadata = ModelFile(path).metadata
        self.assertEqual((metadata["mobilenet.architecture"], metadata["mobilenet.width_multiplier"]),
                         ("mobilenet_v2", "0.35"))
        self.assertNotIn("mobilenet.layers", metadata)

    def test_three_formats_hold_the_same(self) -> None:
        graph, _ = self.small()
        module, inner = ({f"{prefix}{name}": tensor for name, tensor in graph.state.items()}
                         for prefix in ("module.", "model.net."))
        files = [self.safetensors(graph.state), self.pth(graph.state), self.pth(graph.state, "b.pth", write_archive),
                 self.pth(graph.state, "pytorch_model.bin", write_archive), self.pth(module, "c.pth"),
                 self.safetensors(inner, "d.safetensors")]
        made = [ModelFile(self.converted(path, output=f"{i}.safetensors")).tensors for i, path in enumerate(files)]
        for other in made[1:]:
            self.assertEqual(list(other), list(made[0]))
            for name, tensor in other.items():
                np.testing.assert_array_equal(tensor, made[0][name])

    def test_fewer_bits(self) -> None:
        """float16 and bfloat16 are read as such."""
        graph, _ = self.small()
        halves = {name: tensor.astype(np.float16) if tensor.dtype == np.float32 else tensor
                  for name, tensor in graph.state.items()}
        upper = {name: (tensor.view(np.uint32) & 0xFFFF0000).view(np.float32) if tensor.dtype == np.float32 else tensor
                 for name, tensor in graph.state.items()}
        widened = {name: tensor.astype(np.float32) if tensor.dtype == np.float16 else tensor
                   for name, tensor in halves.items()}
        for found, expected in ((self.safetensors(halves, "h.safetensors"), widened),
                                (self.bfloat16(upper), upper)):
            one = ModelFile(self.converted(found, output="one.safetensors")).tensors
            other = ModelFile(self.converted(self.safetensors(expected, "f.safetensors"), output="other.safetensors"))
            for name, tensor in one.items():
                np.testing.assert_array_equal(tensor, other[name])

    def bfloat16(self, state: dict[str, np.ndarray]) -> pathlib.Path:
        header: dict[str, object] = {}
        data = b""
        for name, tensor in state.items():
            is_float = tensor.dtype == np.float32
            stored = (tensor.view(np.uint32) >> 16).astype(np.uint16) if is_float else tensor
            header[name] = {"dtype": "BF16" if is_float else "I64", "shape": list(tensor.shape),
                            "data_offsets": [len(data), len(data) + stored.nbytes]}
            data += stored.tobytes()
        text = json.dumps(header).encode()
        return self.file("b.safetensors", struct.pack("<Q", len(text)) + text + data)


class WhichModelItIs(SourceTest):
    def lite0(self, name: str, **metadata: str) -> pathlib.Path:
        graph = Graph(1, 32)
        lite(graph, 0, 5)
        return self.safetensors(graph.state, name, **metadata)

    def model_of(self, path: pathlib.Path, *options: str) -> dict[str, object]:
        return ModelFile(self.converted(path, *options)).json("preprocess")

    def test_where_nothing_tells(self) -> None:
        error = self.refused(self.lite0("weights.safetensors"))
        self.assertIn("timm/efficientnet_lite0 and timm/tf_efficientnet_lite0 have the same tensors", error)
        self.assertIn("expected --source-model", error)

    def test_the_option_the_file_s_name_and_its_metadata(self) -> None:
        for name, options, mean in (
                ("weights.safetensors", ("--source-model", "tf_efficientnet_lite0"), HALVES[0]),
                ("weights.safetensors", ("--source-model", "timm/tf_efficientnet_lite0.in1k"), HALVES[0]),
                ("weights.safetensors", ("--source-model", "timm/efficientnet_lite0"), IMAGENET[0]),
                ("tf_efficientnet_lite0-0aa007d2.safetensors", (), HALVES[0]),
                ("efficientnet_lite0_ra-37913777.safetensors", (), IMAGENET[0]),
                ("efficientnet_lite0_ra-37913777.safetensors", ("--source-model", "timm/tf_efficientnet_lite0"),
                 HALVES[0])):
            with self.subTest(name=name, options=options):
                self.assertEqual(self.model_of(self.lite0(name), *options)["mean"], mean)
        path = self.lite0("weights.safetensors", architecture="tf_efficientnet_lite0")
        self.assertEqual(self.model_of(path)["mean"], HALVES[0])

    def test_what_contradicts_the_tensors_or_itself(self) -> None:
        path = self.lite0("weights.safetensors")
        for name in ("timm/mobilenetv2_100", "timm/efficientnet_lite1", "nonsense"):
            error = self.refused(path, "--source-model", name)
            self.assertIn(f"--source-model {name}, but its tensors are those of timm/efficientnet_lite0", error)
        self.config("tf_efficientnet_lite0")
        error = self.refused(self.lite0("efficientnet_lite0_ra-37913777.safetensors"))
        self.assertIn("but its tensors", error)

    def test_torchvision_s_two_recipes(self) -> None:
        graph, _ = self.small()
        for name, options, resized in (("mobilenet_v2-b0353104.pth", (), 256), ("a.pth", (), 256),
                                       ("mobilenet_v2-7ebf99e0.pth", (), 232),
                                       ("a.pth", ("--source-model", "torchvision/mobilenet_v2.imagenet1k_v2"), 232)):
            with self.subTest(name=name, options=options):
                self.assertEqual(self.model_of(self.pth(graph.state, name), *options)["crop_fraction"], 224 / resized)

    def config(self, architecture: str, **changes: object) -> dict:
        config = {"architecture": architecture, "num_classes": 5, "pretrained_cfg": {
            "input_size": [3, 64, 64], "interpolation": "bilinear", "crop_pct": 0.9, "crop_mode": "center",
            "mean": [0.5, 0.25, 0.75], "std": [0.25, 0.5, 1], **changes.pop("pretrained_cfg", {})}, **changes}
        self.file("config.json", json.dumps(config))
        return config

    def test_config_of_the_hub(self) -> None:
        self.config("tf_efficientnet_lite0", label_names=["n1", "n2", "n3", "n4", "n5"],
                    label_descriptions={"n1": "a cat", "n4": "a dog"})
        path = self.folder / "out.safetensors"
        status, out, err = self.convert(self.lite0("model.safetensors"), "-o", path)
        self.assertEqual((status, err), (0, ""))
        model = ModelFile(path)
        self.assertEqual(model.json("labels"), ["a cat", "n2", "n3", "a dog", "n5"])
        self.assertEqual(model.json("preprocess"), {
            "color": "rgb", "resize": "crop", "crop_fraction": 64 / 71, "interpolation": "bilinear",
            "mean": [127.5, 63.75, 191.25], "std": [63.75, 127.5, 255.0]})
        self.assertEqual(model.metadata["mobilenet.resolution"], "64")
        # What the user says takes precedence.
        model = ModelFile(self.converted(self.folder / "model.safetensors", "--resolution", 96))
        self.assertEqual((model.metadata["mobilenet.resolution"], model.json("labels")[0]), ("96", "label 0"))

    def test_a_fine_tuned_network(self) -> None:
        """As timm's save_for_hf writes it, also in its older form, and as the Trainer of transformers saves timm's
        models: of another number of classes, in whose order the labels are."""
        labels = ["zebra", "ant", "Löwe", "mule deer"]
        for prefix, config in (("", {"label_names": labels}), ("", {"labels": labels}),
                               ("timm_model.", {"label_names": {str(i): label for i, label in enumerate(labels)},
                                                "model_type": "timm_wrapper"})):
            with self.subTest(config=config):
                graph = Graph(3, 64)
                output = timm_efficientnet(graph, width=0.5, classes=4)
                path = self.safetensors({prefix + name: tensor for name, tensor in graph.state.items()})
                self.config("mobilenetv2_050.lamb_in1k", num_classes=4, **config,
                            pretrained_cfg={"num_classes": 1000, "classifier": "classifier"})
                model = self.folder / "out.safetensors"
                status, _, err = self.convert(path, "-o", model)
                self.assertEqual((status, err), (0, ""))
                found, pixels = ModelFile(model), picture(7, 64)
                preprocess = found.json("preprocess")
                expected = truth(graph, output, pixels, preprocess["mean"], preprocess["std"])
                self.assertGreater(np.ptp(expected), 0.05, "a network whose scores say nothing")
                np.testing.assert_allclose(probabilities(model, pixels, 4), expected, 0, 1e-5)
                self.assertEqual(found.json("labels"), labels)
                self.assertRegex(found.metadata["mobilenet.architecture"], "^mobilenet_v2")
        self.config("mobilenetv2_050.lamb_in1k", num_classes=3, label_names=labels[:3])
        self.assertIn("config.json: num_classes 3 (expected 4, as the network of model.safetensors has)",
                      self.refused(path, classes=None))
        self.config("mobilenetv2_050.lamb_in1k", num_classes=4)
        self.assertIn("4 classes and no label list", self.refused(path, classes=None))

    def test_config_that_is_wrong_or_not_timm_s(self) -> None:
        for pretrained, expected in (({"input_size": [1, 64, 64]}, "input_size"),
                                     ({"crop_mode": "squash"}, "crop_mode"),
                                     ({"interpolation": "lanczos"}, "interpolation"), ({"mean": [1, 2]}, "mean"),
                                     ({"std": [0, 1, 1]}, "std"), ({"crop_pct": "x"}, "crop_pct"),
                                     ({"mean": [float("nan")] * 3}, "mean")):
            with self.subTest(expected=expected):
                self.config("tf_efficientnet_lite0", pretrained_cfg=pretrained)
                self.assertRegex(self.refused(self.lite0("model.safetensors")), f"config.json: {expected} ")
        self.config("tf_efficientnet_lite0", label_names=["one"])
        self.assertIn("1 label_names (expected 5", self.refused(self.lite0("model.safetensors"), classes=None))
        for text in ("{", "[]", '{"architectures": ["ResNet"]}', "\xff", "[" * 5000):
            self.file("config.json", text.encode("latin-1"))
            self.assertIn("expected --source-model", self.refused(self.lite0("model.safetensors")))


class NotOfAnyNetwork(SourceTest):
    def test_tensors_that_are_missing_or_too_many(self) -> None:
        graph, _ = self.small()

        def changed(name: str, tensor: np.ndarray | None) -> dict[str, np.ndarray]:
            state = dict(graph.state)
            if tensor is None:
                del state[name]
            else:
                state[name] = tensor
            return state

        ones = np.ones(3, np.float32)
        for state, expected in (
                (changed("classifier.1.bias", None), "no classifier.1.bias"),
                (changed("features.5.conv.1.0.weight", None), "blocks, with other kernels"),
                (changed("features.7.conv.1.1.running_var", None), "no features.7.conv.1.1.running_var"),
                (changed("classifier.4.weight", ones), "classifier.4.weight: belongs to no layer"),
                (changed("features.0.1.weight", ones), "features.0.1.weight: float32 [3] (expected floats [8])"),
                (changed("features.3.conv.0.1.running_var", -graph.state["features.3.conv.0.1.running_var"]),
                 "running_var: is negative"),
                (changed("features.1.conv.0.1.bias", np.full(8, np.inf, np.float32)), "a number is not finite"),
                (changed("features.9.conv.3.bias", np.ones(8, np.int32)), "int32 [8]"),
                ({f"features.{i}.conv.0.0.weight": ones for i in (1, 3)} | {"features.0.0.weight": ones},
                 "features.3.conv. exists, but not features.2.conv."),
                ({"conv1.weight": ones}, "no _conv_stem.weight or features.0.0.weight or conv_stem.weight")):
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(self.safetensors(state)))
        deeper = Graph(1, 32)
        torchvision_v2(deeper, 0.1, 5, stages=LITE_STAGES)
        self.assertIn("expected one of torchvision/mobilenet_v2", self.refused(self.safetensors(deeper.state)))

    def test_sizes_that_cannot_be(self) -> None:
        graph, _ = self.small()
        path = self.safetensors(graph.state)
        for resolution in ("0", "-3", "5000"):
            self.assertIn("--resolution", self.refused(path, "--resolution", resolution))

    def test_options_that_other_files_do_not_need(self) -> None:
        for option, value in (("--source-model", "timm/mobilenetv2_100"), ("--resolution", "96")):
            self.assertIn("expected a state dict", self.refused(self.file("a.tflite", b""), option, value))

    def test_a_model_file_of_this_program(self) -> None:
        graph, _ = self.small()
        made = self.converted(self.safetensors(graph.state))
        self.assertIn("is a model file already", self.refused(made))


class BelievesNothing(SourceTest):
    def header(self, **entries: object) -> pathlib.Path:
        text = json.dumps(entries).encode()
        return self.file("x.safetensors", struct.pack("<Q", len(text)) + text + bytes(64))

    def test_headers_that_lie(self) -> None:
        entry = {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}
        for changes, expected in (
                ({"data_offsets": [0, 68]}, "data_offsets"), ({"data_offsets": [4, 0]}, "data_offsets"),
                ({"data_offsets": [-4, 64]}, "data_offsets"), ({"data_offsets": [0]}, "data_offsets"),
                ({"data_offsets": [0, 1 << 70]}, "data_offsets"), ({"shape": [1 << 40, 1 << 40]}, "expected [1099"),
                ({"shape": [-16]}, "shape"), ({"shape": [True] * 2}, "shape"), ({"shape": [1] * 9}, "shape"),
                ({"shape": 16}, "shape"), ({"dtype": "F4"}, "type F4"), ({"dtype": None}, "type None"),
                ({"shape": [15], "data_offsets": [4, 64]}, "expected to begin at 0"),
                ({"shape": [15], "data_offsets": [0, 60]}, "64 bytes of tensor data (expected 60")):
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(self.header(x=entry | changes)))
        self.assertIn("expected to begin at 64", self.refused(self.header(x=entry, y=entry)))
        for content in (b"", b"\1", struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 2) + b"[]",
                        struct.pack("<Q", 2) + b"{}", struct.pack("<Q", 4) + b"\xff{}}",
                        struct.pack("<Q", 17) + b'{"a":{},  "a":{}}', struct.pack("<Q", 60_000) + b"[" * 60_000):
            self.refused(self.file("x.safetensors", content))

    def test_200_mutations(self) -> None:
        graph, _ = self.small()
        good = self.safetensors(graph.state).read_bytes()
        header = 8 + struct.unpack("<Q", good[:8])[0]
        for seed in range(200):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                data = damaged(good, dice,
                               lambda length: dice.randrange(dice.choice((8, header, header, length))) % length,
                               lambda: ord(dice.choice("0123456789[]{},\"")))
                self.survives(self.file("m.safetensors", data), {})


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Tests of convert.py on the networks that MobileNet is compared with: state dicts of torchvision and timm, and the
papers' networks as ONNX, of seeded weights by their names and shapes; the program's answers against those of ONNX
Runtime on the same tensors. MOBILENET_LONG_TESTS=1 adds those that take gigabytes or minutes."""
from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save_file

from forward import ModelFile
from pth_builder import with_metadata, write_archive, write_legacy
from running import picture, probabilities
from support import ScriptTest, main

try:
    import onnxruntime

    import classic_networks as networks
    from classic_networks import Classic
except ImportError as missing:
    print(f"SKIPPED: {missing} (its makers have no wheel of it for this machine)")
    raise SystemExit(0)

IMAGENET = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
HALVES = [127.5] * 3, [127.5] * 3
CLASSES = 10
IS_LONG = os.environ.get("MOBILENET_LONG_TESTS") == "1"
TOLERANCE = 1e-4  # of the largest logit


@dataclass(frozen=True)
class Source:
    name: str  # as --source-model has it
    architecture: str
    make: Callable[[Classic, int], str]
    resolution: int
    is_long: bool = False
    epsilon: float = 1e-5
    normalization: tuple[list[float], list[float]] = IMAGENET


def resnet(depth: int) -> Callable[[Classic, int], str]:
    return lambda graph, classes: networks.resnet(graph, depth, classes)


def vgg(count: int, **how: bool) -> Callable[[Classic, int], str]:
    return lambda graph, classes: networks.vgg(graph, count, classes, **how)


# At sizes at which ceil mode counts, and that take little time; the networks whose fully connected layers read a map
# have only one size.
SOURCES = [
    Source("torchvision/squeezenet1_0", "squeezenet1_0", networks.squeezenet, 96),
    Source("torchvision/googlenet", "torchvision_googlenet", networks.googlenet, 86, epsilon=1e-3,
           normalization=HALVES),
    Source("torchvision/resnet18", "resnet18", resnet(18), 64),
    Source("torchvision/resnet50", "torchvision_resnet50", resnet(50), 75),
    Source("timm/resnet34.tv_in1k", "resnet34", resnet(34), 64),
    Source("timm/resnet50.a1_in1k", "torchvision_resnet50", resnet(50), 64),
    Source("torchvision/resnet101", "torchvision_resnet101", resnet(101), 64, True),
    Source("torchvision/resnet152", "torchvision_resnet152", resnet(152), 224, True),
    Source("torchvision/alexnet", "torchvision_alexnet", networks.alexnet, 224, True),
    Source("torchvision/vgg16", "vgg16", vgg(16), 224, True),
    Source("torchvision/vgg19", "vgg19", vgg(19), 224, True),
    Source("torchvision/vgg16_bn", "vgg16", vgg(16, has_norms=True), 224, True),
    Source("timm/vgg16.tv_in1k", "vgg16", vgg(16, is_timms=True), 224, True),
    Source("timm/vgg19_bn.tv_in1k", "vgg19", vgg(19, is_timms=True, has_norms=True), 224, True),
]


@dataclass(frozen=True)
class Paper:
    architecture: str
    make: Callable[[Classic, int], str]
    resolution: int
    channels: int = 3
    is_long: bool = False
    width: float = 1.0


SHALLOW = networks.V1_PAIRS[:6] + networks.V1_PAIRS[11:]
PAPERS = [
    Paper("lenet5", networks.papers_lenet5, 32, channels=1),
    Paper("alexnet", networks.papers_alexnet, 67),
    Paper("alexnet", networks.papers_alexnet, 227, is_long=True),
    Paper("googlenet", networks.papers_googlenet, 90),
    Paper("googlenet", networks.papers_googlenet, 224, is_long=True),
    Paper("vgg16", vgg(16), 32),
    Paper("vgg19", vgg(19), 32, is_long=True),
    Paper("resnet18", resnet(18), 224, is_long=True),
    Paper("resnet50", lambda graph, classes: networks.resnet(graph, 50, classes, is_papers=True), 64),
    Paper("resnet101", lambda graph, classes: networks.resnet(graph, 101, classes, is_papers=True), 64, is_long=True),
    Paper("resnet152", lambda graph, classes: networks.resnet(graph, 152, classes, is_papers=True), 64, is_long=True),
    Paper("mobilenet_v1_standard", lambda graph, classes: networks.papers_v1(
        graph, classes, is_standard=True, width=0.5), 64, width=0.5),
    Paper("mobilenet_v1_shallow", lambda graph, classes: networks.papers_v1(graph, classes, SHALLOW), 64),
]


def true_logits(graph: Classic, output: str, pixels: np.ndarray, mean: list[float], std: list[float]) -> np.ndarray:
    channels = graph.sizes["input"][0]
    x = ((pixels[..., :channels] - np.array(mean)) / np.array(std)).transpose(2, 0, 1)[None].astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(graph.model(output).SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})[0].reshape(-1).astype(np.float64)


def seed_of(name: str) -> int:
    return sum(name.encode())


class NamedTest(ScriptTest):
    def safetensors(self, state: dict[str, np.ndarray], name: str = "model.safetensors", **metadata: str) \
            -> pathlib.Path:
        path = self.folder / name
        save_file({key: np.ascontiguousarray(tensor) for key, tensor in state.items()}, path, metadata or None)
        return path

    def check_answers(self, path: pathlib.Path, graph: Classic, output: str, classes: int = CLASSES) -> None:
        """The logarithms of the scores e^logit / sum are the logits, plus one number for all of them."""
        preprocess = ModelFile(path).json("preprocess")
        pixels = picture(3, graph.resolution)
        if preprocess["color"] == "grey":
            pixels = np.repeat(pixels[..., :1], 3, axis=2)
        expected = true_logits(graph, output, pixels, preprocess["mean"], preprocess["std"])
        expected -= expected.mean()
        scores = probabilities(path, pixels, classes)
        self.assertGreater(scores.min(), 1e-30, "scores that say nothing")
        found = np.log(scores)
        found -= found.mean()
        largest = np.abs(expected).max()
        self.assertGreater(largest, 0.1, "logits that say nothing")
        self.assertLess(np.abs(found - expected).max() / largest, TOLERANCE)


class StateDicts(NamedTest):
    def check(self, source: Source) -> None:
        graph = Classic(seed_of(source.name), source.resolution, epsilon=source.epsilon)
        output = source.make(graph, CLASSES)
        state = self.safetensors(graph.state)
        path = self.converted(state, "--source-model", source.name, "--resolution", source.resolution,
                              classes=CLASSES)
        model = ModelFile(path)
        self.assertEqual((model.metadata["mobilenet.architecture"], model.metadata["mobilenet.classes"]),
                         (source.architecture, str(CLASSES)))
        self.assertNotIn("mobilenet.layers", model.metadata)
        preprocess = model.json("preprocess")
        self.assertEqual((preprocess["mean"], preprocess["std"]), source.normalization)
        self.check_answers(path, graph, output)

    def test_each_of_them(self) -> None:
        for source in SOURCES:
            if IS_LONG or not source.is_long:
                with self.subTest(name=source.name):
                    self.check(source)

    def test_one_as_pth(self) -> None:
        """VGG-16 in the long form."""
        graph = Classic(1, 224 if IS_LONG else 64)
        output = networks.vgg(graph, 16, CLASSES) if IS_LONG else networks.resnet(graph, 18, CLASSES)
        name = "vgg16-397923af.pth" if IS_LONG else "resnet18-f37072fd.pth"
        path = self.file(name, write_archive(with_metadata(graph.state)))
        self.check_answers(self.converted(path, "--resolution", graph.resolution, classes=CLASSES), graph, output)


class Papers(NamedTest):
    def test_each_of_them(self) -> None:
        """As ONNX, without a name: the program knows their layers."""
        for paper in PAPERS:
            if paper.is_long and not IS_LONG:
                continue
            with self.subTest(architecture=paper.architecture, resolution=paper.resolution):
                graph = Classic(seed_of(paper.architecture), paper.resolution, paper.channels)
                output = paper.make(graph, CLASSES)
                source = self.file("network.onnx", graph.model(output).SerializeToString())
                path = self.converted(source, "--mean", "120", "--std", "60", classes=CLASSES)
                metadata = ModelFile(path).metadata
                self.assertEqual((metadata["mobilenet.architecture"], float(metadata["mobilenet.width_multiplier"]),
                                  metadata["mobilenet.resolution"]),
                                 (paper.architecture, paper.width, str(paper.resolution)))
                self.assertNotIn("mobilenet.layers", metadata)
                self.check_answers(path, graph, output)

    def test_squeezenet_as_torch_exports_it(self) -> None:
        """It ends with a pool, and has ImageNet's number of classes."""
        graph = Classic(6, 64)
        output = networks.squeezenet(graph, 1000)
        path = self.converted(self.file("network.onnx", graph.model(output).SerializeToString()), "--mean", "120",
                              "--std", "60", classes=None)
        self.assertEqual(ModelFile(path).metadata["mobilenet.architecture"], "squeezenet1_0")
        self.check_answers(path, graph, output, 1000)

    def test_a_sigmoid_lenet_has_its_own_layers(self) -> None:
        graph = Classic(5, 28, 1)
        output = networks.papers_lenet5(graph, CLASSES, networks.SIGMOID)
        path = self.converted(self.file("network.onnx", graph.model(output).SerializeToString()), "--mean", "33",
                              "--std", "79", classes=CLASSES)
        model = ModelFile(path)
        self.assertEqual(model.json("preprocess")["color"], "grey")
        self.assertEqual([layer["operator"] for layer in model.json("layers")], [
            "conv", "average_pool", "conv", "average_pool", "fully_connected", "fully_connected", "fully_connected",
            "softmax"])
        self.assertEqual({layer.get("activation") for layer in model.json("layers")}, {"sigmoid", None})
        self.check_answers(path, graph, output)


def of_zeros(make: Callable[[Classic, int], str], resolution: int = 32) -> dict[str, np.ndarray]:
    """Quick to make."""
    graph = Classic(1, resolution)
    make(graph, CLASSES)
    return graph.state


class WhichModelItIs(NamedTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.resnet50 = of_zeros(resnet(50))
        cls.resnet18 = of_zeros(resnet(18))

    def preprocess(self, state: dict[str, np.ndarray], name: str, *options: str) -> tuple[float, str]:
        preprocess = ModelFile(self.converted(self.safetensors(state, name), *options, classes=CLASSES)).json(
            "preprocess")
        return preprocess["crop_fraction"], preprocess["interpolation"]

    def test_recipes_by_file_name_and_option(self) -> None:
        v2, a1 = "torchvision/resnet50.imagenet1k_v2", "timm/resnet50.a1_in1k"
        for name, options, expected in (
                ("weights.safetensors", (), (224 / 256, "bilinear")),
                ("resnet50-0676ba61.safetensors", (), (224 / 256, "bilinear")),
                ("resnet50-11ad3fa6.safetensors", (), (224 / 232, "bilinear")),
                ("resnet50_a1_0-14fe96d1.safetensors", (), (224 / 235, "bicubic")),
                ("resnet50.tv_in1k.safetensors", (), (224 / 256, "bilinear")),
                ("weights.safetensors", ("--source-model", v2), (224 / 232, "bilinear")),
                ("weights.safetensors", ("--source-model", a1), (224 / 235, "bicubic"))):
            with self.subTest(name=name, options=options):
                self.assertEqual(self.preprocess(self.resnet50, name, *options), expected)

    def test_a_recipe_that_is_not_known(self) -> None:
        error = self.refused(self.safetensors(self.resnet50), "--source-model", "timm/resnet50.a3_in1k",
                             classes=CLASSES)
        self.assertIn("timm/resnet50.tv_in1k and timm/resnet50.a1_in1k have the same tensors", error)

    def test_config_of_the_hub(self) -> None:
        config = {"architecture": "resnet18", "pretrained_cfg": {
            "input_size": [3, 160, 160], "interpolation": "bicubic", "crop_pct": 0.95, "mean": [0.5] * 3,
            "std": [0.5] * 3}}
        self.file("config.json", json.dumps(config))
        model = ModelFile(self.converted(self.safetensors(self.resnet18), classes=CLASSES))
        self.assertEqual(model.metadata["mobilenet.resolution"], "160")
        self.assertEqual(model.json("preprocess")["mean"], [127.5] * 3)
        self.assertEqual(model.json("preprocess")["crop_fraction"], 160 / 168)

    def test_three_formats_and_a_prefix_hold_the_same(self) -> None:
        state = self.resnet18
        inner = {f"module.{name}": tensor for name, tensor in state.items()}
        files = [self.safetensors(state), self.file("a.pth", write_legacy(with_metadata(state))),
                 self.file("b.bin", write_archive(with_metadata(state))), self.safetensors(inner, "c.safetensors")]
        made = [ModelFile(self.converted(path, output=f"out{i}", classes=CLASSES)).tensors
                for i, path in enumerate(files)]
        for other in made[1:]:
            self.assertEqual(list(other), list(made[0]))
            for name, tensor in other.items():
                np.testing.assert_array_equal(tensor, made[0][name])

    def test_tensors_that_are_missing_wrong_or_too_many(self) -> None:
        def changed(name: str, tensor: np.ndarray | None) -> dict[str, np.ndarray]:
            state = {key: value for key, value in self.resnet18.items() if key != name}
            return state if tensor is None else state | {name: tensor}

        ones = np.ones(3, np.float32)
        infinite = np.full(64, np.inf, np.float32)
        for state, expected in (
                (changed("layer2.1.conv1.weight", None), "no layer2.1.conv1.weight, as torchvision/resnet18 has it"),
                (changed("layer2.0.downsample.0.weight", np.ones((128, 64, 3, 3), np.float32)),
                 "layer2.0.downsample.0.weight is [128, 64, 3, 3] (not [128, 64, 1, 1])"),
                (changed("layer2.0.se.fc1.weight", ones), "layer2.0.se.fc1.weight belongs to no layer"),
                (changed("fc.bias", None), "no fc.bias"),
                (changed("fc.weight", np.full((CLASSES, 512), 1e300)), "logits: weights are not finite as float32"),
                (changed("bn1.weight", np.full(64, 1e300)), "conv1: weights are not finite as float32"),
                (changed("conv1.weight", np.ones(1, np.float32)), "conv1.weight is [1] (not [64, 3, 7, 7])"),
                (changed("n" * 5000 + ".weight", ones), "n" * 80 + " belongs to no layer"),
                (changed("bn1.running_mean", infinite), "bn1.running_mean: a number is not finite"),
                (changed("bn1.running_var", -np.ones(64, np.float32)), "bn1.running_var: is negative"),
                (changed("bn1.weight", np.ones(64, np.int32)), "bn1.weight: int32 [64] (expected floats)"),
                (changed("bn1.bias", ones), "bn1.bias: [3] (expected [64])"),
                (changed("bn1.extra", ones), "bn1.extra: belongs to no layer")):
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(self.safetensors(state), classes=CLASSES))

    def test_sizes_that_a_network_cannot_have(self) -> None:
        path = self.safetensors(self.resnet18)
        self.assertIn("16 pixels (expected --resolution 32 to 2048)",
                      self.refused(path, "--resolution", "16", classes=CLASSES))

    def test_googlenet_s_training_classifiers_are_left_out_by_name(self) -> None:
        state = of_zeros(networks.googlenet)
        self.assertTrue(any(name.startswith("aux1.") for name in state))
        model = ModelFile(self.converted(self.safetensors(state), classes=CLASSES))
        self.assertFalse(any("aux" in name for name in model.tensors))
        state["aux3.fc.weight"] = np.ones(3, np.float32)
        self.assertIn("aux3.fc.weight belongs to no layer", self.refused(self.safetensors(state), classes=CLASSES))


if __name__ == "__main__":
    main()

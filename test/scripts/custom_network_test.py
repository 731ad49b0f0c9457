#!/usr/bin/env python3
"""Networks without a name: what convert.py makes of them, run by the program, compared with the graphs."""
from __future__ import annotations

import os
import pathlib
import random
import unittest.mock

import numpy as np

from forward import ModelFile
from graph_builder import GraphBuilder, run_graph
from running import probabilities, write_png
from support import ROOT, ScriptTest, convert, main, run_script
from tflite_builder import Form, GraphSpec, SeededNetwork, normalization_metadata, with_files
from conversion import program  # of scripts/, which support.py has put on the path

CLASSES = 5
PIXELS = ("--mean", "128", "--std", "128")  # what the builder's float networks take


# Each makes the network's body and head, and returns the output.

def branches(b: GraphBuilder) -> int:
    """A fork into different windows, an addition, a concatenation, groups."""
    x = b.conv(b.input, 16, (3, 3), 2, activation="RELU6")
    wide = b.conv(x, 16, (5, 5), groups=4, activation="RELU")
    deep = b.depthwise(x, (3, 3), activation="RELU6")
    x = b.concat(b.add(wide, deep), x)
    x = b.depthwise(x, (5, 5), 2, activation="RELU6")
    x = b.conv(x, 24)
    return b.alone("SOFTMAX", b.fully_connected(b.mean(x, keep=False), CLASSES), Beta=1.0)


def added_with_relu(b: GraphBuilder) -> int:
    """As in residual networks, with a padding operator before a convolution without padding."""
    x = b.conv(b.pad(b.input, 1, 1, 1, 1), 8, (3, 3), 2, "VALID", activation="RELU")
    y = b.conv(b.pad(x, 2, 2, 2, 2), 8, (5, 5), 1, "VALID")
    x = b.add(x, y, activation="RELU")
    x = b.conv(b.pad(x, 0, 1, 1, 0), 12, (2, 2), 1, "VALID", activation="RELU6")
    return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)


def deep_head(b: GraphBuilder) -> int:
    """Several fully connected layers, with an independent probability for each class."""
    x = b.depthwise(b.conv(b.input, 8, (3, 3), 4, activation="RELU6"), activation="RELU6")
    x = b.mean(b.conv(x, 32, activation="RELU6"), keep=False)
    x = b.fully_connected(b.fully_connected(x, 20, "RELU"), 12, "RELU6")
    return b.alone("LOGISTIC", b.fully_connected(x, CLASSES))


def no_end(b: GraphBuilder) -> int:
    """A convolution as logits, and no softmax."""
    x = b.conv(b.input, 16, (3, 3), 2, "VALID", activation="RELU6")
    return b.reshape(b.conv(b.pool(x), CLASSES), [1, CLASSES])


def odd_windows(b: GraphBuilder) -> int:
    """Windows that are not square, two outputs of each channel, a head on a map."""
    x = b.conv(b.input, 6, (1, 5), 2, activation="RELU6")
    x = b.depthwise(b.conv(x, 6, (3, 1), 1, "VALID", activation="RELU"), (3, 3), 3, multiplier=2, activation="RELU6")
    x = b.reshape(x, [1, int(np.prod(b.shape(x)))])
    return b.alone("SOFTMAX", b.fully_connected(b.fully_connected(x, 10, "RELU"), CLASSES), Beta=1.0)


def unfused(b: GraphBuilder) -> int:
    """Activations that are layers of their own."""
    x = b.alone("RELU6", b.conv(b.input, 16, (3, 3), 2))
    x = b.alone("RELU", b.depthwise(x))
    x = b.alone("RELU", b.add(x, b.conv(x, 16)))
    return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)


def unfused_batch_norm(b: GraphBuilder) -> int:
    """Multiplications and additions of constants as layers of their own (float only)."""
    x = b.conv(b.input, 16, (3, 3), 2, bias=False)
    x = b.arithmetic("ADD", b.arithmetic("MUL", x, b.random.random(16) + 0.5), b.random.standard_normal(16))
    x = b.arithmetic("SUB", b.arithmetic("DIV", b.depthwise(b.alone("RELU6", x)), 2.0), np.full((1, 1, 1, 16), 0.1))
    x = b.fully_connected(b.mean(x, keep=False), CLASSES, bias=False)
    return b.alone("SOFTMAX", b.arithmetic("ADD", x, b.random.standard_normal((1, CLASSES))), Beta=1.0)


def pools(b: GraphBuilder) -> int:
    """With any window, with and without padding."""
    x = b.window_pool(b.conv(b.input, 16, (3, 3), activation="RELU6"), (3, 3), 2, "SAME")
    y = b.window_pool(x, (2, 3), 1, "SAME", "AVERAGE_POOL_2D")
    x = b.window_pool(b.add(x, y), (3, 2), 3, "VALID", "AVERAGE_POOL_2D")
    x = b.window_pool(b.conv(x, 24), (2, 2), 2)
    return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)


def padded_pool(b: GraphBuilder) -> int:
    """Zeros around a map without negative values, as in Keras' ResNets."""
    x = b.conv(b.input, 8, (3, 3), activation="RELU")
    x = b.window_pool(b.pad(x, 1, 1, 1, 1), (3, 3), 2)
    return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)


def curves(b: GraphBuilder) -> int:
    """Activations and a normalisation that exist only in float."""
    x = b.alone("LOGISTIC", b.conv(b.input, 16, (3, 3), 2))
    x = b.add_operator("LOCAL_RESPONSE_NORMALIZATION", [x], Radius=2, Bias=1.5, Alpha=0.3, Beta=0.75)
    x = b.conv(b.window_pool(x, (2, 2)), 8, (3, 3), activation="TANH")
    x = b.alone("RELU", b.window_pool(b.conv(x, 16), (2, 2)))  # after the pool, and before it the same
    x = b.reshape(b.alone("TANH", b.depthwise(x)), [1, 144])
    return b.alone("SOFTMAX", b.fully_connected(b.fully_connected(x, 10, "TANH"), CLASSES), Beta=1.0)


IS_EMULATED = bool(os.environ.get("MOBILENET_LAUNCHER"))  # slow: a few do
NETWORKS = (branches, deep_head) if IS_EMULATED else (branches, added_with_relu, deep_head, no_end, odd_windows,
                                                      pools, padded_pool, unfused)


class RunsAsItsGraph(ScriptTest):
    def build(self, network, *arguments, **named) -> GraphBuilder:
        builder = GraphBuilder(*arguments, **named)
        self.file("in.tflite", builder.finish(network(builder)))
        return builder

    def expected(self, builder: GraphBuilder, network) -> np.ndarray:
        result = run_graph(builder.graph, builder.pixels[None] / 128.0 - 1.0)
        if network is no_end:
            result = np.exp(result - result.max())
            result /= result.sum()
        self.assertGreater(result.max() - result.min(), 0.1, "a network whose scores say nothing")
        return result

    def check(self, builder: GraphBuilder, network, tolerance: float, *options: str) -> pathlib.Path:
        pixels = PIXELS if builder.dtype == "FLOAT32" else ()
        path = self.converted(self.folder / "in.tflite", *pixels, "--crop-fraction", "1", *options)
        expected = self.expected(builder, network)
        for backend in ("auto", "native"):
            found = probabilities(path, builder.pixels, CLASSES, "--backend", backend)
            self.assertLessEqual(np.abs(found - expected).max(), tolerance, f"{backend}: {found} {expected}")
        return path

    def test_float(self) -> None:
        for network in (*NETWORKS, unfused_batch_norm, curves):
            with self.subTest(network=network.__name__):
                model = ModelFile(self.check(self.build(network), network, 2e-6))
                self.assertEqual((model.metadata["mobilenet.architecture"], model.quantization), ("custom", "none"))
                last = model.json("layers")[-1]["operator"]
                self.assertEqual(last, "sigmoid" if network is deep_head else "softmax")

    def test_quantised(self) -> None:
        """Each map is rounded once, so that the program's answers are the graph's except for ties."""
        for kind in ("u8", "s8"):
            for network in NETWORKS:
                with self.subTest(kind=kind, network=network.__name__):
                    builder = self.build(network, kind)
                    model = ModelFile(self.check(builder, network, 0.01))
                    self.assertEqual(model.quantization, "u8_per_tensor" if kind == "u8" else "s8_per_channel")
        self.check(self.build(branches, "s8", per_channel=False), branches, 0.01)

    def test_quantised_to_other_types(self) -> None:
        for network in NETWORKS:
            for kind, wanted, tolerance in (("u8", "s8", 0.02), ("u8", "none", 0.02), ("s8", "none", 0.02)):
                with self.subTest(kind=kind, wanted=wanted, network=network.__name__):
                    self.check(self.build(network, kind), network, tolerance, "--quantization", wanted)

    def test_dynamic_range_and_half_floats(self) -> None:
        """int8 weights for float maps, and half floats, become floats."""
        for kind, named in (("dynamic", {}), ("dynamic", {"per_channel": False}), ("f16", {})):
            for network in NETWORKS:
                with self.subTest(kind=kind, network=network.__name__, **named):
                    model = ModelFile(self.check(self.build(network, kind, **named), network, 2e-6))
                    self.assertEqual(model.quantization, "none")

    def test_change_of_scale_before_a_concatenation(self) -> None:
        """TFLite's converter inserts a QUANTIZE if the inputs of one differ."""
        def network(b: GraphBuilder) -> int:
            x = b.conv(b.input, 8, (3, 3), 2, activation="RELU6")
            x = b.concat(b.requantize(b.conv(x, 8), 1.7), b.depthwise(x))
            x = b.requantize(b.conv(x, 8), 1.5)
            return b.alone("SOFTMAX", b.fully_connected(b.mean(b.depthwise(x)), CLASSES), Beta=1.0)
        for kind in ("u8", "s8"):
            self.check(self.build(network, kind), network, 0.01)

    def test_a_shape_that_is_computed(self) -> None:
        """As TensorFlow's converter writes Keras' Reshape for batches of any size."""
        def network(b: GraphBuilder) -> int:
            x = b.conv(b.alone("RELU", b.conv(b.input, 8, (3, 3), 4)), 10, activation="RELU6")
            flat = b.reshape(x, [1, 360])
            b.graph.operators[-1].inputs[1] = packed = b.graph.tensor("INT32", [2])
            graph, zero = b.graph, b.graph.constant(np.array([0], np.int32))
            shape = graph.operator("SHAPE", [x], graph.tensor("INT32", [4]))
            batch = graph.operator("STRIDED_SLICE", [shape, zero, zero, zero], graph.tensor("INT32", []))
            graph.operator("PACK", [batch, graph.constant(np.array(360, np.int32))], packed)
            graph.operators[-4:] = [*graph.operators[-3:], graph.operators[-4]]
            return b.alone("SOFTMAX", b.fully_connected(flat, CLASSES), Beta=1.0)

        for kind in ("f32", "s8"):
            builder = self.build(network, kind)
            pixels = PIXELS if kind == "f32" else ()
            found = probabilities(self.converted(self.folder / "in.tflite", *pixels), builder.pixels, CLASSES)
            np.testing.assert_allclose(found, builder.real[builder.graph.outputs[0]][0], 0, 0.01)

    def test_arithmetic_at_the_beginning(self) -> None:
        """It contains the preprocessing: no option is needed, and mean and std are those of its input."""
        def network(b: GraphBuilder) -> int:
            x = b.arithmetic("MUL", b.input, [1 / 64, 1 / 100, 1 / 127.5])
            x = b.arithmetic("SUB", x, [1.0, 0.5, 1.5])
            x = b.conv(x, 8, (3, 3), 2, activation="RELU6")
            return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)

        builder = self.build(network)
        path = self.converted(self.folder / "in.tflite", "--crop-fraction", "1")
        preprocess = ModelFile(path).json("preprocess")
        np.testing.assert_allclose(preprocess["mean"], [64, 50, 191.25], 1e-6)
        np.testing.assert_allclose(preprocess["std"], [64, 100, 127.5], 1e-6)
        expected = run_graph(builder.graph, builder.pixels[None].astype(np.float64))
        np.testing.assert_allclose(probabilities(path, builder.pixels, CLASSES), expected, 0, 2e-6)
        # x = (pixel - 10) / 2, so y = x / 64 - 1 = (pixel - 10 - 128) / 128 of the first channel.
        path = self.converted(self.folder / "in.tflite", "--mean", "10", "--std", "2")
        np.testing.assert_allclose(ModelFile(path).json("preprocess")["mean"], [138, 110, 392.5], 1e-6)
        np.testing.assert_allclose(ModelFile(path).json("preprocess")["std"], [128, 200, 255], 1e-6)

    def test_other_types_and_orders_of_the_input(self) -> None:
        """Pixels that the network itself makes float, and maps with the channels first."""
        def network(b: GraphBuilder) -> int:
            x = b.arithmetic("SUB", b.arithmetic("MUL", b.input, 1 / 128), 1.0)
            x = b.conv(x, 8, (3, 3), 2, activation="RELU6")
            return b.alone("SOFTMAX", b.fully_connected(b.mean(x), CLASSES), Beta=1.0)

        order = np.array([0, 3, 1, 2], np.int32)
        for kind, dtype, shape, more in (("CAST", "UINT8", [1, 24, 24, 3], []),
                                         ("TRANSPOSE", "FLOAT32", [1, 3, 24, 24], [np.array([0, 2, 3, 1], np.int32)])):
            builder = GraphBuilder()
            output = network(builder)
            graph = builder.graph
            outer = graph.tensor(dtype, shape)
            graph.operator(kind, [outer, *map(graph.constant, more)], builder.input)
            graph.operators.insert(0, graph.operators.pop())
            expected = run_graph(graph_from(graph, builder.input, output), builder.pixels[None].astype(np.float64))
            graph.inputs = [outer]
            path = self.converted(self.file("in.tflite", builder.finish(output)))
            np.testing.assert_allclose(probabilities(path, builder.pixels, CLASSES), expected, 0, 2e-6)
            self.assertEqual(ModelFile(path).json("preprocess")["mean"], [128.0] * 3)
        graph.tensors[graph.operators[0].inputs[1]].data = order
        self.assertIn("operator 0 (TRANSPOSE): another order of dimensions (expected [0, 2, 3, 1]",
                      self.refused(self.file("in.tflite", graph.write())))

    def test_the_layers_that_are_written(self) -> None:
        self.build(added_with_relu)
        layers = ModelFile(self.converted(self.folder / "in.tflite", *PIXELS)).json("layers")
        self.assertEqual(layers, [
            {"name": "conv_1", "operator": "conv", "inputs": ["input"], "channels": 8, "kernel": [3, 3], "stride": 2,
             "padding": [1, 1, 1, 1], "activation": "relu"},
            {"name": "conv_2", "operator": "conv", "inputs": ["conv_1"], "channels": 8, "kernel": [5, 5], "stride": 1,
             "padding": [2, 2, 2, 2]},
            {"name": "add_1", "operator": "add", "inputs": ["conv_1", "conv_2"], "activation": "relu"},
            {"name": "conv_3", "operator": "conv", "inputs": ["add_1"], "channels": 12, "kernel": [2, 2], "stride": 1,
             "padding": [0, 1, 1, 0], "activation": "relu6"},
            {"name": "global_avg_pool", "operator": "avg_pool", "inputs": ["conv_3"]},
            {"name": "logits", "operator": "fully_connected", "inputs": ["global_avg_pool"], "channels": 5},
            {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])

    def test_what_quantised_networks_do_not_have(self) -> None:
        """Nor pools over padding whose values are not representable in the map."""
        def lrn(b: GraphBuilder) -> int:
            return b.add_operator("LOCAL_RESPONSE_NORMALIZATION", [b.conv(b.input, 8)], Radius=2, Bias=1.0, Alpha=1.0,
                                  Beta=0.5)

        def negative(b: GraphBuilder) -> int:
            return b.window_pool(b.pad(b.conv(b.input, 8), 1, 1, 1, 1), (3, 3), 2)

        def fused(b: GraphBuilder) -> int:
            x = b.window_pool(b.conv(b.input, 8), (2, 2))
            b.graph.operators[-1].options["FusedActivationFunction"] = "RELU"
            return x

        for body, kind, expected in (
                (lambda b: b.alone("LOGISTIC", b.conv(b.input, 8)), "s8", "LOGISTIC of a quantised map"),
                (lambda b: b.alone("TANH", b.conv(b.input, 8)), "u8", "TANH of a quantised map"),
                (lrn, "s8", "normalises a quantised map (expected a float one)"),
                (negative, "f32", "reads a padded map"), (fused, "f32", "activation RELU (expected no activation)"),
                (lambda b: b.window_pool(b.input, (2, 2), 2, "VALID", "MAX_POOL_2D"), "f32", None)):
            with self.subTest(expected=expected):
                self.build(lambda b: b.fully_connected(b.mean(b.conv(body(b), 8)), CLASSES), kind)
                pixels = PIXELS if kind == "f32" else ()
                if expected is None:
                    self.converted(self.folder / "in.tflite", *pixels)
                else:
                    self.assertIn(expected, self.refused(self.folder / "in.tflite", *pixels))

    def test_what_the_program_refuses(self) -> None:
        """The program has its own limits; no file is left behind."""
        def network(b: GraphBuilder) -> int:
            return b.fully_connected(b.mean(b.conv(b.pad(b.input, 2, 2, 2, 2), 8, (2, 2), 1, "VALID")), CLASSES)
        self.build(network)
        error = self.refused(self.folder / "in.tflite", *PIXELS)
        self.assertIn("refused.safetensors: mobilenet.layers: conv_1: padding 2 (0...1)", error)


def graph_from(graph: GraphSpec, start: int, output: int) -> GraphSpec:
    """Without its first operator, which writes `start`."""
    part = GraphSpec()
    part.tensors, part.operators, part.inputs, part.outputs = graph.tensors, graph.operators[1:], [start], [output]
    return part


OF_FLOAT_GRAPH = ("conv", "depthwise", "add", "avg_pool", "fully_connected", "softmax")
MAX_PARAMETERS = 30_000_000  # more take long


def float_graph(layers: list[dict], resolution: int) -> bytes:
    """A TFLite file of a network as the program lists it, with random weights."""
    graph, made = GraphSpec(), {}
    random_numbers = np.random.default_rng(4)
    graph.inputs = [graph.tensor("FLOAT32", [1, resolution, resolution, 3])]
    made["input"] = graph.inputs[0]
    for layer in layers:
        inputs = [made[name] for name in layer["inputs"]]
        height, width, channels = layer["output_shape"]
        shape = [1, channels] if layer["operator"] in ("fully_connected", "softmax") else [1, height, width, channels]
        output = graph.tensor("FLOAT32", shape)
        activation = {"FusedActivationFunction": layer["activation"].upper()}
        if "weights_shape" in layer:
            shape = layer["weights_shape"]
            shape = [1, *shape] if layer["operator"] == "depthwise" else shape
            inputs.append(graph.constant(random_numbers.standard_normal(shape).astype(np.float32)))
        if layer["operator"] in ("conv", "depthwise"):
            options = {"Padding": "SAME", "StrideH": layer["stride"], "StrideW": layer["stride"], "DilationHFactor": 1,
                       "DilationWFactor": 1, **activation}
            if layer["operator"] == "depthwise":
                options["DepthMultiplier"] = 1
            graph.operator("CONV_2D" if layer["operator"] == "conv" else "DEPTHWISE_CONV_2D", inputs, output, **options)
        elif layer["operator"] == "avg_pool":
            inputs.append(graph.constant(np.array([1, 2], np.int32)))
            graph.operator("MEAN", inputs, output, KeepDims=True)
        elif layer["operator"] == "softmax":
            graph.operator("SOFTMAX", inputs, output, Beta=1.0)
        else:
            kind = {"add": "ADD", "fully_connected": "FULLY_CONNECTED"}[layer["operator"]]
            graph.operator(kind, inputs, output, **activation)
        made[layer["name"]] = output
    graph.outputs = [output]
    return graph.write()


class Readme(ScriptTest):
    def test_its_commands(self) -> None:
        """Those of the section on own networks: the first two on a network of that name."""
        section = (ROOT / "README.md").read_text().partition("\n### Models made elsewhere\n")[2].partition("\n#")[0]
        lines = section.replace(" \\\n", " ").splitlines()  # some go on in the next one
        conversion, classification, *others = [line.split() for line in lines if line.startswith("    ")]
        conversions = [command for command in (conversion, *others) if command[1] == "scripts/convert.py"]
        self.assertGreaterEqual(len(conversions), 6)
        for command in conversions:
            self.assertEqual(command[0], "build/venv/bin/python")
            convert.parse_arguments(command[2:])
        builder = GraphBuilder()
        self.file("flowers.tflite", builder.finish(branches(builder)))
        self.file("flowers.txt", "daisy\ndandelion\nrose\nsunflower\ntulip\n")
        write_png(self.folder / "photo.jpg", builder.pixels)  # what it is shows in its bytes
        done = run_script("convert.py", *conversion[2:], cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "flowers.safetensors: custom, 24 px, 5 classes, none\n")
        self.assertEqual(classification[:2], ["build/release/mobilenet", "classify"])
        names = [str(self.folder / word) if "." in word else word for word in classification[1:]]
        done = program.run(program.find_program(), *names)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("daisy", done.stdout)


class HasAName(ScriptTest):
    def test_every_network_of_the_program(self) -> None:
        for architecture in program.architectures():
            pixels = [127.0, 128.0] if architecture.startswith("efficientnet_lite") else [127.5, 127.5]
            for width in (1.0, 0.65) if IS_EMULATED else (1.0, 0.25, 0.65, 1.4):
                for resolution in (32, 75) if width == 1.0 else (64,):
                    listed = program.listing(architecture, width, resolution, CLASSES)
                    # For those with other operators see named_networks_test.py.
                    if listed is None or not all(layer["operator"] in OF_FLOAT_GRAPH for layer in listed.layers) or \
                            sum(layer["parameters"] for layer in listed.layers) > MAX_PARAMETERS:
                        continue
                    with self.subTest(architecture=architecture, width=width, resolution=resolution):
                        path = self.file("in.tflite", float_graph(listed.layers, resolution))
                        model = ModelFile(self.converted(path))
                        self.assertEqual([model.metadata[f"mobilenet.{key}"] for key in (
                            "architecture", "width_multiplier", "resolution", "classes")],
                            [architecture, str(width), str(resolution), str(CLASSES)])
                        self.assertNotIn("mobilenet.layers", model.metadata)
                        self.assertEqual({name for name in model.tensors if name.endswith(".weights")},
                                         {f"{layer['name']}.weights" for layer in listed.layers
                                          if "weights_shape" in layer})
                        self.assertEqual([model.json("preprocess")["mean"][0], model.json("preprocess")["std"][0]],
                                         pixels)


class HasSomeOfAName(ScriptTest):
    """Networks of which a part is a registered one."""

    def with_head(self, network: SeededNetwork) -> pathlib.Path:
        """With two fully connected layers and a sigmoid in place of its logits."""
        graph = network.graph
        del graph.operators[network.cut:]
        pooled = graph.operators[-1].outputs[0]
        channels = graph.tensors[pooled].shape[-1]
        random_numbers = np.random.default_rng(9)
        at = pooled
        for inputs, outputs, activation in ((channels, 7, "RELU"), (7, 5, "NONE")):
            weights = graph.constant(random_numbers.standard_normal((outputs, inputs)).astype(np.float32))
            at = graph.operator("FULLY_CONNECTED", [at, weights], graph.tensor("FLOAT32", [1, outputs]),
                                FusedActivationFunction=activation)
        graph.outputs = [graph.operator("LOGISTIC", [at], graph.tensor("FLOAT32", [1, 5]))]
        return self.file("in.tflite", graph.write())

    def test_own_head(self) -> None:
        for version, width in ((1, 0.25), (1, 0.75), (2, 0.35), (2, 1.3)):
            with self.subTest(version=version, width=width):
                path = self.with_head(SeededNetwork(version, Form(resolution=64, width=width)))
                self.assertIn("nothing says how pixels become its input (expected --mean and --std", self.refused(path))
                model = ModelFile(self.converted(path, "--mean", "127.5", "--std", "127.5"))
                self.assertEqual((model.metadata["mobilenet.architecture"],
                                  model.metadata["mobilenet.width_multiplier"]),
                                 (f"mobilenet_v{version}, own head", str(width)))
                names = [layer["name"] for layer in model.json("layers")]
                last = "conv_pw_13" if version == 1 else "conv_last"
                self.assertEqual(names[0], "conv1")
                self.assertEqual(names[-5:], [last, "global_avg_pool", "fully_connected_1", "logits", "sigmoid"])

    def test_own_padding(self) -> None:
        """Symmetric, as in PyTorch's networks."""
        network = SeededNetwork(2, Form(resolution=64, width=0.35))
        graph = network.graph
        pads = graph.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))
        first = graph.operators[0]
        padded = graph.tensor("FLOAT32", [1, 66, 66, 3])
        first.options["Padding"] = "VALID"
        first.inputs[0] = graph.operator("PAD", [graph.inputs[0], pads], padded)
        graph.operators.insert(0, graph.operators.pop())
        model = ModelFile(self.converted(self.file("in.tflite", graph.write()), "--mean", "1", "--std", "2"))
        self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v2, own padding")
        self.assertEqual(model.json("layers")[0]["padding"], [1, 1, 1, 1])
        self.assertEqual(model.json("layers")[1]["name"], "block_0.depthwise")

    def test_another_channel_count_has_no_name(self) -> None:
        class Strange(SeededNetwork):
            def _scaled(self, channels: int) -> int:
                return super()._scaled(channels) + (channels == 256)  # 65 where 64 belong

        for kind in ("u8", "s8"):
            network = Strange(1, Form(kind=kind, resolution=32))
            model = ModelFile(self.converted(self.file("in.tflite", network.graph.write())))
            self.assertEqual(model.metadata["mobilenet.architecture"], "custom")

    def test_a_pool_that_changes_the_scale_of_v1(self) -> None:
        network = SeededNetwork(1, Form(kind="s8", mean_pool=True, mean_scale=0.01, resolution=32))
        model = ModelFile(self.converted(self.file("in.tflite", network.graph.write())))
        self.assertEqual(model.metadata["mobilenet.architecture"], "mobilenet_v1")
        np.testing.assert_array_equal(model["global_avg_pool.output.scale"], [np.float32(0.01)])

    def test_the_range_of_a_type_is_an_activation(self) -> None:
        """Without a fused ReLU6 a uint8 tensor is clamped at 0 and 6 only if its own range ends there."""
        for scale, zero_point, expected in ((6 / 255, 0, "mobilenet_v1"), (6.5 / 255, 0, "custom"),
                                            (6 / 255, 3, "custom")):
            network = SeededNetwork(1, Form(kind="u8", resolution=32, with_bias=False))
            operator = network.graph.operators[4]
            output = network.graph.tensors[operator.outputs[0]]
            output.scales, output.zero_points = [scale], [zero_point]
            operator.options["FusedActivationFunction"] = "NONE"
            model = ModelFile(self.converted(self.file("in.tflite", network.graph.write())))
            self.assertEqual(model.metadata["mobilenet.architecture"], expected, (scale, zero_point))


class SaysWhatIsMissing(ScriptTest):
    def network(self, kind: str = "f32", metadata: bytes | None = None) -> pathlib.Path:
        builder = GraphBuilder(kind)
        builder.graph.metadata = metadata
        return self.file("in.tflite", builder.finish(branches(builder)))

    def with_labels(self, path: pathlib.Path, **files: str | bytes) -> pathlib.Path:
        named = {f"{name}.txt": content for name, content in files.items()}
        return self.file("labelled.tflite", with_files(path.read_bytes(), named))

    def test_all_at_once(self) -> None:
        path = self.network()
        error = self.refused(path, classes=None)
        self.assertEqual(error, f"convert: {path}: 5 classes and no label list, and nothing says how pixels become its "
                         "input (expected --labels FILE with one label per line, and --mean and --std of real = (pixel - "
                         "MEAN) / STD, pixels in 0...255)\n")
        error = self.refused(path, *PIXELS, classes=None)
        self.assertIn("5 classes and no label list (expected --labels FILE with one label per line)", error)
        error = self.refused(self.network("u8"), classes=None)
        self.assertIn("5 classes and no label list (expected --labels FILE with one label per line)", error)

    def test_of_the_files_own_metadata(self) -> None:
        lines = "".join(f"own {i}\n" for i in range(CLASSES))
        plain = self.network(metadata=normalization_metadata([127.0], [128.0], "names.txt"))
        for files, expected in (({"names": lines}, "own"), ({"other": "x\n", "names": lines}, "own"),
                                ({"names": "background\n" + lines}, "own"),
                                ({"first": lines.replace("own", "not"), "names": lines}, "own"),
                                ({"first": "x\n", "only": lines.replace("own", "any")}, "any")):
            with self.subTest(files=list(files)):
                model = ModelFile(self.converted(self.with_labels(plain, **files), classes=None))
                self.assertEqual(model.json("labels"), [f"{expected} {i}" for i in range(CLASSES)])
                self.assertEqual(model.json("preprocess")["mean"], [127.0] * 3)
        given = ModelFile(self.converted(self.with_labels(plain, names=lines), "--mean", "1,2,3", "--std", "4"))
        self.assertEqual(given.json("labels")[0], "label 0")
        self.assertEqual((given.json("preprocess")["mean"], given.json("preprocess")["std"]),
                         ([1.0, 2.0, 3.0], [4.0] * 3))
        for files in ({"names": "x\n"}, {"names": b"\xff\n" * CLASSES}):
            self.assertIn("no label list", self.refused(self.with_labels(plain, **files), classes=None))

    def test_options(self) -> None:
        path = self.network()
        made = ModelFile(self.converted(path, *PIXELS, "--color", "bgr", "--interpolation", "bicubic",
                                        "--crop-fraction", "0.96", output="a"))
        self.assertEqual(made.json("preprocess"), {"color": "bgr", "resize": "crop", "crop_fraction": 0.96,
                                                   "interpolation": "bicubic", "mean": [128.0] * 3,
                                                   "std": [128.0] * 3})
        made = ModelFile(self.converted(path, *PIXELS, "--resize", "squash", output="b"))
        self.assertEqual(made.json("preprocess"), {"color": "rgb", "resize": "squash", "interpolation": "bilinear",
                                                   "mean": [128.0] * 3, "std": [128.0] * 3})
        made = ModelFile(self.converted(self.network("u8"), "--mean", "0", "--std", "255", output="c"))
        self.assertEqual((made.json("preprocess")["mean"], made.json("preprocess")["std"]), ([0.0] * 3, [255.0] * 3))
        for wrong in (("--mean", "1"), ("--mean", "1,2", "--std", "1"), ("--mean", "x", "--std", "1"),
                      ("--mean", "nan", "--std", "1"), ("--mean", "1", "--std", "0"),
                      ("--mean", "1", "--std", "1,1,-1"),
                      ("--crop-fraction", "0"), ("--crop-fraction", "1.5"), ("--color", "grey"),
                      ("--interpolation", "nearest"), ("--resize", "fit", "--crop-fraction", "0.5")):
            with self.subTest(wrong=wrong):
                status, _, err = self.convert(path, "-o", self.folder / "x", *wrong)
                self.assertEqual(status, 2, err)

    def test_without_the_program(self) -> None:
        path = self.network("u8")
        program._first_that_runs.cache_clear()
        try:
            with unittest.mock.patch.dict("os.environ", MOBILENET_PROGRAM=str(self.folder / "none")):
                error = self.refused(path)
        finally:
            program._first_that_runs.cache_clear()
        self.assertIn("none: no such program", error)
        self.assertIn("build it with scripts/quickstart.sh", error)


class SurvivesDamage(ScriptTest):
    def test_weights_that_many_layers_share(self) -> None:
        """A small file must not become a large model."""
        b = GraphBuilder("f16", resolution=1)
        x = b.conv(b.input, 1024)
        weights = b.parameters(x, [1024, 1, 1, 1024], 0, False)
        for _ in range(300):
            output = b.graph.tensor("FLOAT32", [1, 1, 1, 1024])
            x = b.graph.operator("CONV_2D", [x, *weights], output, Padding="SAME", StrideH=1, StrideW=1,
                                 DilationHFactor=1, DilationWFactor=1, FusedActivationFunction="NONE")
        self.assertRegex(self.refused(self.file("in.tflite", b.finish(x)), *PIXELS, classes=None),
                         r"operator \d+ \(CONV_2D\): \d+ weights up to here \(expected at most 268435456\)")

    def test_mutations(self) -> None:
        """200 damaged files: converted or refused with one line, and the program takes what was converted."""
        builder = GraphBuilder("s8", resolution=8)
        builder.graph.metadata = normalization_metadata([127.5], [127.5], "names.txt")
        labels = "".join(f"own {i}\n" for i in range(CLASSES))
        whole, converted = with_files(builder.finish(branches(builder)), {"names.txt": labels}), 0
        count = 40 if IS_EMULATED else 200
        for seed in range(count):
            with self.subTest(seed=seed):
                choose, damaged = random.Random(seed), bytearray(whole)
                for _ in range(choose.choice((1, 2, 8))):
                    at = choose.randrange(len(whole))
                    damaged[at] = choose.choice((0, 1, 127, 128, 255, choose.randrange(256)))
                if seed % 10 == 0:
                    del damaged[choose.randrange(len(damaged)):]
                converted += self.survives(self.file("damaged.tflite", bytes(damaged)), {})
        self.assertGreater(converted, count // 10)  # of the damage some is in weights


if __name__ == "__main__":
    main()

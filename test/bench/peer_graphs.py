"""A network of ours as the files of other runtimes: ONNX, and TensorFlow Lite, with the same weights and scales.

The layers are what `mobilenet summary` says of them; the weights are those of a model file, or random ones of f32 for a
network without a file. A quantised file's can be had as f32, too, dequantised.
"""
from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "scripts"))

DTYPES = {"F32": np.float32, "I32": np.int32, "I8": np.int8, "U8": np.uint8}


class CannotWrite(Exception):
    """Raised if the format has no such operator; says why."""


class Model:
    """The layers, and the contents of their tensors. `kind`: "f32", "u8" or "s8"."""

    def __init__(self, program: str, network: str, kind: str | None) -> None:
        is_file = network.endswith(".safetensors")
        self.layers = json.loads(subprocess.run(
            [program, "summary", "--model" if is_file else "--arch", network, "--format", "json"],
            stdout=subprocess.PIPE, check=True).stdout)["layers"]
        self.tensors = read_tensors(pathlib.Path(network)) if is_file else {}
        self.stored = {np.dtype(np.uint8): "u8", np.dtype(np.int8): "s8"}.get(
            next((array.dtype for name, array in self.tensors.items() if name.endswith(".weights")), None), "f32")
        self.kind = kind or self.stored
        self.random = np.random.default_rng(1)
        self.by_name = {layer["name"]: layer for layer in self.layers}
        self.quantizations = {}
        if self.stored != "f32":
            self.quantizations["input"] = self.stored_quantization("input")
            for layer in self.layers:
                own = f"{layer['name']}.output"
                self.quantizations[layer["name"]] = (self.stored_quantization(own) if f"{own}.scale" in self.tensors
                                                     else self.quantizations[layer["inputs"][0]])

    def stored_quantization(self, tensor: str) -> tuple[float, int]:
        return float(self.tensors[f"{tensor}.scale"][0]), int(self.tensors[f"{tensor}.zero_point"][0])

    def weights(self, layer: dict) -> tuple[np.ndarray, np.ndarray]:
        """Weights and bias as stored, or in float."""
        name, shape = layer["name"], layer["weights_shape"]
        if not self.tensors:
            limit = np.sqrt(6 / np.prod(shape[:2] if layer["operator"] == "depthwise" else shape[1:]))
            return (self.random.uniform(-limit, limit, shape).astype(np.float32),
                    np.zeros(layer["output_shape"][2], np.float32))
        stored, bias = self.tensors[f"{name}.weights"], self.tensors[f"{name}.bias"]
        if self.stored == "f32" or self.kind != "f32":
            return stored, bias
        scales = self.scales(layer)
        input_scale = self.quantizations[layer["inputs"][0]][0]
        along = scales if layer["operator"] == "depthwise" else scales.reshape(-1, *[1] * (stored.ndim - 1))
        return (((stored.astype(np.float32) - self.zero_point(layer)) * along).astype(np.float32),
                (bias * np.float64(input_scale) * scales).astype(np.float32))

    def scales(self, layer: dict) -> np.ndarray:
        return self.tensors[f"{layer['name']}.weights.scale"]

    def zero_point(self, layer: dict) -> int:
        return int(self.tensors[f"{layer['name']}.weights.zero_point"][0])

    def input_shape(self) -> list[int]:
        return self.layers[0]["input_shape"]


def read_tensors(path: pathlib.Path) -> dict[str, np.ndarray]:
    """All tensors of a safetensors file."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:end]).items():
        if name == "__metadata__":
            continue
        begin, stop = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[end + begin:end + stop], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


class OnnxWriter:
    """Quantised networks as QLinearConv and its like, whose maps are uint8 also where ours are int8, less 128: what ONNX
    Runtime makes of int8 on x86-64 by itself, since its kernels multiply uint8 by int8 there."""

    def __init__(self, model: Model) -> None:
        import onnx  # pylint: disable=import-outside-toplevel
        self.onnx = onnx
        self.model = model
        self.nodes, self.constants = [], []

    def write(self) -> bytes:
        helper, model = self.onnx.helper, self.model
        for layer in model.layers:
            (self.add_float if model.kind == "f32" else self.add_quantized)(layer)
        height, width, channels = model.input_shape()
        types = self.onnx.TensorProto
        input_type = types.FLOAT if model.kind == "f32" else types.UINT8
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("input", input_type, [1, channels, height, width])],
            [helper.make_tensor_value_info(model.layers[-1]["name"], types.FLOAT, None)], self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()

    def constant(self, name: str, array: np.ndarray) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **attributes) -> None:
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [output], domain=domain, **attributes))

    @staticmethod
    def window(layer: dict) -> dict[str, list[int]]:
        top, bottom, left, right = layer["padding"]
        return {"kernel_shape": layer["kernel"], "strides": [layer["stride"]] * 2, "pads": [top, left, bottom, right]}

    @staticmethod
    def as_conv(layer: dict, weights: np.ndarray) -> tuple[np.ndarray, int]:
        """Weights [OC, IC / groups, KH, KW], and groups."""
        if layer["operator"] == "depthwise":
            return weights.transpose(2, 0, 1)[:, None], weights.shape[2]
        return weights.transpose(0, 3, 1, 2), layer["groups"]

    def add_float(self, layer: dict) -> None:
        op, name, inputs = layer["operator"], layer["name"], layer["inputs"]
        # The activation is a node of its own, whose output has the layer's name.
        activation = {"relu": "Relu", "relu6": "Clip", "sigmoid": "Sigmoid", "tanh": "Tanh"}.get(layer["activation"])
        output = f"{name}_raw" if activation else name
        if op in ("conv", "depthwise"):
            weights, bias = self.model.weights(layer)
            weights, groups = self.as_conv(layer, weights)
            self.node("Conv", [inputs[0], self.constant(f"{name}.w", weights), self.constant(f"{name}.b", bias)], output,
                      group=groups, **self.window(layer))
        elif op == "fully_connected":
            weights, bias = self.model.weights(layer)
            height, width, channels = layer["input_shape"]
            weights = weights.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(len(weights), -1)
            self.node("Flatten", inputs, f"{name}_flat")
            self.node("Gemm", [f"{name}_flat", self.constant(f"{name}.w", weights), self.constant(f"{name}.b", bias)],
                      output, transB=1)
        elif op == "max_pool":
            self.node("MaxPool", inputs, output, **self.window(layer))
        elif op == "average_pool":
            self.node("AveragePool", inputs, output, count_include_pad=0, **self.window(layer))
        elif op == "avg_pool":
            self.node("GlobalAveragePool", inputs, output)
        elif op == "lrn":
            self.node("LRN", inputs, output, size=layer["size"], alpha=float(layer["alpha"]),
                      beta=float(layer["beta"]), bias=float(layer["k"]))
        elif op == "add":
            self.node("Add", inputs, output)
        elif op == "concat":
            self.node("Concat", inputs, output, axis=1)
        elif op in ("softmax", "sigmoid"):
            self.node(op.capitalize(), inputs, output)
        else:
            raise CannotWrite(f"{name}: ONNX: no operator for {op}")
        if activation:
            limits = [self.constant(f"{name}_{end}", np.float32(value)) for end, value in (("min", 0), ("max", 6))]
            self.node(activation, [output] + (limits if activation == "Clip" else []), name)

    def of_map(self, value: str) -> tuple[str, str]:
        """Constants for the scale and zero point of a map."""
        scale, zero_point = self.model.quantizations[value]
        if self.model.kind == "s8":
            zero_point += 128
        names = f"{value}.scale", f"{value}.zero_point"
        if not any(constant.name == names[0] for constant in self.constants):
            self.constant(names[0], np.float32(scale))
            self.constant(names[1], np.uint8(zero_point))
        return names

    def add_quantized(self, layer: dict) -> None:
        op, name, inputs = layer["operator"], layer["name"], layer["inputs"]
        scale, zero_point = self.model.quantizations[name]
        if self.model.kind == "s8":
            zero_point += 128
        # If an activation cuts off more than the type does, a node of its own does it.
        highest = 255 if layer["activation"] != "relu6" else min(255, round(6 / scale) + zero_point)
        lowest = 0 if layer["activation"] == "none" else zero_point
        is_clamped = (lowest, highest) != (0, 255)
        output = f"{name}_raw" if is_clamped else name
        if op in ("conv", "depthwise", "fully_connected"):
            weights, bias = self.model.weights(layer)
            scales = self.model.scales(layer)
            scales = np.float32(scales[0]) if len(scales) == 1 else scales
            zero_points = np.full(np.shape(scales), self.model.zero_point(layer), weights.dtype)
            of_weights = [self.constant(f"{name}.w.scale", scales), self.constant(f"{name}.w.zero_point", zero_points)]
            if op == "fully_connected":
                if layer["input_shape"][:2] != [1, 1]:
                    raise CannotWrite(f"{name}: ONNX: quantised, of a map of several pixels")
                self.node("Flatten", inputs, f"{name}_flat")
                self.node("QGemm", [f"{name}_flat", *self.of_map(inputs[0]), self.constant(f"{name}.w", weights),
                                    *of_weights, self.constant(f"{name}.b", bias), *self.of_map(name)], output,
                          "com.microsoft", transB=1)
            else:
                weights, groups = self.as_conv(layer, weights)
                self.node("QLinearConv", [inputs[0], *self.of_map(inputs[0]), self.constant(f"{name}.w", weights),
                                          *of_weights, *self.of_map(name), self.constant(f"{name}.b", bias)], output,
                          group=groups, **self.window(layer))
        elif op == "avg_pool":
            self.node("QLinearGlobalAveragePool", [inputs[0], *self.of_map(inputs[0]), *self.of_map(name)], output,
                      "com.microsoft", channels_last=0)
        elif op == "add":
            self.node("QLinearAdd", [inputs[0], *self.of_map(inputs[0]), inputs[1], *self.of_map(inputs[1]),
                                     *self.of_map(name)], output, "com.microsoft")
        elif op in ("softmax", "sigmoid"):
            self.node("DequantizeLinear", [inputs[0], *self.of_map(inputs[0])], f"{name}_logits")
            self.node(op.capitalize(), [f"{name}_logits"], name)
            return
        else:
            raise CannotWrite(f"{name}: ONNX: no quantised operator for {op}")
        if is_clamped:
            limits = [self.constant(f"{name}_{end}", np.uint8(value)) for end, value in (("min", lowest), ("max", highest))]
            self.node("Clip", [output, *limits], name)


class TfliteWriter:
    """Written with the writer that the tests of convert.py use."""

    def __init__(self, model: Model) -> None:
        import tflite_builder  # pylint: disable=import-outside-toplevel  # of test/scripts
        self.model = model
        self.graph = tflite_builder.GraphSpec()
        self.dtype = {"f32": "FLOAT32", "u8": "UINT8", "s8": "INT8"}[model.kind]
        self.tensors: dict[str, int] = {}

    def write(self) -> bytes:
        self.tensors["input"] = self.map("input", self.model.input_shape())
        self.graph.inputs = [self.tensors["input"]]
        for layer in self.model.layers:
            self.add(layer)
        self.graph.outputs = [self.tensors[self.model.layers[-1]["name"]]]
        return self.graph.write()

    def map(self, name: str, shape: list[int], quantization: tuple[float, int] | None = None) -> int:
        shape = [1, *shape]
        if self.model.kind == "f32":
            return self.graph.tensor("FLOAT32", shape)
        scale, zero_point = quantization or self.model.quantizations[name]
        return self.graph.tensor(self.dtype, shape, None, [scale], [zero_point])

    def parameters(self, layer: dict) -> list[int]:
        weights, bias = self.model.weights(layer)
        is_depthwise = layer["operator"] == "depthwise"
        if is_depthwise:
            weights = weights[None]
        if self.model.kind == "f32":
            return [self.graph.constant(weights), self.graph.constant(bias)]
        scales = self.model.scales(layer)
        input_scale = np.float32(self.model.quantizations[layer["inputs"][0]][0])
        return [self.graph.constant(weights, scales=list(scales), zero_points=[self.model.zero_point(layer)] * len(scales),
                                    dimension=3 if is_depthwise and len(scales) > 1 else 0),
                self.graph.constant(bias, scales=list(input_scale * scales), zero_points=[0] * len(scales))]

    @staticmethod
    def padding(layer: dict) -> str:
        def same(size: int, kernel: int) -> list[int]:
            stride = layer["stride"]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            return [total // 2, total - total // 2]
        (height, width), (rows, columns) = layer["input_shape"][:2], layer["kernel"]
        if layer["padding"] == same(height, rows) + same(width, columns):
            return "SAME"
        if layer["padding"] == [0, 0, 0, 0]:
            return "VALID"
        raise CannotWrite(f"{layer['name']}: TensorFlow Lite: padding {layer['padding']}")

    def add(self, layer: dict) -> None:
        op, name = layer["operator"], layer["name"]
        inputs = [self.tensors[value] for value in layer["inputs"]]
        options: dict[str, object] = {}
        if layer["activation"] in ("none", "relu", "relu6"):
            options["FusedActivationFunction"] = layer["activation"].upper()
        else:
            raise CannotWrite(f"{name}: TensorFlow Lite: activation {layer['activation']}")
        if "kernel" in layer:
            options |= {"Padding": self.padding(layer), "StrideH": layer["stride"], "StrideW": layer["stride"]}
        if op in ("conv", "depthwise"):
            kind = "CONV_2D" if op == "conv" else "DEPTHWISE_CONV_2D"
            options |= {"DilationHFactor": 1, "DilationWFactor": 1} | ({"DepthMultiplier": 1} if op != "conv" else {})
            inputs += self.parameters(layer)
        elif op == "fully_connected":
            kind = "FULLY_CONNECTED"
            inputs += self.parameters(layer)
        elif op in ("max_pool", "average_pool"):
            kind = "MAX_POOL_2D" if op == "max_pool" else "AVERAGE_POOL_2D"
            options |= {"FilterHeight": layer["kernel"][0], "FilterWidth": layer["kernel"][1]}
        elif op == "avg_pool":
            quantizations = self.model.quantizations
            if quantizations and quantizations[layer["inputs"][0]] != quantizations[name]:
                kind, options = "MEAN", {"KeepDims": True}
                inputs.append(self.graph.constant(np.array([1, 2], np.int32)))
            else:  # which XNNPACK has for uint8, too
                height, width = layer["input_shape"][:2]
                kind = "AVERAGE_POOL_2D"
                options |= {"Padding": "VALID", "StrideH": 1, "StrideW": 1, "FilterHeight": height, "FilterWidth": width}
        elif op == "add":
            kind = "ADD"
        elif op == "concat":
            kind = "CONCATENATION"
            options["Axis"] = 3
        elif op == "softmax":
            kind, options = "SOFTMAX", {"Beta": 1.0}
        else:
            raise CannotWrite(f"{name}: TensorFlow Lite: no operator for {op}")
        if op == "softmax":
            output = self.map(name, layer["output_shape"][2:], (1 / 256, -128 if self.model.kind == "s8" else 0))
        elif op == "fully_connected":
            output = self.map(name, layer["output_shape"][2:])
        else:
            output = self.map(name, layer["output_shape"])
        self.tensors[name] = self.graph.operator(kind, inputs, output, **options)

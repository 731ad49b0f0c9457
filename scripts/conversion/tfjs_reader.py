"""Reads a Keras layers model of TF.js (model.json and the shards beside it) into a Graph: Sequential and functional
models, and models within models, as in retrained ones."""
from __future__ import annotations

import json
import pathlib

import numpy as np

from .batch_norm import BatchNorm
from .graph import ConversionError, Graph, Operator, Tensor

MAX_BYTES = 1 << 30
MAX_LAYERS = 10_000
MAX_DEPTH = 8  # models within models

# How weights may be stored, in numpy's types; whole numbers come with a scale and the smallest value.
_STORED = {"float32": "<f4", "float16": "<f2", "uint8": "u1", "uint16": "<u2"}
_SCALED = ("u1", "<u2")
TEACHABLE_MACHINE = "@teachablemachine/image"
MODELS = ("Functional", "Model", "Sequential")
_MERGES = ("Add", "Concatenate")  # layers that read several


def read_tfjs(path: pathlib.Path) -> Graph:
    """Raises ConversionError if it is not such a model, OSError if a file can't be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConversionError(f"{path}: {path.stat().st_size} bytes (at most {MAX_BYTES} are read)")
        model = json.loads(path.read_bytes())
        config = model["modelTopology"]["model_config"]
        weights, shards = _read_weights(path, model["weightsManifest"])
        graph = graph_of_keras(path, config, weights)
        graph.files = [path, *shards]
        _read_metadata(path.with_name("metadata.json"), graph)
        return graph
    except ConversionError:
        raise
    except RecursionError:
        raise ConversionError(f"{path}: nested too deeply (expected a Keras layers model of TF.js)")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        text = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:120]
        raise ConversionError(f"{path}: not a Keras layers model of TF.js: {text} (expected model.json with "
                              f"modelTopology.model_config and weightsManifest)")


def _read_metadata(path: pathlib.Path, graph: Graph) -> None:
    """Teachable Machine's, which has the labels. Its library cuts the central square out of a picture, divides it by
    127 and subtracts 1 (libraries/image/src/utils/tf.ts of teachablemachine-community)."""
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict) or metadata.get("packageName") != TEACHABLE_MACHINE:
        return  # metadata of something else
    labels = metadata.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ConversionError(f"{path}: labels {str(labels)[:80]} (expected a list of texts, one per class)")
    graph.labels, graph.crop_fraction = labels, 1.0
    graph.normalization = [127.0] * 3, [127.0] * 3


def graph_of_keras(path: pathlib.Path, config: dict, weights: dict[str, np.ndarray]) -> Graph:
    """Reads layers as Keras 2 and 3 write them, and their weights, whose names end with LAYER/PART."""
    return _Reader(path, weights).read(config)


def _read_weights(path: pathlib.Path,
                  manifest: list[dict]) -> tuple[dict[str, np.ndarray], list[pathlib.Path]]:
    weights: dict[str, np.ndarray] = {}
    shards: list[pathlib.Path] = []
    for group in manifest:
        shards += [_shard_path(path, name) for name in group["paths"]]
        data = b"".join(_read_shard(path, _shard_path(path, name)) for name in group["paths"])
        offset = 0
        for entry in group["weights"]:
            name, shape = str(entry["name"]), tuple(int(extent) for extent in entry["shape"])
            quantization = entry.get("quantization", {})
            stored = _STORED.get(str(quantization.get("dtype", entry["dtype"])))
            if entry["dtype"] != "float32" or stored is None:
                raise ConversionError(
                    f"{path}: weight {name}: {entry['dtype']}, stored as "
                    f"{quantization.get('dtype', entry['dtype'])} (expected float32, stored as "
                    f"{', '.join(_STORED)})")
            size = np.dtype(stored).itemsize
            for extent in shape:
                size *= extent
                if extent <= 0 or size > MAX_BYTES:
                    raise ConversionError(
                        f"{path}: weight {name}: shape {list(shape)} (expected small sizes)")
            if offset + size > len(data):
                raise ConversionError(
                    f"{path}: weight {name}: its shards {', '.join(group['paths'])} end at byte "
                    f"{len(data)} (expected {offset + size})")
            array = np.frombuffer(data, stored, size // np.dtype(stored).itemsize, offset).reshape(shape)
            if stored in _SCALED:
                array = array * float(quantization["scale"]) + float(quantization["min"])
            array = array.astype(np.float32)
            if not np.isfinite(array).all():
                raise ConversionError(
                    f"{path}: weight {name}: a value is not finite (expected finite weights)")
            weights[name] = array
            offset += size
        if offset != len(data):
            raise ConversionError(
                f"{path}: shards {', '.join(group['paths'])} have {len(data)} bytes (expected "
                f"{offset})")
    return weights, shards


def _shard_path(path: pathlib.Path, name: str) -> pathlib.Path:
    relative = pathlib.PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:  # model.json is not trusted: no files from elsewhere
        raise ConversionError(
            f"{path}: shard {name} lies outside the model's folder (expected a file beside it)")
    return path.parent / relative


def _read_shard(path: pathlib.Path, shard: pathlib.Path) -> bytes:
    if not shard.is_file():
        raise ConversionError(f"{shard}: no such file (expected the shard that {path.name} names)")
    if shard.stat().st_size > MAX_BYTES:
        raise ConversionError(f"{shard}: {shard.stat().st_size} bytes (at most {MAX_BYTES} are read)")
    return shard.read_bytes()


class _Reader:
    def __init__(self, path: pathlib.Path, weights: dict[str, np.ndarray]):
        self.path = path
        self.weights = weights
        self.operators: list[Operator] = []
        self.input: Tensor | None = None
        self.count = 0  # number of layers
        self.where = str(path)

    def read(self, model: dict) -> Graph:
        output = self._model(model, None, 0)
        if self.input is None or not self.operators:
            raise ConversionError(f"{self.path}: no layers (expected a Keras model)")
        return Graph(str(self.path), self.input, output, self.operators)

    # Models: a chain of layers, or layers that name the layers they read.

    def _model(self, model: dict, given: Tensor | None, depth: int) -> Tensor:
        """The model's output for `given`, or for its own input if there is none."""
        kind = str(model["class_name"])
        self._demand(kind in MODELS, f"model of class {kind}", ", ".join(MODELS))
        self._demand(depth <= MAX_DEPTH, "models nested too deeply", f"at most {MAX_DEPTH}")
        config = model["config"]
        layers = config["layers"] if isinstance(config, dict) else config
        outputs: dict[str, Tensor] = {}
        last = given
        inputs = 0
        for layer in layers:
            kind, name = str(layer["class_name"]), name_of(layer, self.count)
            self.where = f"{self.path}: layer {self.count} ({kind} {name})"
            self.count += 1
            self._demand(self.count <= MAX_LAYERS, "too many layers", f"at most {MAX_LAYERS}")
            inputs += kind == "InputLayer"
            self._demand(inputs <= 1, "a second input", "one")
            last = outputs[name] = self._layer(kind, name, layer, self._read_by(layer, outputs, last), given, depth)
        if last is None:
            raise ConversionError(f"{self.path}: no layers (expected a Keras model)")
        ends = config.get("output_layers") if isinstance(config, dict) else None
        if not ends:
            return last
        if isinstance(ends[0], str):  # a single output may be written like this
            ends = [ends]
        self._demand(len(ends) == 1 and str(ends[0][0]) in outputs, f"outputs {str(ends)[:80]}",
                     "one, of a layer")
        return outputs[str(ends[0][0])]

    def _read_by(self, layer: dict, outputs: dict[str, Tensor], last: Tensor | None) -> list[Tensor]:
        nodes = layer.get("inbound_nodes")
        if not nodes:  # an input, or a layer of a Sequential model
            return [] if last is None else [last]
        self._demand(len(nodes) == 1, f"is used {len(nodes)} times", "once")
        names = _names_of_tensors(nodes[0]) if isinstance(nodes[0], dict) else [str(node[0]) for node in nodes[0]]
        missing = [name for name in names if name not in outputs]
        self._demand(bool(names) and not missing, f"reads {missing[0] if missing else 'nothing'}",
                     "a layer before it")
        return [outputs[name] for name in names]

    def _layer(self, kind: str, name: str, layer: dict, inputs: list[Tensor], given: Tensor | None,
               depth: int) -> Tensor:
        if kind == "InputLayer":
            return given if given is not None else self._start(layer["config"])
        if kind in MODELS:
            return self._model(layer, inputs[0] if inputs else None, depth + 1)
        if not inputs:  # the first layer of a Sequential model
            inputs = [self._start(layer["config"])]
        handler = self._HANDLERS.get(kind)
        self._demand(handler is not None, "the program has no layer for it", ", ".join(sorted(self._HANDLERS)))
        if kind in _MERGES:
            return handler(self, inputs, layer["config"])
        self._demand(len(inputs) == 1, f"reads {len(inputs)} layers", "one")
        return handler(self, inputs[0], name, layer["config"])

    def _start(self, config: dict) -> Tensor:
        shape = config.get("batch_input_shape", config.get("batch_shape"))
        self._demand(isinstance(shape, list) and len(shape) == 4 and all(isinstance(n, int) for n in shape[1:]),
                     f"input shape {shape}", "[null, R, R, 3]")
        self._demand(self.input is None, "a second input", "one")
        self.input = Tensor("input", "FLOAT32", (1, *shape[1:]))
        return self.input

    def _append(self, kind: str, inputs: list[Tensor | None], shape: tuple[int, ...], options: dict) -> Tensor:
        output = Tensor(self.where, "FLOAT32", tuple(int(extent) for extent in shape))
        self.operators.append(Operator(kind, self.where, inputs, output, options))
        return output

    def _weight(self, layer: str, part: str) -> np.ndarray:
        name = f"{layer}/{part}"
        found = [key for key in self.weights if key == name or key.endswith("/" + name)]
        self._demand(len(found) == 1, f"weight {name} is {'ambiguous' if found else 'missing'}",
                     "it once")
        return self.weights[found[0]]

    def _demand(self, fits: bool, found: str, expected: str) -> None:
        if not fits:
            raise ConversionError(f"{self.where}: {found} (expected {expected})")

    # The layers, each turned into TFLite's operators for it.

    def _convolution(self, at: Tensor, name: str, config: dict) -> Tensor:
        kernel = self._weight(name, "kernel")  # [KH, KW, IC / groups, OC]
        self._demand(kernel.ndim == 4, f"weights {list(kernel.shape)}", "4 dimensions")
        return self._window(at, name, config, "CONV_2D", kernel.transpose(3, 0, 1, 2), kernel.shape[3], 1)

    def _depthwise(self, at: Tensor, name: str, config: dict) -> Tensor:
        # [KH, KW, C, multiplier]; Keras 3 calls it kernel if weights have names
        has_own_name = any(f"/{key}".endswith(f"/{name}/depthwise_kernel") for key in self.weights)
        kernel = self._weight(name, "depthwise_kernel" if has_own_name else "kernel")
        self._demand(kernel.ndim == 4, f"weights {list(kernel.shape)}", "4 dimensions")
        height, width, channels, multiplier = kernel.shape
        return self._window(at, name, config, "DEPTHWISE_CONV_2D",
                            kernel.reshape(1, height, width, channels * multiplier), channels * multiplier,
                            multiplier)

    def _window(self, at: Tensor, name: str, config: dict, kind: str, weights: np.ndarray, channels: int,
                multiplier: int) -> Tensor:
        self._check_format(config)
        self._demand(len(at.shape) == 4, f"reads {list(at.shape)}", "a map")
        bias = self._weight(name, "bias") if config.get("use_bias", True) else np.zeros(channels, np.float32)
        strides = [int(stride) for stride in config["strides"]]
        self._demand(len(strides) == 2 and min(strides) >= 1, f"strides {strides}", "two of 1 and more")
        padding = str(config["padding"]).upper()
        dilation_h, dilation_w = (int(rate) for rate in config.get("dilation_rate", [1, 1]))
        size = [-(-extent // stride) if padding == "SAME" else (extent - window) // stride + 1
                for extent, window, stride in zip(at.shape[1:3], weights.shape[1:3], strides)]
        options = {"stride_h": strides[0], "stride_w": strides[1], "padding": padding, "dilation_h": dilation_h,
                   "dilation_w": dilation_w, "activation": "NONE", "depth_multiplier": multiplier}
        made = self._append(kind, [at, *_constants(name, weights, bias)], (1, *size, channels), options)
        return self._activate(made, str(config.get("activation", "linear")))

    def _dense(self, at: Tensor, name: str, config: dict) -> Tensor:
        kernel = self._weight(name, "kernel")
        self._demand(kernel.ndim == 2, f"weights {list(kernel.shape)}", "[IC, OC]")
        self._demand(len(at.shape) in (2, 3), f"reads {list(at.shape)}", "a vector, or a list of pixels")
        bias = self._weight(name, "bias") if config.get("use_bias", True) else np.zeros(kernel.shape[1], np.float32)
        made = self._append("FULLY_CONNECTED", [at, *_constants(name, kernel.T, bias)],
                            (*at.shape[:-1], kernel.shape[1]),
                            {"activation": "NONE", "weights_format": 0})
        return self._activate(made, str(config.get("activation", "linear")))

    def _batch_norm(self, at: Tensor, name: str, config: dict) -> Tensor:
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        self._demand(axis in (-1, len(at.shape) - 1), f"axis {axis}", "the channels'")
        channels = at.shape[-1]
        mean, variance = (self._weight(name, part) for part in ("moving_mean", "moving_variance"))
        gamma = self._weight(name, "gamma") if config.get("scale", True) else np.ones(channels)
        beta = self._weight(name, "beta") if config.get("center", True) else np.zeros(channels)
        norm = BatchNorm(*(part.astype(np.float64) for part in (gamma, beta, mean, variance)),
                         float(config["epsilon"]))
        return self._append("BATCH_NORM", [at], at.shape, {"norm": norm})

    def _activation(self, at: Tensor, name: str, config: dict) -> Tensor:
        return self._activate(at, str(config["activation"]))

    def _softmax(self, at: Tensor, name: str, config: dict) -> Tensor:
        return self._activate(at, "softmax")

    def _relu(self, at: Tensor, name: str, config: dict) -> Tensor:
        largest = config.get("max_value")
        fits = largest in (None, 6) and not config.get("threshold") and not config.get("negative_slope")
        self._demand(fits, "another ReLU", "ReLU or ReLU6")
        return self._activate(at, "relu" if largest is None else "relu6")

    def _activate(self, at: Tensor, activation: str) -> Tensor:
        if activation == "linear":
            return at
        kind = {"relu": "RELU", "relu6": "RELU6", "softmax": "SOFTMAX", "sigmoid": "LOGISTIC"}.get(activation)
        self._demand(kind is not None, f"activation {activation}", "linear, relu, relu6, softmax or sigmoid")
        return self._append(kind, [at], at.shape, {})

    def _padding(self, at: Tensor, name: str, config: dict) -> Tensor:
        self._check_format(config)
        sides = np.array(config["padding"], np.int32)
        self._demand(sides.shape == (2, 2) and len(at.shape) == 4, f"padding {config['padding']}",
                     "[[top, bottom], [left, right]]")
        _, height, width, channels = at.shape
        pads = Tensor(f"{name}/padding", "INT32", (4, 2), np.pad(sides, ((1, 1), (0, 0))))
        return self._append("PAD", [at, pads], (1, height + sides[0].sum(), width + sides[1].sum(), channels), {})

    def _global_pool(self, at: Tensor, name: str, config: dict) -> Tensor:
        self._check_format(config)
        keeps = config.get("keepdims", False)
        shape = (1, 1, 1, at.shape[-1]) if keeps else (1, at.shape[-1])
        return self._append("MEAN", [at], shape, {"axes": [1, 2]})

    def _pool(self, at: Tensor, name: str, config: dict) -> Tensor:
        self._check_format(config)
        height, width = (int(extent) for extent in config["pool_size"])
        return self._append("AVERAGE_POOL_2D", [at], (1, 1, 1, at.shape[-1]),
                            {"filter_h": height, "filter_w": width, "activation": "NONE"})

    def _reshape(self, at: Tensor, name: str, config: dict) -> Tensor:
        elements = int(np.prod(at.shape))
        target = [int(extent) for extent in config.get("target_shape") or [elements]]
        if target.count(-1) == 1:
            rest = -int(np.prod(target))
            target[target.index(-1)] = elements // rest if rest else 0
        return self._append("RESHAPE", [at], (1, *target), {})

    def _rescaling(self, at: Tensor, name: str, config: dict) -> Tensor:
        for kind, value in (("MUL", config["scale"]), ("ADD", config.get("offset", 0))):
            constant = np.array(value, np.float32)
            at = self._append(kind, [at, Tensor(f"{name}/{kind}", "FLOAT32", constant.shape, constant)], at.shape,
                              {"activation": "NONE"})
        return at

    def _add(self, inputs: list[Tensor], config: dict) -> Tensor:
        return self._append("ADD", list(inputs), inputs[0].shape, {"activation": "NONE"})

    def _concatenate(self, inputs: list[Tensor], config: dict) -> Tensor:
        axis = int(config.get("axis", -1))
        shape = (*inputs[0].shape[:-1], sum(tensor.shape[-1] for tensor in inputs))
        return self._append("CONCATENATION", list(inputs), shape, {"axis": axis, "activation": "NONE"})

    def _nothing(self, at: Tensor, name: str, config: dict) -> Tensor:
        """Dropout does nothing in inference."""
        return at

    def _check_format(self, config: dict) -> None:
        found = config.get("data_format") or "channels_last"
        self._demand(found == "channels_last", f"data format {found}", "channels_last")

    _HANDLERS = {"Conv2D": _convolution, "DepthwiseConv2D": _depthwise, "Dense": _dense,
                 "BatchNormalization": _batch_norm, "Activation": _activation, "ReLU": _relu, "Softmax": _softmax,
                 "ZeroPadding2D": _padding, "GlobalAveragePooling2D": _global_pool, "AveragePooling2D": _pool,
                 "Reshape": _reshape, "Flatten": _reshape, "Rescaling": _rescaling, "Add": _add,
                 "Concatenate": _concatenate, "Dropout": _nothing, "SpatialDropout2D": _nothing}


def _names_of_tensors(value: object) -> list[str]:
    """The layers whose outputs are among the arguments of a call in Keras 3."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [str(value["config"]["keras_history"][0])]
        return [name for part in value.values() for name in _names_of_tensors(part)]
    if isinstance(value, list):
        return [name for part in value for name in _names_of_tensors(part)]
    return []


def name_of(layer: dict, number: int) -> str:
    config = layer["config"]
    name = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return str(name or f"layer_{number}")


def _constants(name: str, weights: np.ndarray, bias: np.ndarray) -> list[Tensor]:
    return [Tensor(f"{name}/{part}", "FLOAT32", array.shape, array)
            for part, array in (("weights", weights), ("bias", bias))]

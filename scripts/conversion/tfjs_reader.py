"""Reads a Keras layers model of TF.js (model.json and the shards beside it) into a Graph, with the batch
norms folded into the convolutions before them. The layers must form one chain, as those of MobileNet V1 do."""
from __future__ import annotations

import json
import pathlib

import numpy as np

from .batch_norm import BatchNorm
from .graph import ConversionError, Graph, Operator, Tensor

MAX_BYTES = 1 << 30
MAX_LAYERS = 10_000


def read_tfjs(path: pathlib.Path) -> Graph:
    """Raises ConversionError for what is no such model, OSError if a file can't be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConversionError(f"{path}: {path.stat().st_size} bytes (at most {MAX_BYTES} are read)")
        model = json.loads(path.read_bytes())
        config = model["modelTopology"]["model_config"]
        layers = config["config"]["layers"] if isinstance(config["config"], dict) else config["config"]
        weights, shards = _read_weights(path, model["weightsManifest"])
        graph = _Reader(path, weights).read(layers[:MAX_LAYERS])
        graph.files = [path, *shards]
        return graph
    except ConversionError:
        raise
    except RecursionError:
        raise ConversionError(f"{path}: nested too deeply (expected a Keras layers model of TF.js)")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        text = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:120]
        raise ConversionError(f"{path}: not a Keras layers model of TF.js: {text} (expected model.json with "
                              f"modelTopology.model_config and weightsManifest)")


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
            if entry["dtype"] != "float32" or "quantization" in entry:
                raise ConversionError(
                    f"{path}: weight {name}: stored as {entry['dtype']}"
                    f"{', quantised' if 'quantization' in entry else ''} (expected float32)")
            size = 4
            for extent in shape:
                size *= extent
                if extent <= 0 or size > MAX_BYTES:
                    raise ConversionError(
                        f"{path}: weight {name}: shape {list(shape)} (expected small sizes)")
            if offset + size > len(data):
                raise ConversionError(
                    f"{path}: weight {name}: its shards {', '.join(group['paths'])} end at byte "
                    f"{len(data)} (expected {offset + size})")
            array = np.frombuffer(data, "<f4", size // 4, offset).reshape(shape)
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
        self.at: Tensor | None = None
        self.padded = False  # a ZeroPadding2D of one row below and one column to the right is waiting
        self.can_fold = False  # the last operator is a convolution without activation

    def read(self, layers: list[dict]) -> Graph:
        previous = None
        for index, layer in enumerate(layers):
            kind, config = str(layer["class_name"]), layer["config"]
            name = str(config["name"])
            self.where = f"{self.path}: layer {index} ({kind} {name})"
            self._check_chain(layer, previous)
            previous = name
            if index == 0:
                self._input(layer, config)
            if kind != "InputLayer":
                handler = self._HANDLERS.get(kind, _Reader._other)
                handler(self, kind, name, config)
        if not self.operators:
            raise ConversionError(f"{self.path}: no layers (expected a Keras layers model of TF.js)")
        self._flush_padding()
        return Graph(str(self.path), self.input, self.at, self.operators)

    def _check_chain(self, layer: dict, previous: str | None) -> None:
        nodes = layer.get("inbound_nodes")
        if not nodes:  # the input, or a layer of a Sequential model
            return
        if len(nodes) != 1 or len(nodes[0]) != 1 or nodes[0][0][0] != previous:
            raise ConversionError(
                f"{self.where} does not read the layer before it alone (expected a chain of layers: "
                f"mobilenet_v1)")

    def _input(self, layer: dict, config: dict) -> None:
        shape = config.get("batch_input_shape", config.get("batch_shape"))
        if not isinstance(shape, list) or len(shape) != 4 or not all(isinstance(n, int) for n in shape[1:]):
            raise ConversionError(f"{self.where}: input shape {shape} (expected [null, R, R, 3])")
        self.input = self.at = Tensor("input", "FLOAT32", (1, *shape[1:]))

    def _append(self, kind: str, inputs: list[Tensor | None], shape: tuple[int, ...], options: dict) -> None:
        output = Tensor(self.where, "FLOAT32", shape)
        self.operators.append(Operator(kind, self.where, inputs, output, options))
        self.at = output

    def _flush_padding(self) -> None:
        if self.padded:
            raise ConversionError(
                f"{self.where}: padding without a convolution of stride 2 (expected mobilenet_v1)")

    def _weight(self, layer: str, part: str) -> np.ndarray:
        name = f"{layer}/{part}"
        found = [key for key in self.weights if key == name or key.endswith("/" + name)]
        if len(found) != 1:
            raise ConversionError(
                f"{self.where}: weight {name} is {'ambiguous' if found else 'missing'} (expected it "
                f"once in weightsManifest)")
        return self.weights[found[0]]

    # The layers, each turned into the operator TFLite has for it.

    def _convolution(self, kind: str, name: str, config: dict) -> None:
        if config.get("data_format", "channels_last") != "channels_last":
            raise ConversionError(
                f"{self.where}: data format {config['data_format']} (expected channels_last)")
        depthwise = kind == "DepthwiseConv2D"
        kernel = self._weight(name, "depthwise_kernel" if depthwise else "kernel")
        if kernel.ndim != 4:
            raise ConversionError(f"{self.where}: weights {list(kernel.shape)} (expected 4 dimensions)")
        # Keras: [KH, KW, IC, OC], depthwise [KH, KW, C, multiplier]; TFLite: [OC, KH, KW, IC], [1, KH, KW,
        # C].
        weights = kernel.transpose(3, 0, 1, 2)
        channels = weights.shape[3] if depthwise else weights.shape[0]
        bias = self._weight(name, "bias") if config.get("use_bias", True) else np.zeros(channels, np.float32)
        stride_h, stride_w = config["strides"]
        padding = {"same": "SAME", "valid": "VALID"}.get(str(config["padding"]), str(config["padding"]))
        if self.padded:  # on an even size, this padding and VALID are what SAME does
            if padding != "VALID" or stride_h != 2 or self.at.shape[1] % 2 or self.at.shape[2] % 2:
                self._flush_padding()
            padding, self.padded = "SAME", False
        dilation_h, dilation_w = config.get("dilation_rate", [1, 1])
        options = {"stride_h": stride_h, "stride_w": stride_w, "padding": padding, "dilation_h": dilation_h,
                   "dilation_w": dilation_w, "activation": "NONE",
                   "depth_multiplier": weights.shape[0] if depthwise else 1}
        size = [
            -(-extent // max(stride, 1)) for extent, stride in zip(self.at.shape[1:3], (stride_h, stride_w))]
        parameters = [Tensor(f"{name}/{part}", "FLOAT32", array.shape, array)
                      for part, array in (("weights", weights), ("bias", bias))]
        self._append("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [self.at, *parameters],
                     (1, *size, channels), options)
        self.can_fold = True
        self._activate(str(config.get("activation", "linear")))

    def _dense(self, kind: str, name: str, config: dict) -> None:
        kernel = self._weight(name, "kernel")
        if kernel.ndim != 2:
            raise ConversionError(f"{self.where}: weights {list(kernel.shape)} (expected [IC, OC])")
        bias = self._weight(name, "bias") if config.get("use_bias", True) else np.zeros(
            kernel.shape[1], np.float32)
        parameters = [Tensor(f"{name}/{part}", "FLOAT32", array.shape, array)
                      for part, array in (("weights", kernel.T), ("bias", bias))]
        self._append("FULLY_CONNECTED", [self.at, *parameters], (1, kernel.shape[1]),
                     {"activation": "NONE", "weights_format": 0})
        self.can_fold = False
        self._activate(str(config.get("activation", "linear")))

    def _batch_norm(self, kind: str, name: str, config: dict) -> None:
        if not self.can_fold:
            raise ConversionError(
                f"{self.where} does not follow a convolution (expected one to fold it into)")
        operator = self.operators[-1]
        _, weights, bias = operator.inputs
        channels = len(bias.data)
        statistics = [self._weight(name, part) for part in ("moving_mean", "moving_variance")]
        gamma = self._weight(name, "gamma") if config.get("scale", True) else np.ones(channels)
        beta = self._weight(name, "beta") if config.get("center", True) else np.zeros(channels)
        # Folded in float64 and rounded once.
        mean, variance, gamma, beta = (part.astype(np.float64) for part in (*statistics, gamma, beta))
        for part in (mean, variance, gamma, beta):
            if part.shape != (channels,):
                raise ConversionError(f"{self.where}: weights {list(part.shape)} (expected [{channels}])")
        epsilon = float(config["epsilon"])
        if not (variance + epsilon > 0).all():
            raise ConversionError(f"{self.where}: variance + epsilon is not positive (expected > 0)")
        norm = BatchNorm(gamma, beta, mean, variance, epsilon)
        folded = norm.fold(weights.data, 3 if operator.kind == "DEPTHWISE_CONV_2D" else 0, bias.data)
        weights.data, bias.data = (part.astype(np.float32) for part in folded)
        self.can_fold = False

    def _activation(self, kind: str, name: str, config: dict) -> None:
        if kind == "Activation":
            self._activate(str(config["activation"]))
        elif kind == "Softmax":
            self._activate("softmax")
        else:
            self._activate("relu6" if config.get("max_value") == 6 and not config.get("threshold")
                           and not config.get("negative_slope") else "another ReLU")

    def _activate(self, activation: str) -> None:
        if activation == "linear":
            return
        self.can_fold = False
        if activation == "softmax":
            self._append("SOFTMAX", [self.at], self.at.shape, {"beta": 1})
            return
        last = self.operators[-1] if self.operators else None
        if activation != "relu6" or last is None or last.options.get("activation") != "NONE":
            raise ConversionError(
                f"{self.where}: activation {activation} does not fit (expected relu6 after a "
                f"convolution: mobilenet_v1)")
        last.options["activation"] = "RELU6"

    def _padding(self, kind: str, name: str, config: dict) -> None:
        if config["padding"] != [[0, 1], [0, 1]]:
            raise ConversionError(f"{self.where}: padding {config['padding']} (expected [[0, 1], [0, 1]])")
        self.padded = True
        self.can_fold = False

    def _pool(self, kind: str, name: str, config: dict) -> None:
        self.can_fold = False
        self._append("MEAN", [self.at], (1, 1, 1, self.at.shape[-1]), {"axes": [1, 2]})

    def _reshape(self, kind: str, name: str, config: dict) -> None:
        # In MobileNet V1 these only drop or add dimensions of 1: the matcher checks the number of elements.
        target = config.get("target_shape") or [int(np.prod(self.at.shape))]
        self.can_fold = False
        self._append("RESHAPE", [self.at], (1, *(int(extent) for extent in target)), {})

    def _nothing(self, kind: str, name: str, config: dict) -> None:
        """Dropout does nothing when a network is run."""

    def _other(self, kind: str, name: str, config: dict) -> None:
        raise ConversionError(f"{self.where} does not fit (expected the layers of mobilenet_v1)")

    _HANDLERS = {"Conv2D": _convolution, "DepthwiseConv2D": _convolution, "Dense": _dense,
                 "BatchNormalization": _batch_norm, "Activation": _activation, "ReLU": _activation,
                 "Softmax": _activation, "ZeroPadding2D": _padding, "GlobalAveragePooling2D": _pool,
                 "Reshape": _reshape, "Flatten": _reshape, "Dropout": _nothing}

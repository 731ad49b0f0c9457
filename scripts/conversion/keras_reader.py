"""Reads a Keras model (.keras, or .h5, the older form) into a Graph, without Keras: its layers are stored as JSON, as in
model.json of TF.js, and its weights are read with h5py.

.h5     https://keras.io/guides/serialization_and_saving, "legacy": the attribute model_config and, below the group
        model_weights, the weights by the names of their layers
.keras  a ZIP archive of config.json and model.weights.h5, where the weights are numbered, below the kinds of their
        layers, which are numbered too: layers/conv2d_1/vars/0
"""
from __future__ import annotations

import io
import json
import pathlib
import re
import zipfile

import numpy as np

from .graph import ConversionError, Graph
from .tfjs_reader import MAX_BYTES, MAX_DEPTH, MAX_LAYERS, MODELS, graph_of_keras, name_of

try:
    import h5py
except ModuleNotFoundError:  # asked for only if such a file is read
    h5py = None

MAX_WEIGHTS = 100_000

# The weights of each layer in the order of their numbers, and the option that omits each of them.
_PARTS = {"Conv2D": ("kernel", "bias"), "DepthwiseConv2D": ("depthwise_kernel", "bias"), "Dense": ("kernel", "bias"),
          "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance")}
_SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center"}


def read_keras(path: pathlib.Path) -> Graph:
    """Raises ConversionError if it is not such a model, OSError if the file can't be read."""
    if h5py is None:
        raise ConversionError(f"{path}: the Python package h5py is missing, which reads it (apt-get install "
                              f"python3-h5py, or pip install h5py in build/venv)")
    with path.open("rb") as file:  # errors in reading are reported as for other files
        start = file.read(4)
    if path.stat().st_size > MAX_BYTES:
        raise ConversionError(f"{path}: {path.stat().st_size} bytes (at most {MAX_BYTES} are read)")
    try:
        config, weights = _read_archive(path) if start[:2] == b"PK" else _read_h5(path)
        return graph_of_keras(path, config, weights)
    except ConversionError:
        raise
    except RecursionError:
        raise ConversionError(f"{path}: nested too deeply (expected a Keras model)")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, OSError, RuntimeError,
            zipfile.BadZipFile) as error:
        text = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:120]
        raise ConversionError(f"{path}: not a Keras model: {text} (expected .keras, or .h5 with model_config and "
                              f"model_weights: weights alone do not say which layers there are)")


def _read_h5(path: pathlib.Path) -> tuple[dict, dict[str, np.ndarray]]:
    with h5py.File(path, "r") as file:
        config = json.loads(_text(file.attrs["model_config"]))
        return config, {re.sub(r":\d+$", "", name): array
                        for name, array in _arrays(path, file["model_weights"]).items()}


def _read_archive(path: pathlib.Path) -> tuple[dict, dict[str, np.ndarray]]:
    with zipfile.ZipFile(path) as archive:
        for name in ("config.json", "model.weights.h5"):
            if archive.getinfo(name).file_size > MAX_BYTES:
                raise ConversionError(f"{path}: {name}: more than {MAX_BYTES} bytes")
        config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            numbered = _arrays(path, file)
    return config, dict(_named(path, config, "", numbered, 0))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _arrays(path: pathlib.Path, group: h5py.Group) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    bytes_left = MAX_BYTES

    def take(name: str, item: h5py.Group | h5py.Dataset) -> None:
        nonlocal bytes_left
        if not isinstance(item, h5py.Dataset) or name.startswith("optimizer/"):
            return
        if not np.issubdtype(item.dtype, np.floating):
            return  # counters, or seeds of dropout
        bytes_left -= item.size * 4
        if bytes_left < 0 or len(arrays) >= MAX_WEIGHTS:
            raise ConversionError(f"{path}: weight {name}: too large (expected {MAX_BYTES} bytes of all at most)")
        array = np.asarray(item[()], np.float32)
        if not np.isfinite(array).all():
            raise ConversionError(f"{path}: weight {name}: a value is not finite (expected finite weights)")
        arrays[name] = array

    group.visititems(take)
    return arrays


def _snake(name: str) -> str:
    """A class's name as Keras writes it in paths: DepthwiseConv2D is depthwise_conv2d, ReLU is re_lu."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _named(path: pathlib.Path, model: dict, where: str, numbered: dict[str, np.ndarray], depth: int):
    """The weights by the names of their layers and parts, as the reader of layers asks for them."""
    config = model["config"]
    layers = config["layers"]
    if depth > MAX_DEPTH or len(layers) > MAX_LAYERS:
        raise ConversionError(f"{path}: models nested too deeply, or too many layers")
    used: dict[str, int] = {}
    for index, layer in enumerate(layers):
        kind = str(layer["class_name"])
        snake = _snake(kind)
        used[snake] = used.get(snake, -1) + 1
        place = f"{where}layers/{snake}" + (f"_{used[snake]}" if used[snake] else "")
        if kind in MODELS:
            yield from _named(path, layer, f"{place}/", numbered, depth + 1)
            continue
        parts = [part for part in _PARTS.get(kind, ())
                 if layer["config"].get(_SWITCHES.get(part, ""), True)]
        for number, part in enumerate(parts):
            found = numbered.get(f"{place}/vars/{number}")
            if found is None:
                raise ConversionError(f"{path}: {place}/vars/{number} is missing, {part} of layer "
                                      f"{name_of(layer, index)} (expected it in model.weights.h5)")
            yield f"{where}{name_of(layer, index)}/{part}", found

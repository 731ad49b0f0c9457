"""Turns a state dict of a network that exists in one shape only (AlexNet, VGG, GoogLeNet, ResNet, SqueezeNet) into the
layers of a model file. The program describes its networks (summary --format json); this module knows the names that
torchvision and timm give to the tensors of each layer. Batch norms are folded; classifiers that only help to train the
network are left out. Every other tensor must belong to a layer."""
from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import origins, program
from .graph import ConversionError
from .model import NONE, Layer, Model, Window
from .origins import Origin
from .taken_tensors import TakenTensors

_Row = dict  # one layer as `summary` prints it


@dataclass(frozen=True)
class _Names:
    """A layer's tensors: WEIGHTS.weight, WEIGHTS.bias if there is no batch norm, NORM.running_mean, ..."""
    weights: str
    norm: str | None = None


_NamesOf = Callable[[list[_Row]], dict[str, _Names]]  # by layer name


@dataclass(frozen=True)
class _Scheme:
    stem: str  # a tensor that all networks of the scheme have, and no other scheme has
    names_of: _NamesOf
    left_out: tuple[str, ...] = ()  # beginnings of the names of tensors that no network needs


def _in_features(fully_connected: tuple[str, ...], of_convolution: int) -> _NamesOf:
    """AlexNet and VGG: a list of convolutions, possibly with batch norms, of activations and of pools."""
    def names_of(rows: list[_Row]) -> dict[str, _Names]:
        names: dict[str, _Names] = {}
        index = 0
        rest = list(fully_connected)
        for row in rows:
            if row["operator"] == "conv":
                norm = f"features.{index + 1}" if of_convolution == 3 else None
                names[row["name"]] = _Names(f"features.{index}", norm)
                index += of_convolution
            elif row["operator"] == "max_pool":
                index += 1
            elif row["operator"] == "fully_connected":
                names[row["name"]] = _Names(rest.pop(0))
        return names
    return names_of


def _squeezenet(rows: list[_Row]) -> dict[str, _Names]:
    names: dict[str, _Names] = {}
    index = 2  # after conv1 and its activation
    for row in rows:
        if row["name"] == "conv1":
            names["conv1"] = _Names("features.0")
        elif row["name"] == "conv10":
            names["conv10"] = _Names("classifier.1")
        elif row["operator"] == "conv":
            part = row["name"].split(".")[1].replace("_", "")  # expand_1x1
            names[row["name"]] = _Names(f"features.{index}.{part}")
        elif row["operator"] in ("max_pool", "concat"):
            index += 1
    return names


_BRANCHES = {"1x1": "branch1", "3x3_reduce": "branch2.0", "3x3": "branch2.1", "5x5_reduce": "branch3.0",
             "5x5": "branch3.1", "pool_project": "branch4.1"}
_GOOGLENET = {"conv1": "conv1", "conv2_reduce": "conv2", "conv2": "conv3"}


def _googlenet(rows: list[_Row]) -> dict[str, _Names]:
    names = {"logits": _Names("fc")}
    for row in rows:
        if row["operator"] == "conv":
            module, _, branch = row["name"].partition(".")
            prefix = f"{module.replace('_', '')}.{_BRANCHES[branch]}" if branch else _GOOGLENET[module]
            names[row["name"]] = _Names(f"{prefix}.conv", f"{prefix}.bn")
    return names


def _resnet(rows: list[_Row]) -> dict[str, _Names]:
    names = {"logits": _Names("fc")}
    for row in rows:
        if row["operator"] == "conv":
            name = row["name"]
            names[name] = _Names(f"{name}.0", f"{name}.1") if name.endswith("downsample") else \
                _Names(name, name[:-len("conv1")] + name[-len("conv1"):].replace("conv", "bn"))
    return names


_OF_TORCHVISION = ("classifier.0", "classifier.3", "classifier.6")
_OF_TIMM = ("pre_logits.fc1", "pre_logits.fc2", "head.fc")
_SCHEMES = {
    origins.ALEXNET: _Scheme("features.0.weight", _in_features(("classifier.1", "classifier.4", "classifier.6"), 2)),
    origins.VGG: _Scheme("features.0.weight", _in_features(_OF_TORCHVISION, 2)),
    origins.VGG_BN: _Scheme("features.0.weight", _in_features(_OF_TORCHVISION, 3)),
    origins.TIMM_VGG: _Scheme("features.0.weight", _in_features(_OF_TIMM, 2)),
    origins.TIMM_VGG_BN: _Scheme("features.0.weight", _in_features(_OF_TIMM, 3)),
    origins.SQUEEZENET: _Scheme("features.0.weight", _squeezenet),
    origins.GOOGLENET: _Scheme("conv1.conv.weight", _googlenet, ("aux1.", "aux2.")),
    origins.RESNET: _Scheme("layer1.0.conv1.weight", _resnet),
}


def stems() -> tuple[str, ...]:
    return tuple(dict.fromkeys(scheme.stem for scheme in _SCHEMES.values()))


def fitting(tensors: dict[str, np.ndarray], path: pathlib.Path) -> list[Origin] | None:
    """The origins whose network has these tensors, with any number of classes; None if the tensors fit none of them.
    Raises ConversionError for tensors that are nearly those of a network."""
    if not any(stem in tensors for stem in stems()):
        return None
    found: list[Origin] = []
    nearest: tuple[int, str, str] | None = None  # how many tensors do not fit, the network, the first of them
    for origin in origins.NAMED:
        listing = program.listing(origin.architecture)
        if listing is None:
            continue
        wrong = _misfits(tensors, listing.layers, _SCHEMES[origin.naming])
        if not wrong:
            found.append(origin)
        elif nearest is None or len(wrong) < nearest[0]:
            nearest = len(wrong), origin.names()[0], wrong[0]
    if found:
        return found
    if nearest is None:
        raise ConversionError(f"{path}: the program has none of the networks with such names (expected this version's)")
    known = dict.fromkeys(name.split(".")[0] for origin in origins.NAMED for name in origin.names())
    raise ConversionError(f"{path}: {nearest[2]}, as {nearest[1]} has it (expected a state dict of {', '.join(known)})")


def _misfits(tensors: dict[str, np.ndarray], rows: list[_Row], scheme: _Scheme) -> list[str]:
    """What is wrong with the weights, and which are superfluous; the rest is checked when they are used."""
    names = scheme.names_of(rows)
    wrong = []
    known = {name + "." for name in (part for pair in names.values() for part in (pair.weights, pair.norm)) if name}
    weighted = [row for row in rows if row["name"] in names]
    for row in weighted:
        name = f"{names[row['name']].weights}.weight"
        if name not in tensors:
            wrong.append(f"no {name}")
        elif not _has_shape(tensors[name].shape, row, is_open=row is weighted[-1]):
            wrong.append(f"{name} is {list(tensors[name].shape)} (not {_stored_shape(row)})")
    for name in tensors:
        prefix = name.rpartition(".")[0] + "."
        if prefix not in known and not name.startswith(scheme.left_out):
            wrong.append(f"{name[:80]} belongs to no layer")
    return wrong


def _stored_shape(row: _Row) -> list[int]:
    """[OC, IC, KH, KW], or [OC, IC]."""
    shape = row["weights_shape"]
    return shape if len(shape) == 2 else [shape[0], shape[3], shape[1], shape[2]]


def _has_shape(found: tuple[int, ...], row: _Row, is_open: bool) -> bool:
    """Fully connected layers may be stored as convolutions over their whole map."""
    wanted = _stored_shape(row)
    if row["operator"] == "fully_connected" and len(found) == 4:
        height, width, channels = row["input_shape"]
        wanted = [wanted[0], channels, height, width]
    start = 1 if is_open else 0
    return len(found) == len(wanted) and list(found[start:]) == wanted[start:] and found[0] > 0


def build(tensors: dict[str, np.ndarray], path: pathlib.Path, origin: Origin, resolution: int | None) -> Model:
    """Raises ConversionError."""
    scheme = _SCHEMES[origin.naming]
    own = program.listing(origin.architecture)
    names = scheme.names_of(own.layers)
    last = [names[row["name"]] for row in own.layers if row["name"] in names][-1]
    classes = tensors[f"{last.weights}.weight"].shape[0]
    size = resolution or origin.resolution or own.resolution
    listing = program.listing(origin.architecture, 1.0, size, classes)
    if listing is None:
        raise ConversionError(f"{path}: {size} pixels and {classes} classes (expected a --resolution that "
                              f"{origin.architecture} can have)")
    taker = _Taker(tensors, path, scheme.left_out)
    indices = {"input": 0}
    layers: list[Layer] = []
    for row in listing.layers:
        layer = _layer_of(row, [indices[name] for name in row["inputs"]])
        if row["name"] in names:
            taker.fill(layer, row, names[row["name"]], origin.epsilon)
        layers.append(layer)
        indices[row["name"]] = len(layers)
    taker.check_rest()
    return Model(origin.architecture, 1.0, size, classes, NONE, None, list(origin.mean), list(origin.std), layers,
                 has_name=True, crop_fraction=origin.crop_fraction, interpolation=origin.interpolation)


def _layer_of(row: _Row, inputs: list[int]) -> Layer:
    window = None
    if "kernel" in row:
        window = Window(tuple(row["kernel"]), row["stride"], tuple(row["padding"]))
    return Layer(row["name"], row["operator"], inputs, tuple(row["output_shape"]), row["activation"], window=window,
                 groups=row.get("groups", 1))


class _Taker(TakenTensors):
    """Assigns the tensors to their layers."""

    def fill(self, layer: Layer, row: _Row, names: _Names, epsilon: float) -> None:
        weights = self.take(f"{names.weights}.weight")
        if not _has_shape(weights.shape, row, is_open=False):
            raise ConversionError(f"{self.path}: {names.weights}.weight: {list(weights.shape)} (expected "
                                  f"{_stored_shape(row)}, at this number of pixels)")
        outputs = weights.shape[0]
        if row["operator"] == "conv":
            weights = weights.transpose(0, 2, 3, 1)
        else:  # from [C, H, W] to [H, W, C]
            height, width, channels = row["input_shape"]
            weights = weights.reshape(outputs, channels, height, width).transpose(0, 2, 3, 1).reshape(outputs, -1)
        has_bias = names.norm is None or f"{names.weights}.bias" in self.tensors
        bias = self.vector(f"{names.weights}.bias", outputs) if has_bias else 0.0
        if names.norm is not None:
            norm = self.batch_norm(names.norm, lambda name: self.vector(name, outputs).astype(np.float64), epsilon)
            weights, bias = norm.fold(weights.astype(np.float64), 0, np.asarray(bias, np.float64))
        layer.weights, layer.bias = self.rounded(layer.name, weights, bias)

    def vector(self, name: str, count: int) -> np.ndarray:
        vector = self.take(name)
        if vector.shape != (count, ):
            raise ConversionError(f"{self.path}: {name}: {list(vector.shape)} (expected [{count}])")
        return vector

    def take(self, name: str) -> np.ndarray:
        tensor = self.find(name)
        if tensor.dtype.kind != "f":
            raise ConversionError(f"{self.path}: {name}: {tensor.dtype} {list(tensor.shape)} (expected floats)")
        return self.use(name)

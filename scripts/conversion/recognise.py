"""Finds the name that stands for a network's layers. The program knows the networks with a name and prints
their layers; the translated ones are compared with these, and take their names.

A network that equals one of these up to its head, or except for the padding of its convolutions, keeps its own layers
and gets a title that says so."""
from __future__ import annotations

import dataclasses
import math
import statistics
from dataclasses import dataclass

from . import program
from .model import Layer, Model
from .program import Listing

MAX_WIDTH_MULTIPLIER = 16


@dataclass(frozen=True)
class _Kind:
    """How much of a network must agree with the name."""
    with_head: bool = True
    with_padding: bool = True

    def title(self, architecture: str) -> str:
        own = " and ".join((["padding"] if not self.with_padding else []) + (["head"] if not self.with_head else []))
        return f"{architecture}, own {own}"


_AS_NAMED = _Kind()
_SIMILAR = (_Kind(with_head=False), _Kind(with_padding=False), _Kind(with_head=False, with_padding=False))


def recognise(model: Model) -> Model:
    """The model under the name of an architecture that has these layers; else unchanged, possibly with a
    title. Raises ConversionError if there is no program to ask."""
    if model.has_name:
        return model
    references = [found for name in program.architectures()
                  if (found := program.listing(name, 1.0, model.resolution, model.classes))]
    for kind in (_AS_NAMED, *_SIMILAR):
        for reference in references:
            named = _at_some_width(model, reference, kind)
            if named is not None:
                return _renamed(model, named, kind)
    return model


def _renamed(model: Model, named: Listing, kind: _Kind) -> Model:
    layers = [dataclasses.replace(layer, name=other["name"])
              for layer, other in zip(model.layers, _compared(named, kind))]
    layers += model.layers[len(layers):]
    is_named = kind == _AS_NAMED
    return dataclasses.replace(model, architecture=named.architecture if is_named else kind.title(named.architecture),
                               width_multiplier=named.width_multiplier, layers=layers, has_name=is_named)


def _compared(listing: Listing, kind: _Kind) -> list[dict]:
    """All layers, or those before the pool over the whole map; none if there is no such pool."""
    if kind.with_head:
        return listing.layers
    pools = [i for i, layer in enumerate(listing.layers) if layer["operator"] == "avg_pool"]
    return listing.layers[:pools[0]] if pools else []


def _at_some_width(model: Model, reference: Listing, kind: _Kind) -> Listing | None:
    """The reference at the width multiplier with which it is the model, if there is one. Additions are not compared
    earlier: which blocks have one depends on the width."""
    ours = [layer for layer in model.layers if layer.weights is not None]
    theirs = [layer for layer in _compared(reference, kind) if "weights_shape" in layer]
    if not theirs or len(ours) < len(theirs) or not all(
            _computes_as(layer, other) for layer, other in zip(ours, theirs)):
        return None
    # Without the logits, which do not depend on the width.
    for width in _widths([(other["output_shape"][2], layer.shape[2]) for layer, other in zip(ours, theirs)
                          if other["name"] != "logits"]):
        named = program.listing(reference.architecture, width, model.resolution, model.classes)
        if named is not None and _is(model, named, kind):
            return named
    return None


def _is(model: Model, named: Listing, kind: _Kind) -> bool:
    compared = _compared(named, kind)
    if len(model.layers) < len(compared) or (kind.with_head and len(model.layers) > len(compared)):
        return False
    return all(_is_same(model.layers[i], compared, i, kind) for i in range(len(compared)))


def _is_same(layer: Layer, compared: list[dict], index: int, kind: _Kind) -> bool:
    other = compared[index]
    inputs = ["input" if value == 0 else compared[value - 1]["name"] for value in layer.inputs]
    has_same_inputs = sorted(inputs) == sorted(other["inputs"]) if layer.operator == "add" else \
        inputs == other["inputs"]
    return (_computes_as(layer, other) and has_same_inputs and list(layer.shape) == other["output_shape"] and
            other["activation"] in (layer.activations or (layer.activation,)) and
            (layer.window is None or not kind.with_padding or list(layer.window.padding) == other["padding"]))


def _computes_as(layer: Layer, other: dict) -> bool:
    """Whether a layer equals the reference's except for channels, padding and activation."""
    if layer.operator != other["operator"]:
        return False
    if layer.window is None:
        return all(math.isclose(number, other[key], rel_tol=1e-5) for key, number in layer.numbers.items())
    has_same_groups = layer.operator == "depthwise" or layer.groups == other.get("groups", 1)
    return has_same_groups and list(layer.window.kernel) == other["kernel"] and layer.window.stride == other["stride"]


def _widths(channels: list[tuple[int, int]]) -> list[float]:
    """Width multipliers that may turn the first of each pair into the second, the roundest first. The widest layers
    show the width best; there are several, because some layers do not shrink with it."""
    if all(wide == found for wide, found in channels):
        return [1.0]
    widest = sorted(channels, reverse=True)[:7]
    guess = statistics.median(found / wide for wide, found in widest)
    widths: list[float] = []
    for decimals, step in ((1, 10), (2, 20), (2, 100), (3, 1000), (4, 10_000)):
        widths += [round((round(guess * step) + offset) / step, decimals) for offset in (0, 1, -1, 2, -2, 3, -3)]
    return [width for width in dict.fromkeys((*widths, guess)) if 0 < width <= MAX_WIDTH_MULTIPLIER]

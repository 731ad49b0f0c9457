"""Turns a model of one number type into the same model of another.

uint8 per tensor -> int8 per channel: the zero point is subtracted from the weights. If all |w -
zero_point| of an output channel are <= 127, these are the same numbers at the same scale, so the channel is
exact; otherwise the scale grows to scale x max / 127 and weights and bias are rounded again. The feature
maps' zero points move by 128."""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from .graph import ConversionError, Quantization
from .model import NONE, S8_PER_CHANNEL, U8_PER_TENSOR, Layer, Model


@dataclass
class ChannelCount:
    exact: int = 0
    total: int = 0


def convert(model: Model, quantization: str) -> tuple[Model, ChannelCount | None]:
    """The model in this quantisation, with the number of exact channels if some may not be."""
    if quantization == model.quantization:
        return model, None
    if quantization == NONE:
        return _each_layer(model, NONE, _dequantized), None
    if model.quantization == NONE:
        raise ConversionError(
            f"float weights cannot become {quantization}: the scales of the feature maps would have "
            f"to be measured on images (expected a quantised file)")
    if quantization == S8_PER_CHANNEL:
        count = ChannelCount()
        return _each_layer(model, S8_PER_CHANNEL, lambda layer: _as_s8(layer, count)), count
    return _each_layer(model, U8_PER_TENSOR, _as_u8), None


def _each_layer(model: Model, quantization: str, change) -> Model:
    shift = {S8_PER_CHANNEL: -128, U8_PER_TENSOR: 128, NONE: 0}[quantization]
    return dataclasses.replace(model, quantization=quantization, input=_moved(model.input, shift),
                               layers=[change(layer) for layer in model.layers])


def _moved(quantization: Quantization | None, shift: int) -> Quantization | None:
    return quantization and Quantization(quantization.scale, quantization.zero_point + shift)


def _dequantized(layer: Layer) -> Layer:
    if layer.weights is None:
        return layer
    scales = layer.weights_scale
    weights = (layer.weights.astype(np.float32) -
               np.float32(layer.weights_zero_point)) * layer.per_channel(scales)
    # In float64: a bias of 32 bits does not fit the 24 of a float32.
    bias = layer.bias * (np.float64(layer.input.scale) * scales.astype(np.float64))
    return dataclasses.replace(layer, weights=weights, bias=bias.astype(np.float32))


def _as_s8(layer: Layer, count: ChannelCount) -> Layer:
    moved = {"input": _moved(layer.input, -128), "output": _moved(layer.output, -128)}
    if layer.weights is None:
        return dataclasses.replace(layer, **moved)
    centred = layer.weights.astype(np.int16) - layer.weights_zero_point
    other_axes = tuple(axis for axis in range(centred.ndim) if axis != layer.channel_axis)
    largest = np.abs(centred).max(axis=other_axes)
    exact = largest <= 127
    count.exact += int(exact.sum())
    count.total += len(exact)
    # An array: with a single number, NumPy 1 computes in float32 and rounds some weights to their neighbours.
    old = np.full(len(exact), layer.weights_scale[0], np.float64)
    scales = np.where(exact, old, old * largest / 127).astype(np.float32)
    ratio = np.where(exact, 1.0, old / scales)
    weights = np.clip(np.rint(centred * layer.per_channel(ratio)), -127, 127).astype(np.int8)
    bias = np.rint(layer.bias * ratio).astype(np.int32)  # |ratio| <= 1: never overflows
    return dataclasses.replace(layer, weights=weights, bias=bias, weights_scale=scales, weights_zero_point=0,
                               **moved)


def _as_u8(layer: Layer) -> Layer:
    moved = {"input": _moved(layer.input, 128), "output": _moved(layer.output, 128)}
    if layer.weights is None:
        return dataclasses.replace(layer, **moved)
    if (layer.weights_scale != layer.weights_scale[0]).any():
        raise ConversionError(
            f"layer {layer.name}: one scale per channel cannot become one per tensor exactly "
            f"(expected --quantization s8 or none)")
    weights = (layer.weights.astype(np.int16) + 128).astype(np.uint8)
    return dataclasses.replace(layer, weights=weights, weights_scale=layer.weights_scale[:1],
                               weights_zero_point=128, **moved)

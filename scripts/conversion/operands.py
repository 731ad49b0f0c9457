"""The operands of a graph's operators: constant weights and biases, and the scales of the outputs. All
of it comes from a file and is checked here before it is used."""
from __future__ import annotations

import numpy as np

from .graph import ConversionError, Operator, Quantization, Tensor, describe, describe_quantization

RANGES = {"UINT8": (0, 255), "INT8": (-128, 127)}


def demand(fits: bool, operator: Operator, found: str, expected: str) -> None:
    if not fits:
        raise ConversionError(f"{operator.where}: {found} (expected {expected})")


def one_quantization(tensor: Tensor, what: str) -> Quantization:
    """The scale and zero point of a whole tensor."""
    one = tensor.quantization()
    low, high = RANGES.get(tensor.dtype, (0, 0))
    if one is None or not low <= one.zero_point <= high:
        raise ConversionError(f"{what} has {describe_quantization(tensor)} (expected one scale, and a zero "
                              f"point from {low} to {high})")
    return one


def output_of(operator: Operator, dtype: str) -> Quantization | None:
    """The quantisation of its output, which must have this type."""
    demand(operator.output.dtype == dtype, operator, f"output is {operator.output.dtype}", dtype)
    if dtype == "FLOAT32":
        return None
    return one_quantization(operator.output, f"{operator.where}: output")


def weights_of(operator: Operator, rank: int, channel_axis: int,
               dtype: str) -> tuple[np.ndarray, tuple[np.ndarray, int] | None]:
    """The weights for maps of type `dtype`; if those are quantised, with their scales, one per tensor (uint8) or
    one per channel (int8), and zero point. int8 weights of float maps are made float."""
    tensor = operator.inputs[1] if len(operator.inputs) > 1 else None
    demand(tensor is not None and tensor.data is not None, operator, "weights are not a constant",
           "constant weights")
    demand(tensor.data.ndim == rank and min(tensor.data.shape) > 0, operator, f"weights {list(tensor.shape)}",
           f"{rank} dimensions")
    if dtype == "FLOAT32":
        return _float_weights(operator, tensor), None
    demand(tensor.dtype == dtype, operator, f"weights are {tensor.dtype}", dtype)
    demand(tensor.scales is not None, operator, "weights have no scale", "a scale")
    if dtype == "UINT8":
        one = one_quantization(tensor, f"{operator.where}: weights")
        return tensor.data, (np.array([one.scale], np.float32), one.zero_point)
    channels, count = tensor.data.shape[channel_axis], len(tensor.scales)
    demand(count in (1, channels), operator, f"weights have {count} scales", f"{channels}")
    demand(count == 1 or tensor.quantized_dimension == channel_axis, operator,
           f"weights are quantised along dimension {tensor.quantized_dimension}", f"{channel_axis}")
    demand(not tensor.zero_points.any(), operator, "weights have a zero point", "zero point 0")
    return tensor.data, (np.array(np.broadcast_to(tensor.scales, (channels,)), np.float32), 0)


def _float_weights(operator: Operator, tensor: Tensor) -> np.ndarray:
    if tensor.dtype in RANGES:
        demand(tensor.scales is not None, operator, "weights have no scale", "a scale")
        data = real_values(tensor, operator)
    else:
        demand(tensor.dtype == "FLOAT32", operator, f"weights are {tensor.dtype}", "FLOAT32")
        data = tensor.data
    demand(bool(np.isfinite(data).all()), operator, "a weight is not finite", "finite weights")
    return data


def real_values(tensor: Tensor, operator: Operator) -> np.ndarray:
    """A constant as float32: integers by their scales, half floats as they are."""
    if tensor.scales is None:
        return tensor.data.astype(np.float32)
    shape = [1] * tensor.data.ndim
    count = len(tensor.scales)
    if count > 1:
        axis = tensor.quantized_dimension
        demand(0 <= axis < tensor.data.ndim and tensor.data.shape[axis] == count, operator,
               f"constant {describe(tensor)} has {count} scales along dimension {axis}",
               "one, or one per channel")
        shape[axis] = count
    scales, zero_points = (part.reshape(shape) for part in (tensor.scales, tensor.zero_points))
    with np.errstate(over="ignore"):  # becomes infinite, and is found
        return ((tensor.data.astype(np.float64) - zero_points) * scales).astype(np.float32)


def bias_of(operator: Operator, channels: int, scales: tuple[np.ndarray, int] | None,
            before: Quantization | None) -> np.ndarray:
    """Zeros if there is none. `scales` are those of the weights, `before` the quantisation of the input map;
    both None for float maps."""
    dtype, numpy_type = ("FLOAT32", np.float32) if scales is None else ("INT32", np.int32)
    tensor = operator.inputs[2] if len(operator.inputs) > 2 else None
    if tensor is None:
        return np.zeros(channels, numpy_type)
    demand(tensor.data is not None and tensor.dtype == dtype and tensor.data.shape == (channels,), operator,
           f"bias is {describe(tensor)}", f"constant {dtype} [{channels}]")
    if scales is None:
        demand(bool(np.isfinite(tensor.data).all()), operator, "a bias is not finite", "finite biases")
    elif tensor.scales is not None:
        implied = np.float64(before.scale) * scales[0]
        demand(len(tensor.scales) in (1, len(implied)) and np.allclose(tensor.scales, implied, 1e-3, 0) and
               not tensor.zero_points.any(), operator, "bias has another scale",
               "input scale x weights scale, zero point 0")
    return tensor.data

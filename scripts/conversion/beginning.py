"""What a graph holds before the first layer: changes of type, and the normalisation of the pixels if the
network itself does it. None of this becomes a layer; the file's preprocessing expresses all of it."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .graph import (ConversionError, Graph, Normalization, Operator, Quantization, Tensor, describe,
                    describe_quantization)
from .operands import RANGES, demand, one_quantization, real_values

_CHANNELS_LAST = (0, 2, 3, 1)


@dataclass
class Beginning:
    start: Tensor  # what the first layer reads
    input: Quantization | None  # its quantisation, if it is quantised
    normalization: Normalization | None  # None: the file does not say
    operators: list[Operator]  # the remaining ones


def take_beginning(graph: Graph, operators: list[Operator], given: Normalization | None) -> Beginning:
    """`given` is what the user says about the network's input; without it, the file decides. Raises
    ConversionError."""
    steps = _Steps(graph)
    rest = list(operators)
    while rest and steps.take(rest[0]):
        rest.pop(0)
    steps.check_ranges()
    start, outer = steps.at, graph.input
    if start.dtype == "FLOAT32":
        if outer.dtype != "FLOAT32" and not steps.takes_pixels:
            raise ConversionError(f"{graph.path}: input is {describe(outer)} but the network is FLOAT32 "
                                  f"(expected FLOAT32)")
        return Beginning(start, None, steps.normalization(given), rest)
    if start.dtype not in ("UINT8", "INT8"):
        raise ConversionError(
            f"{graph.path}: input is {describe(start)} (expected FLOAT32, UINT8 or INT8)")
    quantization = one_quantization(start, f"{graph.path}: input")
    normalization = steps.normalization(given)
    if outer.dtype != "FLOAT32" and given is None:
        pixels = _as_uint8(outer, one_quantization(outer, f"{graph.path}: input"))
        # The file takes pixels as they are: mean and std map each pixel p to the quantised value p.
        normalization = [float(pixels.zero_point)] * 3, [1.0 / float(pixels.scale)] * 3
        first = steps.before_arithmetic or start
        if pixels != _as_uint8(first, one_quantization(first, f"{graph.path}: input")):
            raise ConversionError(
                f"{graph.path}: input has {describe_quantization(outer)}, then QUANTIZE makes it "
                f"{describe_quantization(first)} (expected the same values)")
        if steps.changes_values:
            normalization = steps.changed(normalization)
    return Beginning(start, quantization, normalization, rest)


class _Steps:
    """The operators so far: real values become scale x + offset."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.at = graph.input
        self.takes_pixels = False  # as whole numbers
        self.scale, self.offset = np.ones(3), np.zeros(3)
        self.changes_values = False
        # For quantised arithmetic: what it begins with, and which of those values each map can hold, one step more at
        # each end, and their steps.
        self.before_arithmetic: Tensor | None = None
        self.ranges: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []

    def take(self, operator: Operator) -> bool:
        """Whether the operator belongs to the beginning."""
        if operator.output is None or not operator.inputs or \
                not any(tensor is self.at for tensor in operator.inputs):
            return False
        if operator.kind in ("MUL", "DIV", "ADD", "SUB"):
            if not self._arithmetic(operator):
                return False
        elif operator.kind == "CAST":
            demand(self.at.dtype == "UINT8" and self.at.scales is None and
                   operator.output.dtype == "FLOAT32", operator, f"makes {describe(self.at)} "
                   f"{operator.output.dtype}", "pixels of UINT8 as FLOAT32")
            self.takes_pixels = True
        elif operator.kind == "TRANSPOSE":
            order = operator.inputs[1].data if len(operator.inputs) == 2 and operator.inputs[1] else None
            demand(order is not None and tuple(order.reshape(-1)) == _CHANNELS_LAST, operator,
                   "another order of dimensions", f"{list(_CHANNELS_LAST)}")
        elif operator.kind not in ("QUANTIZE", "DEQUANTIZE"):
            return False
        elif self.changes_values and self.at.dtype in RANGES and operator.output.dtype in RANGES:
            self._add_range(f"{operator.where}: output", operator.output)
        self.at = operator.output
        return True

    def _arithmetic(self, operator: Operator) -> bool:
        others = [tensor for tensor in operator.inputs if tensor is not self.at]
        if len(operator.inputs) != 2 or len(others) != 1 or others[0] is None or others[0].data is None:
            return False
        is_quantized = self.at.dtype in RANGES and self.at.scales is not None
        demand(self.at.dtype == "FLOAT32" or is_quantized, operator, f"computes on {describe(self.at)}",
               "FLOAT32, or UINT8 or INT8 with a scale")
        demand(operator.inputs[0] is self.at or operator.kind in ("MUL", "ADD"), operator,
               "takes the pixels second", "the pixels first")
        activation = operator.options.get("activation", "NONE")
        demand(activation == "NONE", operator, f"activation {activation}", "no activation")
        constant = real_values(others[0], operator).astype(np.float64).reshape(-1)
        demand(constant.size in (1, 3) and bool(np.isfinite(constant).all()), operator,
               f"constant {describe(others[0])}", "a finite number, or one per channel")
        if operator.kind in ("MUL", "DIV"):
            demand(bool((constant > 0).all()), operator, "a factor is not positive", "factors above 0")
            factor = constant if operator.kind == "MUL" else 1 / constant
            summand = 0.0 * constant
        else:
            factor = np.ones(constant.size)
            summand = constant if operator.kind == "ADD" else -constant
        if is_quantized:
            demand(operator.output.dtype == self.at.dtype, operator, f"output is {operator.output.dtype}",
                   self.at.dtype)
            if self.before_arithmetic is None:
                self._add_range(f"{operator.where}: input", self.at)
                self.before_arithmetic = self.at
        self.scale, self.offset = self.scale * factor, self.offset * factor + summand
        self.changes_values = True
        if is_quantized:
            self._add_range(f"{operator.where}: output", operator.output)
        return True

    def _add_range(self, where: str, tensor: Tensor) -> None:
        one = one_quantization(tensor, where)
        low, high = RANGES[tensor.dtype]
        step = float(one.scale)
        with np.errstate(all="ignore"):  # what is not finite is found by changed()
            ends = [(step * (end - one.zero_point) - self.offset) / self.scale for end in (low - 1, high + 1)]
            self.ranges.append((where, *ends, step / self.scale))

    def check_ranges(self) -> None:
        """Quantised arithmetic is treated as real. Except for rounding, that is right if no map on the way
        cuts off what the first layer's input could hold, or has much larger steps."""
        if not self.ranges:
            return
        _, first_low, first_high, _ = self.ranges[0]
        _, last_low, last_high, last_step = self.ranges[-1]
        for where, low, high, step in self.ranges[1:-1]:
            if not ((low <= np.maximum(first_low, last_low) + last_step).all() and
                    (high >= np.minimum(first_high, last_high) - last_step).all() and (step <= 2 * last_step).all()):
                raise ConversionError(f"{where} holds {low.max():g} to {high.min():g} of what it is made of, in steps "
                                      f"of {step.max():g} (expected what the first layer's input holds, "
                                      f"{max(first_low.max(), last_low.max()):g} to "
                                      f"{min(first_high.min(), last_high.min()):g} in steps of {last_step.max():g})")

    def normalization(self, given: Normalization | None) -> Normalization | None:
        before = given or self.graph.normalization
        if not self.changes_values and not self.takes_pixels:
            return before
        if before is None or (self.takes_pixels and given is None):
            before = [0.0] * 3, [1.0] * 3  # a network that normalises takes raw pixels
        return self.changed(before)

    def changed(self, before: Normalization) -> Normalization:
        """With x = (pixel - mean) / std and y = x scale + offset, y = (pixel - (mean - offset std / scale)) /
        (std / scale)."""
        mean, std = (np.array(part) for part in before)
        with np.errstate(all="ignore"):
            mean, std = mean - self.offset * std / self.scale, std / self.scale
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
            raise ConversionError(f"{self.graph.path}: makes (pixel - {mean.tolist()}) / {std.tolist()} of a pixel "
                                  f"(expected finite numbers)")
        return mean.tolist(), std.tolist()


def _as_uint8(tensor: Tensor, quantization: Quantization) -> Quantization:
    shift = 128 if tensor.dtype == "INT8" else 0
    return Quantization(quantization.scale, quantization.zero_point + shift)

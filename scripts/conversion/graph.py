"""A network as its file holds it: tensors, and operators in the order of execution. Operators carry the
names of TFLite's built-in operators whatever the file format, so that the matcher needs only one language."""
from __future__ import annotations

import pathlib
from dataclasses import dataclass, field

import numpy as np

from .errors import ConversionError

Normalization = tuple[list[float], list[float]]  # mean and std of real = (pixel - mean) / std, one of each per channel


def printable(text: str) -> str:
    """One line without control characters, since names in an untrusted file can hold anything."""
    return "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True)
class Quantization:
    """real = scale * (q - zero_point), one pair for the whole tensor."""
    scale: np.float32
    zero_point: int


@dataclass
class Tensor:
    name: str
    dtype: str  # as in TFLite: "UINT8", "INT8", "INT32", "FLOAT32", ...
    shape: tuple[int, ...]
    data: np.ndarray | None = None  # None: computed when the network runs
    scales: np.ndarray | None = None  # float32, one or one per channel
    zero_points: np.ndarray | None = None  # int64, as many as scales
    quantized_dimension: int = 0

    def quantization(self) -> Quantization | None:
        """The one scale and zero point of the tensor, or None if it has none or several."""
        if self.scales is None or len(self.scales) != 1:
            return None
        return Quantization(self.scales[0], int(self.zero_points[0]))


@dataclass
class Operator:
    kind: str  # "CONV_2D", "ADD", ...
    where: str  # for messages: "x.tflite: operator 3 (CONV_2D)"
    inputs: list[Tensor | None]
    output: Tensor | None  # None if it has several, which no operator that we know has
    options: dict[str, object] = field(default_factory=dict)


@dataclass
class Graph:
    path: str
    input: Tensor
    output: Tensor
    operators: list[Operator]
    normalization: Normalization | None = None  # from the file's own metadata
    files: list[pathlib.Path] = field(default_factory=list)  # all files that were read
    labels: list[str] | None = None  # the file's own
    crop_fraction: float | None = None  # that of the tool that made it


def join(graphs: list[Graph]) -> Graph:
    """Joins the parts of a network that was cut into several files."""
    whole = graphs[0]
    for part in graphs[1:]:
        _check_seam(whole, part)
        for operator in part.operators:
            operator.inputs = [whole.output if tensor is part.input else tensor for tensor in operator.inputs]
        whole = Graph(whole.path, whole.input, part.output, whole.operators + part.operators,
                      whole.normalization, whole.files + part.files, part.labels or whole.labels,
                      whole.crop_fraction)
    return whole


def _check_seam(first: Graph, second: Graph) -> None:
    left, right = first.output, second.input
    sizes = [int(np.prod(tensor.shape)) for tensor in (left, right)]
    if left.dtype != right.dtype or sizes[0] != sizes[1] or left.shape[-1] != right.shape[-1]:
        raise ConversionError(f"{second.path}: input is {describe(right)} (expected {describe(left)}, "
                              f"the output of {first.path})")
    if left.quantization() != right.quantization():
        raise ConversionError(f"{second.path}: input has {describe_quantization(right)} (expected "
                              f"{describe_quantization(left)}, as the output of {first.path})")


def describe(tensor: Tensor) -> str:
    return f"{tensor.dtype} {list(tensor.shape)}"


def describe_quantization(tensor: Tensor) -> str:
    one = tensor.quantization()
    if one is not None:
        return f"scale {one.scale!s} and zero point {one.zero_point}"
    return "no scale" if tensor.scales is None else f"{len(tensor.scales)} scales"

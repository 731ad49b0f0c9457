"""Reads an ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) into a Graph: maps turned from channels
first to channels last, batch norms and other multiplications and additions of constants folded into the layer before
them. Operators that only view a tensor differently (Transpose, the idiom of Shape, Gather and Concat that torch
writes for a flatten) are followed while reading and leave no operator. The file is not trusted: every count and size is
limited before it is used."""
from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass, field

import numpy as np

from . import protobuf
from .batch_norm import BatchNorm
from .graph import ConversionError, Graph, Operator, Tensor, printable

MAX_FILE_BYTES = 2 << 30
MAX_NODES = 10_000
MAX_RANK = 8
MAX_ELEMENTS = 1 << 28
MAX_FOLDED_ELEMENTS = 1 << 16  # computed from constants: shapes are

# TensorProto.DataType
_DTYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"}
_FLOATS, _UINT8 = (1, 10, 11), 2


def read_onnx(path: pathlib.Path, resolution: int | None = None) -> Graph:
    """`resolution` is the input's height and width if the file leaves them open. Raises ConversionError if the file
    is not an ONNX model or is damaged, OSError if it can't be read."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ConversionError(f"{path}: {size} bytes (at most {MAX_FILE_BYTES} are read)")
    data = memoryview(path.read_bytes())
    try:
        parser = _Parser(path)
        return _Reader(path, parser.model(data), resolution, parser.files).read()
    except ConversionError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, ZeroDivisionError) as error:
        text = " ".join(str(error).split())[:120] or type(error).__name__
        raise ConversionError(f"{path}: not an ONNX model, damaged or cut short: {printable(text)} (expected a whole "
                              f"one)")


# The messages, as far as they are needed here.

@dataclass
class _Node:
    kind: str = ""
    name: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass
class _Graph:
    nodes: list[_Node] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    inputs: list[tuple[str, int, list[int]]] = field(default_factory=list)  # type, shape with 0 for open sizes
    outputs: list[str] = field(default_factory=list)


class _Parser:
    def __init__(self, path: pathlib.Path):
        self.path = path
        self.files = [path]  # all files read
        self.external_bytes = 0

    def model(self, data: memoryview) -> _Graph:
        graph = next((value for number, kind, value in protobuf.fields(data)
                      if number == 7 and kind == protobuf.BYTES), None)  # ModelProto.graph
        if graph is None:
            raise ValueError("no graph")
        return self.graph(graph)

    def graph(self, data: memoryview) -> _Graph:
        graph = _Graph()
        for number, _, value in protobuf.fields(data):
            if number == 1:
                graph.nodes.append(self.node(value))
                if len(graph.nodes) > MAX_NODES:
                    raise ValueError(f"more than {MAX_NODES} nodes")
            elif number == 5:
                name, array = self.tensor(value)
                if name in graph.constants:
                    raise ValueError(f"two constants are called {name[:80]}")
                graph.constants[name] = array
            elif number == 11:
                graph.inputs.append(_value_info(value))
            elif number == 12:
                graph.outputs.append(_value_info(value)[0])
        return graph

    def node(self, data: memoryview) -> _Node:
        node = _Node()
        domain = ""
        for number, _, value in protobuf.fields(data):
            if number == 1:
                node.inputs.append(protobuf.text(value))
            elif number == 2:
                node.outputs.append(protobuf.text(value))
            elif number == 3:
                node.name = printable(protobuf.text(value))[:80]
            elif number == 4:
                node.kind = printable(protobuf.text(value))[:40]
            elif number == 5:
                name, attribute = self.attribute(value)
                node.attributes[name] = attribute
            elif number == 7:
                domain = printable(protobuf.text(value))[:40]
        if domain not in ("", "ai.onnx"):
            node.kind = f"{domain}.{node.kind}"
        return node

    def attribute(self, data: memoryview) -> tuple[str, object]:
        name, found = "", None
        several: list = []
        for number, kind, value in protobuf.fields(data):
            if number == 1:
                name = protobuf.text(value)
            elif number == 2:
                found = float(protobuf.floats(value)[0])
            elif number == 3:
                found = protobuf.signed(value)
            elif number == 4:
                found = protobuf.text(value)
            elif number == 5:
                found = self.tensor(value)[1]
            elif number == 7:
                several += protobuf.floats(value).tolist()
            elif number == 8:
                several += protobuf.integers(kind, value)
        return name, several if several and found is None else found

    def tensor(self, data: memoryview) -> tuple[str, np.ndarray]:
        name, shape, dtype = "", [], 0
        raw: memoryview | bytes | None = None
        typed: list[np.ndarray] = []
        external: dict[str, str] = {}
        is_external = False
        for number, kind, value in protobuf.fields(data):
            if number == 1:
                shape += protobuf.integers(kind, value)
            elif number == 2:
                dtype = int(value)
            elif number in (4, 10):
                typed.append(protobuf.floats(value, "<f4" if number == 4 else "<f8"))
            elif number in (5, 7):
                typed.append(np.frombuffer(protobuf.integers(kind, value), np.int64))
            elif number == 8:
                name = protobuf.text(value)
            elif number == 9:
                raw = memoryview(value)
            elif number == 13:
                key, text = _entry(value)
                external[key] = text
            elif number == 14:
                is_external = value == 1
        shown = printable(name)[:80]
        if len(shape) > MAX_RANK:
            raise ValueError(f"tensor {shown}: {len(shape)} dimensions")
        elements = 1
        for extent in shape:
            elements *= extent
            if extent < 0 or elements > MAX_ELEMENTS:
                raise ValueError(f"tensor {shown}: shape {shape}")
        if dtype not in _DTYPES:
            return name, np.empty(0)  # refused when it is used
        if is_external:
            raw = self.external(shown, external, elements * np.dtype(_DTYPES[dtype]).itemsize)
        if raw is not None:
            array = np.frombuffer(raw, _DTYPES[dtype])
        elif dtype == 10:  # half floats are stored as integers with their bits
            array = np.concatenate([np.empty(0, np.int64), *typed]).astype(np.uint16).view("<f2")
        else:
            array = np.concatenate([np.empty(0, _DTYPES[dtype]), *typed]).astype(_DTYPES[dtype])
        if array.size != elements:
            raise ValueError(f"tensor {shown}: {array.size} numbers, expected {elements}")
        return name, (array.astype(np.float32) if dtype == 10 else array).reshape(shape)

    def external(self, name: str, entry: dict[str, str], wanted: int) -> bytes:
        """The bytes of a tensor in another file, which must lie beside the model or below its folder."""
        def demand(fits: bool, found: str, expected: str) -> None:
            if not fits:
                raise ConversionError(f"{self.path}: tensor {name}: {printable(found)[:120]} (expected {expected})")

        location = entry.get("location", "")
        folder = self.path.parent.resolve()
        target = pathlib.Path(os.path.realpath(folder / location)) if "\0" not in location else folder
        demand(location != "" and not os.path.isabs(location) and folder in target.parents,
               f"its data are in {location!r}", "a file in the model's folder")
        numbers = [entry.get("offset", "0"), entry.get("length", str(wanted))]
        demand(all(number.isascii() and number.isdigit() and len(number) < 16 for number in numbers),
               f"offset and length {numbers}", "whole numbers")
        offset, length = map(int, numbers)
        self.external_bytes += length
        demand(length == wanted and self.external_bytes <= MAX_FILE_BYTES, f"{length} bytes", f"{wanted}")
        demand(target.is_file(), f"its data are in {location}, which is missing", "that file beside the model")
        if target not in self.files:
            self.files.append(target)
        with open(target, "rb") as file:
            file.seek(offset)
            data = file.read(length)
        demand(len(data) == length, f"{location} has {len(data)} bytes from {offset} on", f"{length}")
        return data


def _entry(data: memoryview) -> tuple[str, str]:
    """Key and value of a StringStringEntryProto."""
    parts = {number: protobuf.text(value) for number, kind, value in protobuf.fields(data) if kind == protobuf.BYTES}
    return parts.get(1, ""), parts.get(2, "")


def _value_info(data: memoryview) -> tuple[str, int, list[int]]:
    """Name, type and shape; 0 for sizes that are not fixed."""
    name, kind_of, shape = "", 0, []
    for number, _, value in protobuf.fields(data):
        if number == 1:
            name = protobuf.text(value)
        elif number == 2:
            for tensor in _submessages(value, 1):  # TypeProto.tensor_type
                kind_of = next((v for n, kind, v in protobuf.fields(tensor) if n == 1 and kind == protobuf.VARINT), 0)
                for shape_proto in _submessages(tensor, 2):
                    for dimension in _submessages(shape_proto, 1):
                        sizes = [v for n, kind, v in protobuf.fields(dimension) if n == 1 and kind == protobuf.VARINT]
                        shape.append(min(sizes[0], MAX_ELEMENTS) if sizes else 0)
    return name, kind_of, shape


def _submessages(data: memoryview, wanted: int) -> list[memoryview]:
    return [value for number, kind, value in protobuf.fields(data)
            if number == wanted and kind == protobuf.BYTES]


# From nodes to operators.

_CHANNELS_FIRST, _CHANNELS_LAST = "NCHW", "NHWC"


@dataclass
class _View:
    """A tensor of the Graph, [1, H, W, C] or [1, N], and how the file lays it out."""
    tensor: Tensor
    order: str  # the file's axes, for a map
    channels_first: tuple[int, int, int] | None = None  # for a vector that was [C, H, W] in the file

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in the file."""
        if len(self.tensor.shape) != 4:
            return self.tensor.shape
        return tuple(self.tensor.shape["NHWC".index(axis)] for axis in self.order)

    @property
    def channel_axis(self) -> int:
        return self.order.index("C") if len(self.tensor.shape) == 4 else len(self.tensor.shape) - 1


class _Reader:
    """Walks over the nodes. Each becomes TFLite's operator for it."""

    def __init__(self, path: pathlib.Path, graph: _Graph, resolution: int | None, files: list[pathlib.Path]):
        self.path = path
        self.graph = graph
        self.resolution = resolution
        self.files = files
        self.views: dict[str, _View] = {}
        self.constants = dict(graph.constants)
        self.operators: list[Operator] = []
        self.where = str(path)
        self.reads: dict[str, int] = {name: 1 for name in graph.outputs}
        for node in graph.nodes:
            for name in node.inputs:
                self.reads[name] = self.reads.get(name, 0) + 1
        self.makers: dict[int, Operator] = {}  # by id() of the tensor

    def read(self) -> Graph:
        start = self._input()
        for index, node in enumerate(self.graph.nodes):
            self.where = f"{self.path}: node {index} ({node.kind}{' ' if node.name else ''}{node.name})"
            if "Quantize" in node.kind or node.kind.startswith("QLinear") or node.kind.endswith("Integer"):
                raise ConversionError(f"{self.where}: a quantised ONNX file is not read (expected the float one, or "
                                      f"the quantised network as .tflite)")
            handler = self._HANDLERS.get(node.kind)
            if handler is None:
                raise ConversionError(f"{self.where}: no layer of the program does this (expected "
                                      f"{', '.join(sorted(self._HANDLERS))})")
            self._demand(len(node.outputs) >= 1 and len(node.inputs) + (node.kind == "Constant") >= 1,
                         f"{len(node.inputs)} inputs and {len(node.outputs)} outputs", "some of each")
            for name in node.outputs:
                self._demand(name == "" or (name not in self.views and name not in self.constants),
                             f"computes {name[:80]}, which exists already", "another name")
            handler(self, node)
        end = self.views.get(self.graph.outputs[0])
        if end is None:
            raise ConversionError(f"{self.path}: nothing computes the output {printable(self.graph.outputs[0])[:80]} "
                                  f"(expected a network)")
        for operator in self.operators:
            for tensor in operator.inputs[1:]:
                if tensor.data is not None and tensor.data.dtype == np.float64:  # folded, and now rounded once
                    with np.errstate(over="ignore"):  # becomes infinite, and is refused as such
                        tensor.data = np.ascontiguousarray(tensor.data, np.float32)
        return Graph(str(self.path), start, end.tensor, self.operators, files=self.files)

    def _input(self) -> Tensor:
        inputs = [entry for entry in self.graph.inputs if entry[0] not in self.constants]
        if len(inputs) != 1 or len(self.graph.outputs) != 1:
            raise ConversionError(f"{self.path}: {len(inputs)} inputs and {len(self.graph.outputs)} outputs "
                                  f"(expected one of each)")
        name, kind, shape = inputs[0]
        order = _CHANNELS_FIRST
        if len(shape) == 4 and shape[3] in (1, 3) and shape[1] not in (1, 3):
            order = _CHANNELS_LAST
        sizes = dict(zip(order, shape))
        if len(shape) != 4 or sizes["C"] not in (0, 1, 3) or sizes["N"] > 1:
            raise ConversionError(f"{self.path}: input {printable(name)[:80]} has the shape {shape} (expected "
                                  f"[1, 3, R, R], or [1, 1, R, R] of grey pictures)")
        if self.resolution is not None:
            for axis in "HW":
                if sizes[axis] not in (0, self.resolution):
                    raise ConversionError(f"{self.path}: input is {sizes['H']} x {sizes['W']} pixels (expected "
                                          f"{self.resolution}, as --resolution says)")
                sizes[axis] = self.resolution
        if sizes["H"] == 0 or sizes["W"] == 0:
            raise ConversionError(f"{self.path}: does not say how many pixels its input has (expected --resolution)")
        if kind not in (*_FLOATS, _UINT8):
            raise ConversionError(f"{self.path}: input {printable(name)[:80]} is of type {kind} (expected floats or "
                                  f"pixels as uint8)")
        start = Tensor("input", "UINT8" if kind == _UINT8 else "FLOAT32",
                       (1, sizes["H"], sizes["W"], sizes["C"] or 3))
        self.views[name] = _View(start, order)
        return start

    # Layers.

    def _conv(self, node: _Node) -> None:
        before = self._map(node)
        weights = self._floats(node, 1)
        self._demand(weights.ndim == 4 and weights.size > 0, f"weights {list(weights.shape)}", "[OC, IC, KH, KW]")
        channels = before.shape[3]
        groups = self._integer(node, "group", 1)
        self._demand(groups >= 1 and weights.shape[1] * groups == channels and weights.shape[0] % groups == 0,
                     f"weights {list(weights.shape)} in {groups} groups on {channels} channels", "as many channels")
        outputs = weights.shape[0]
        bias = self._floats(node, 2).reshape(-1) if len(node.inputs) > 2 and node.inputs[2] else np.zeros(outputs)
        self._demand(bias.size == outputs, f"{bias.size} biases", f"{outputs}")
        kernel = weights.shape[2:]
        strides, dilations = self._pair(node, "strides"), self._pair(node, "dilations")
        self._demand(strides[0] >= 1 and strides[1] >= 1, f"strides {strides}", "1 or more")
        padding = self._padding(node, before.shape[1:3], kernel, strides)
        sizes = [(before.shape[1 + axis] + padding[2 * axis] + padding[2 * axis + 1] - kernel[axis]) //
                 strides[axis] + 1 for axis in (0, 1)]
        is_depthwise = groups == channels > 1
        # [C, 1, KH, KW] -> [1, KH, KW, C], [OC, IC, KH, KW] -> [OC, KH, KW, IC]
        stored = weights.transpose((1, 2, 3, 0) if is_depthwise else (0, 2, 3, 1))
        options = {"stride_h": strides[0], "stride_w": strides[1], "padding": padding,
                   "dilation_h": dilations[0], "dilation_w": dilations[1], "activation": "NONE",
                   "depth_multiplier": outputs // channels}
        self._append_weighted(node, "DEPTHWISE_CONV_2D" if is_depthwise else "CONV_2D", before, stored, bias,
                              (1, *sizes, outputs), options)

    def _padding(self, node: _Node, extents: tuple[int, ...], kernel: tuple[int, ...],
                 strides: list[int]) -> tuple[int, ...]:
        """Rows and columns: top, bottom, left, right."""
        automatic = node.attributes.get("auto_pad", "NOTSET")
        if automatic in ("SAME_UPPER", "SAME_LOWER"):
            padding: list[int] = []
            for extent, window, stride in zip(extents, kernel, strides):
                total = max((-(-extent // stride) - 1) * stride + window - extent, 0)
                sides = total // 2, total - total // 2
                padding += sides if automatic == "SAME_UPPER" else sides[::-1]
            return tuple(padding)
        self._demand(automatic in ("NOTSET", "VALID"), f"auto_pad {automatic!s:.40}", "NOTSET, VALID or SAME_UPPER")
        pads = node.attributes.get("pads") if automatic == "NOTSET" else None
        pads = pads or [0, 0, 0, 0]  # top, left, bottom, right
        self._demand(isinstance(pads, list) and len(pads) == 4 and all(0 <= pad < MAX_FOLDED_ELEMENTS for pad in pads),
                     f"pads {pads!s:.80}", "four numbers")
        return pads[0], pads[2], pads[1], pads[3]

    def _pad(self, node: _Node) -> None:
        view = self._view(node)
        before = self._map(node)
        pads = node.attributes.get("pads")
        if len(node.inputs) > 1:
            pads = self._shape_constant(node, 1)
        value = float(node.attributes.get("value", 0.0))
        if len(node.inputs) > 2 and node.inputs[2]:
            value = float(self._floats(node, 2).reshape(()))
        axes = self._shape_constant(node, 3) if len(node.inputs) > 3 and node.inputs[3] else [0, 1, 2, 3]
        self._demand(node.attributes.get("mode", "constant") == "constant" and value == 0 and
                     isinstance(pads, list) and len(pads) == 2 * len(axes), "another padding", "zeros")
        sides = np.zeros((4, 2), np.int32)  # of N, H, W, C
        for i, axis in enumerate(axes):
            sides["NHWC".index(view.order[axis])] = pads[i], pads[i + len(axes)]
        self._demand(bool((sides >= 0).all() and (sides < MAX_FOLDED_ELEMENTS).all() and not sides[[0, 3]].any()),
                     f"pads {pads!s:.80}", "rows and columns")
        if not sides.any():
            return self._same(node, view)
        shape = tuple(extent + int(side.sum()) for extent, side in zip(before.shape, sides))
        self._append(node, "PAD", [before, Tensor("paddings", "INT32", (4, 2), sides)], shape, {})

    def _batch_norm(self, node: _Node) -> None:
        view = self._view(node)
        channels = view.tensor.shape[-1]
        gamma, beta, mean, variance = (self._floats(node, i).reshape(-1) for i in (1, 2, 3, 4))
        epsilon = self._float(node, "epsilon", 1e-5)
        self._demand(all(part.size == channels for part in (gamma, beta, mean, variance)), "other parameters",
                     f"{channels} of each")
        self._demand(bool((variance + epsilon > 0).all()), "variance + epsilon is not positive", "> 0")
        self._demand(self._integer(node, "training_mode", 0) == 0, "training_mode", "a network that was trained")
        factor, offset = BatchNorm(gamma, beta, mean, variance, epsilon).fold(np.ones(channels), 0)
        self._scale_and_shift(node, view, factor, offset)

    def _activation(self, node: _Node) -> None:
        kind = {"Relu": "RELU", "Sigmoid": "LOGISTIC", "Tanh": "TANH"}.get(node.kind)
        view = self._view(node)
        if node.kind == "Clip":
            low = self._limit(node, 1, "min", -np.inf)
            high = self._limit(node, 2, "max", np.inf)
            self._demand(low == 0 and (high == 6 or high > 1e38), f"clips to {low:g} ... {high:g}", "0 to 6")
            kind = "RELU6" if high == 6 else "RELU"
        self._append(node, kind, [view.tensor], view.tensor.shape, {}, view)

    def _limit(self, node: _Node, index: int, name: str, default: float) -> float:
        if len(node.inputs) > index and node.inputs[index]:
            value = self._floats(node, index)
            self._demand(value.size == 1, f"{value.size} limits", "one")
            return float(value.reshape(()))
        return self._float(node, name, default)

    def _arithmetic(self, node: _Node) -> None:
        """With two maps an addition; with one map and constants, they are folded."""
        self._demand(len(node.inputs) == 2, f"{len(node.inputs)} inputs", "two")
        are_constant = [name in self.constants for name in node.inputs]
        if all(are_constant):
            return self._compute(node)
        if any(are_constant):
            return self._with_constant(node, are_constant.index(True))
        self._demand(node.kind == "Add", "of two maps", "an addition")
        views = [self._view(node, i) for i in range(2)]
        self._demand(views[0].tensor.shape == views[1].tensor.shape and views[0].order == views[1].order,
                     f"adds {list(views[0].shape)} and {list(views[1].shape)}", "two equal shapes")
        self._append(node, "ADD", [view.tensor for view in views], views[0].tensor.shape, {"activation": "NONE"},
                     views[0])

    def _with_constant(self, node: _Node, index: int) -> None:
        view = self._view(node, 1 - index)
        array = self._floats(node, index)
        shape = (1, ) * (len(view.shape) - array.ndim) + array.shape
        channels = view.tensor.shape[-1]
        self._demand(len(shape) == len(view.shape) and array.size in (1, channels) and
                     (array.size == 1 or shape[view.channel_axis] == channels),
                     f"a constant of {list(array.shape)} for {list(view.shape)}", "one number, or one per channel")
        values = np.broadcast_to(array.reshape(-1), (channels, ))
        ones, zeros = np.ones(channels), np.zeros(channels)
        if node.kind == "Add":
            factor, offset = ones, values
        elif node.kind == "Sub":
            factor, offset = (ones, -values) if index == 1 else (-ones, values)
        elif node.kind == "Mul":
            factor, offset = values, zeros
        else:
            self._demand(index == 1 and bool((values != 0).all()), "divides by a map or by 0", "other constants")
            factor, offset = 1 / values, zeros
        self._scale_and_shift(node, view, factor, offset)

    def _scale_and_shift(self, node: _Node, view: _View, factor: np.ndarray, offset: np.ndarray) -> None:
        """factor x + offset, for each channel: a part of the layer that made x, or of the input's normalisation."""
        before = view.tensor
        maker = self.makers.get(id(before))
        name = next(name for name in node.inputs if self.views.get(name) is view)
        if maker is not None and maker.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            self._demand(self.reads[name] == 1, "changes a layer that others read, too", "one with no other reader")
            weights, bias = maker.inputs[1:]
            shape = [1] * weights.data.ndim
            shape[3 if maker.kind == "DEPTHWISE_CONV_2D" else 0] = len(factor)
            weights.data = weights.data * factor.reshape(shape)
            bias.data = bias.data * factor + offset
            return self._same(node, view)
        is_input = all(operator.kind == "CAST" or (operator.kind in ("MUL", "ADD") and
                                                   operator.inputs[1].data is not None) for operator in self.operators)
        self._demand(is_input and len(before.shape) == 4, "of something other than a layer with weights",
                     "a convolution, a fully connected layer or the input")
        for kind, values, nothing in (("MUL", factor, 1), ("ADD", offset, 0)):
            if (values != nothing).any():
                constant = Tensor(kind.lower(), "FLOAT32", values.shape, values)
                self._append(node, kind, [before, constant], before.shape, {"activation": "NONE"}, view)
                before = self.views[node.outputs[0]].tensor
        if before is view.tensor:
            self._same(node, view)

    def _concat(self, node: _Node) -> None:
        if all(name in self.constants for name in node.inputs):
            return self._compute(node)
        views = [self._view(node, i) for i in range(len(node.inputs))]
        first = views[0]
        axis = self._integer(node, "axis", 1)
        self._demand(axis % len(first.shape) == first.channel_axis and
                     len({(view.tensor.shape[:-1], view.order) for view in views}) == 1,
                     f"axis {axis} of {[list(view.shape) for view in views]!s:.120}", "maps of one size, by channels")
        shape = (*first.tensor.shape[:-1], sum(view.tensor.shape[-1] for view in views))
        self._append(node, "CONCATENATION", [view.tensor for view in views], shape,
                     {"axis": len(shape) - 1, "activation": "NONE"}, first)

    def _pool(self, node: _Node) -> None:
        view = self._view(node)
        if len(view.shape) == 2:
            self._demand(False, "of a vector", "a map")
        before = view.tensor
        keeps = True
        if node.kind == "ReduceMean":
            axes = node.attributes.get("axes")
            if axes is None and len(node.inputs) > 1:
                axes = self._shape_constant(node, 1)
            self._demand(isinstance(axes, list) and len(axes) == 2 and
                         {view.order[axis % 4] for axis in axes} == {"H", "W"}, f"axes {axes!s:.40}",
                         "height and width")
            keeps = self._integer(node, "keepdims", 1) != 0
        else:
            self._demand(view.order == _CHANNELS_FIRST, "of a map with its channels last", "channels first")
        if node.kind in ("AveragePool", "MaxPool", "GlobalMaxPool") and self._window_pool(node, before):
            return
        channels = before.shape[3]
        self._append(node, "MEAN", [before], (1, 1, 1, channels) if keeps else (1, channels), {"axes": [1, 2]}, view)

    def _window_pool(self, node: _Node, before: Tensor) -> bool:
        """False for the mean of all pixels, which has its own operator."""
        extents = before.shape[1:3]
        is_mean = node.kind == "AveragePool"
        kernel = list(extents) if node.kind == "GlobalMaxPool" else self._pair(node, "kernel_shape")
        strides = self._pair(node, "strides")
        self._demand(min(*kernel, *strides) >= 1 and self._pair(node, "dilations") == [1, 1],
                     f"window {kernel}, strides {strides}, dilations {self._pair(node, 'dilations')}",
                     "1 and more, without dilation")
        self._demand(len([name for name in node.outputs if name]) == 1, "says where each pixel was, too", "one output")
        padding = list(self._padding(node, extents, kernel, strides))
        sizes: list[int] = []
        for axis in (0, 1):
            begin, end = padding[2 * axis], padding[2 * axis + 1]
            window, stride = kernel[axis], strides[axis]
            self._demand(begin < window and end < window and extents[axis] + begin + end >= window,
                         f"window {kernel} on {list(extents)} pixels, padding {padding}",
                         "a window that is never outside of them")
            beyond = extents[axis] + begin + end - window
            last = beyond // stride
            if self._integer(node, "ceil_mode", 0):
                last = -(-beyond // stride)
                if last * stride >= extents[axis] + begin:  # it would begin in the padding
                    last -= 1
                padding[2 * axis + 1] = max(end, last * stride + window - extents[axis] - begin)
            sizes.append(last + 1)
        if is_mean and kernel == list(extents) and not any(padding):
            return False
        self._demand(not is_mean or not any(padding) or self._integer(node, "count_include_pad", 0) == 0,
                     "a mean that counts the padding", "count_include_pad 0")
        options = {"filter_h": kernel[0], "filter_w": kernel[1], "stride_h": strides[0], "stride_w": strides[1],
                   "padding": tuple(padding), "activation": "NONE"}
        self._append(node, "AVERAGE_POOL_2D" if is_mean else "MAX_POOL_2D", [before], (1, *sizes, before.shape[3]),
                     options)
        return True

    def _normalization(self, node: _Node) -> None:
        """Local response normalisation."""
        before = self._map(node)
        self._demand("size" in node.attributes, "no size", "one")
        options = {"size": self._integer(node, "size", 0), "alpha": self._float(node, "alpha", 1e-4),
                   "beta": self._float(node, "beta", 0.75), "k": self._float(node, "bias", 1.0)}
        self._append(node, "LOCAL_RESPONSE_NORMALIZATION", [before], before.shape, options)

    def _product(self, node: _Node) -> None:
        view = self._view(node)
        weights = self._floats(node, 1)
        elements = int(np.prod(view.tensor.shape))
        self._demand(weights.ndim == 2 and weights.size > 0, f"weights {list(weights.shape)}", "two dimensions")
        if node.kind == "Gemm":
            self._demand(self._integer(node, "transA", 0) == 0, "turns its input", "a vector as it is")
            weights = weights * self._float(node, "alpha", 1.0)
        if node.kind == "MatMul" or self._integer(node, "transB", 0) == 0:
            weights = weights.T
        self._demand(weights.shape[1] == elements and len(view.tensor.shape) == 2,
                     f"weights of {weights.shape[1]} inputs on {list(view.shape)}", f"a vector of {weights.shape[1]}")
        bias = np.zeros(len(weights))
        if node.kind == "Gemm" and len(node.inputs) > 2 and node.inputs[2]:
            added = self._floats(node, 2).reshape(-1)
            self._demand(added.size in (1, len(weights)), f"{added.size} biases", f"{len(weights)}")
            bias = bias + added * self._float(node, "beta", 1.0)
        if view.channels_first is not None:  # from [C, H, W] to [H, W, C]
            weights = weights.reshape(-1, *view.channels_first).transpose(0, 2, 3, 1).reshape(len(weights), -1)
        self._append_weighted(node, "FULLY_CONNECTED", view.tensor, weights, bias, (1, len(weights)),
                              {"activation": "NONE", "weights_format": 0})

    def _softmax(self, node: _Node) -> None:
        view = self._view(node)
        axis = self._integer(node, "axis", -1)
        # Before opset 13, all axes from this one on.
        self._demand(np.prod(view.shape) == view.tensor.shape[-1] and
                     axis % len(view.shape) in (1, view.channel_axis), f"axis {axis} of {list(view.shape)}",
                     "the classes'")
        self._append(node, "SOFTMAX", [view.tensor], view.tensor.shape, {"beta": 1}, view)

    # Other views of the same numbers.

    def _transpose(self, node: _Node) -> None:
        if node.inputs[0] in self.constants:
            array = self.constants[node.inputs[0]]
            permutation = node.attributes.get("perm") or list(range(array.ndim))[::-1]
            self.constants[node.outputs[0]] = array.transpose(permutation)
            return
        view = self._view(node)
        permutation = node.attributes.get("perm") or list(range(len(view.shape)))[::-1]
        order = "".join(view.order[axis] for axis in permutation) if len(permutation) == len(view.shape) == 4 else ""
        self._demand(order in (_CHANNELS_FIRST, _CHANNELS_LAST), f"perm {permutation!s:.40} of {list(view.shape)}",
                     "channels first to channels last, or back")
        self.views[node.outputs[0]] = _View(view.tensor, order)

    def _reshape(self, node: _Node) -> None:
        if node.inputs[0] in self.constants:
            return self._compute(node)
        view = self._view(node)
        shape = list(view.shape)
        elements = int(np.prod(shape))
        if node.kind == "Flatten":
            axis = self._integer(node, "axis", 1)
            self._demand(0 <= axis <= len(shape), f"axis {axis}", "1")
            target = [int(np.prod(shape[:axis])), int(np.prod(shape[axis:]))]
        elif node.kind == "Reshape":
            target = self._shape_constant(node, 1)
            if self._integer(node, "allowzero", 0) == 0:
                target = [shape[i] if extent == 0 and i < len(shape) else extent for i, extent in enumerate(target)]
            known = int(np.prod([extent for extent in target if extent != -1]))
            self._demand(target.count(-1) <= 1 and known > 0, f"to {target!s:.80}", "one open size at most")
            target = [elements // known if extent == -1 else extent for extent in target]
        else:
            axes = node.attributes.get("axes")
            if axes is None and len(node.inputs) > 1:
                axes = self._shape_constant(node, 1)
            if node.kind == "Squeeze":
                axes = [axis % len(shape) for axis in axes] if axes else list(range(1, len(shape)))
                target = [extent for i, extent in enumerate(shape) if i not in axes or extent != 1]
            else:
                self._demand(isinstance(axes, list) and len(axes) + len(shape) <= 4, f"axes {axes!s:.40}",
                             "at most four dimensions")
                target = list(shape)
                for axis in sorted(axis % (len(axes) + len(shape)) for axis in axes):
                    target.insert(axis, 1)
        self._look(node, view, target, elements)

    def _look(self, node: _Node, view: _View, target: list[int], elements: int) -> None:
        if target == list(view.shape):
            return self._same(node, view)
        before = view.tensor
        if target == [1, elements]:
            first = None
            if view.order == _CHANNELS_FIRST and len(before.shape) == 4 and before.shape[1:3] != (1, 1):
                first = before.shape[3], before.shape[1], before.shape[2]
            self._append(node, "RESHAPE", [before], (1, elements), {})
            self.views[node.outputs[0]].channels_first = first
            return
        is_pixel = sorted(target) == [1, 1, 1, elements] and target[0] == 1 and view.channels_first is None and \
            before.shape[-1] == elements
        self._demand(is_pixel, f"from {list(view.shape)} to {target!s:.80}", f"[1, {elements}]")
        order = _CHANNELS_FIRST if target[1] == elements else _CHANNELS_LAST
        self._append(node, "RESHAPE", [before], (1, 1, 1, elements), {})
        self.views[node.outputs[0]].order = order

    def _nothing(self, node: _Node) -> None:
        """Dropout, Identity and Cast to another float do nothing in inference."""
        if node.inputs[0] in self.constants:
            return self._compute(node)
        view = self._view(node)
        if node.kind == "Cast":
            self._demand(self._integer(node, "to", 1) in _FLOATS, f"to type {node.attributes.get('to')!s:.20}",
                         "a float")
            if view.tensor.dtype == "UINT8":
                return self._append(node, "CAST", [view.tensor], view.tensor.shape, {}, view)
        self._same(node, view)

    # Constants.

    def _constant_node(self, node: _Node) -> None:
        values = [value for name, value in node.attributes.items() if name.startswith("value")]
        self._demand(len(values) == 1 and isinstance(values[0], (np.ndarray, float, int, list)), "no numbers",
                     "some")
        value = values[0]
        if not isinstance(value, np.ndarray):
            value = np.array(value, np.float32 if "value_float" in " ".join(node.attributes) else np.int64)
        self.constants[node.outputs[0]] = value

    def _shape(self, node: _Node) -> None:
        shape = list(self.constants[node.inputs[0]].shape if node.inputs[0] in self.constants
                     else self._view(node).shape)
        start, end = self._integer(node, "start", 0), self._integer(node, "end", len(shape))
        self.constants[node.outputs[0]] = np.array(shape[start:end], np.int64)

    def _compute(self, node: _Node) -> None:
        """Operators that compute only on constants."""
        arrays = [self.constants[name] if name in self.constants else None for name in node.inputs if name]
        self._demand(all(array is not None for array in arrays), "of a map", "constants")
        if node.kind in ("Identity", "Dropout"):
            result = arrays[0]
        elif node.kind == "Cast":
            kind = self._integer(node, "to", 1)
            self._demand(kind in _DTYPES, f"to type {kind}", "numbers")
            result = arrays[0] if kind in _FLOATS and arrays[0].dtype.kind == "f" else arrays[0].astype(_DTYPES[kind])
        elif node.kind == "Reshape":
            result = arrays[0].reshape([int(extent) for extent in arrays[1].reshape(-1)])
        else:
            self._demand(sum(array.size for array in arrays) <= MAX_FOLDED_ELEMENTS, "of many constants",
                         "weights as they are used")
            result = self._small(node, arrays)
        self.constants[node.outputs[0]] = np.asarray(result)

    def _small(self, node: _Node, arrays: list[np.ndarray]) -> np.ndarray:
        kind = node.kind
        if kind == "Concat":
            return np.concatenate(arrays, self._integer(node, "axis", 0))
        if kind == "Gather":
            self._demand(arrays[1].dtype.kind in "iu", "other indices", "whole numbers")
            return np.take(arrays[0], arrays[1].astype(np.intp), self._integer(node, "axis", 0))
        if kind in ("Unsqueeze", "Squeeze"):
            axes = node.attributes.get("axes")
            if axes is None and len(arrays) > 1:
                axes = [int(axis) for axis in arrays[1].reshape(-1)]
            self._demand(isinstance(axes, list) and arrays[0].ndim + len(axes) <= MAX_RANK, "other axes", "some")
            return (np.expand_dims if kind == "Unsqueeze" else np.squeeze)(arrays[0], tuple(axes))
        if kind == "Slice":
            bounds = [[int(value) for value in array.reshape(-1)] for array in arrays[1:]]
            self._demand(arrays[0].ndim == 1 and len(bounds) >= 2 and all(len(bound) == 1 for bound in bounds) and
                         (len(bounds) < 4 or bounds[3] == [1]), "another slice", "a part of a shape")
            return arrays[0][bounds[0][0]:bounds[1][0]]
        with np.errstate(all="ignore"):
            result = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}[kind](*arrays)
        self._demand(result.size <= MAX_FOLDED_ELEMENTS, f"{result.size} numbers", "fewer")
        is_whole = kind == "Div" and all(array.dtype.kind in "iu" for array in arrays)
        return result.astype(np.int64) if is_whole else result

    # Shared by all of these.

    def _demand(self, fits: bool, found: str, expected: str) -> None:
        if not fits:
            raise ConversionError(f"{self.where}: {printable(found)} (expected {expected})")

    def _view(self, node: _Node, index: int = 0) -> _View:
        name = node.inputs[index] if index < len(node.inputs) else ""
        if name not in self.views:
            raise ConversionError(f"{self.where} reads {printable(name)[:80] or 'nothing'} (expected what an earlier "
                                  f"node computes)")
        return self.views[name]

    def _map(self, node: _Node) -> Tensor:
        view = self._view(node)
        self._demand(len(view.tensor.shape) == 4 and view.order == _CHANNELS_FIRST, f"reads {list(view.shape)}",
                     "a map with its channels first")
        return view.tensor

    def _floats(self, node: _Node, index: int) -> np.ndarray:
        """A constant, in float64."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        array = self.constants.get(name)
        self._demand(array is not None and array.size > 0 and array.dtype.kind in "fiu",
                     f"{printable(name)[:80] or 'an input'} is not a constant", "constant numbers")
        return array.astype(np.float64)

    def _shape_constant(self, node: _Node, index: int) -> list[int]:
        name = node.inputs[index] if index < len(node.inputs) else ""
        array = self.constants.get(name)
        self._demand(array is not None and array.dtype.kind in "iu" and array.size <= 2 * MAX_RANK,
                     f"{printable(name)[:80] or 'an input'} is not a list of sizes", "constant whole numbers")
        return [int(value) for value in array.reshape(-1)]

    def _integer(self, node: _Node, name: str, default: int) -> int:
        value = node.attributes.get(name, default)
        self._demand(isinstance(value, int), f"{name} {value!s:.40}", "a whole number")
        return value

    def _float(self, node: _Node, name: str, default: float) -> float:
        value = node.attributes.get(name, default)
        self._demand(isinstance(value, (int, float)), f"{name} {value!s:.40}", "a number")
        return float(value)

    def _pair(self, node: _Node, name: str) -> list[int]:
        pair = node.attributes.get(name) or [1, 1]
        self._demand(isinstance(pair, list) and len(pair) == 2 and all(isinstance(n, int) for n in pair),
                     f"{name} {pair!s:.40}", "two numbers")
        return pair

    def _same(self, node: _Node, view: _View) -> None:
        self.views[node.outputs[0]] = _View(view.tensor, view.order, view.channels_first)

    def _append_weighted(self, node: _Node, kind: str, before: Tensor, weights: np.ndarray, bias: np.ndarray,
                         shape: tuple[int, ...], options: dict[str, object]) -> None:
        parameters = [Tensor(f"{node.name}/{part}", "FLOAT32", array.shape, array)
                      for part, array in (("weights", weights), ("bias", bias))]
        self._append(node, kind, [before, *parameters], shape, options)

    def _append(self, node: _Node, kind: str, inputs: list[Tensor], shape: tuple[int, ...],
                options: dict[str, object], like: _View | None = None) -> None:
        self._demand(min(shape) > 0 and int(np.prod(shape, dtype=object)) <= MAX_ELEMENTS, f"output {list(shape)}",
                     "a map of a possible size")
        output = Tensor(printable(node.outputs[0])[:80], "FLOAT32", tuple(int(extent) for extent in shape))
        operator = Operator(kind, self.where, list(inputs), output, options)
        self.operators.append(operator)
        self.makers[id(output)] = operator
        order = like.order if like is not None else _CHANNELS_FIRST
        self.views[node.outputs[0]] = _View(output, order, like.channels_first if like is not None else None)

    _HANDLERS = {"Conv": _conv, "BatchNormalization": _batch_norm, "Relu": _activation, "Clip": _activation,
                 "Sigmoid": _activation, "Tanh": _activation, "LRN": _normalization, "Add": _arithmetic,
                 "Sub": _arithmetic, "Mul": _arithmetic, "Div": _arithmetic, "Concat": _concat, "GlobalAveragePool": _pool, "ReduceMean": _pool,
                 "AveragePool": _pool, "MaxPool": _pool, "GlobalMaxPool": _pool, "Flatten": _reshape,
                 "Reshape": _reshape, "Squeeze": _reshape, "Unsqueeze": _reshape, "Gemm": _product, "MatMul": _product, "Softmax": _softmax, "Pad": _pad,
                 "Transpose": _transpose, "Dropout": _nothing, "Identity": _nothing, "Cast": _nothing,
                 "Constant": _constant_node, "Shape": _shape, "Gather": _compute, "Slice": _compute}

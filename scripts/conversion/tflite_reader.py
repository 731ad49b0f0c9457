"""Reads a .tflite file into a Graph. Only constants, shapes, scales and the options that matter to the
networks we know are read. The file is not trusted: the flatbuffers runtime checks no bounds of its own, so
whatever it raises on a damaged file becomes a ConversionError, and every count is limited before it is
used."""
from __future__ import annotations

import pathlib
import struct

import numpy as np
import tflite

from .graph import ConversionError, Graph, Operator, Tensor
from .tflite_metadata import read_labels, read_normalization

MAX_FILE_BYTES = 1 << 30
MAX_OPERATORS = 10_000
MAX_TENSORS = 100_000
MAX_RANK = 8
MAX_ELEMENTS = 1 << 28

_NUMPY_TYPES = {"FLOAT32": "<f4", "FLOAT16": "<f2", "INT32": "<i4", "UINT8": "u1", "INT8": "i1"}


def _names(enum: type) -> dict[int, str]:
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


_OPERATOR_NAMES = _names(tflite.BuiltinOperator)
_TYPE_NAMES = _names(tflite.TensorType)
_ACTIVATION_NAMES = _names(tflite.ActivationFunctionType)
_PADDING_NAMES = _names(tflite.Padding)


def read_tflite(path: pathlib.Path) -> Graph:
    """Raises ConversionError if the file is not a TFLite model or is damaged, OSError if it can't be
    read."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ConversionError(f"{path}: {size} bytes (at most {MAX_FILE_BYTES} are read)")
    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise ConversionError(
            f"{path}: not a TFLite model (bytes 4 to 8 are {data[4:8]!r}, expected b'TFL3')")
    try:
        return _read_model(path, data)
    except ConversionError:
        raise
    except (struct.error, IndexError, KeyError, ValueError, TypeError, AttributeError,
            OverflowError) as error:
        raise ConversionError(
            f"{path}: damaged or cut short: {_one_line(error)} (expected a whole TFLite model)")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _read_model(path: pathlib.Path, data: bytes) -> Graph:
    model = tflite.Model.GetRootAsModel(data, 0)
    if model.Version() != 3:
        raise ConversionError(f"{path}: version {model.Version()} (expected 3)")
    if model.SubgraphsLength() != 1:
        raise ConversionError(f"{path}: {model.SubgraphsLength()} subgraphs (expected 1)")
    subgraph = model.Subgraphs(0)
    for what, count, limit in (("operators", subgraph.OperatorsLength(), MAX_OPERATORS),
                               ("tensors", subgraph.TensorsLength(), MAX_TENSORS)):
        if count > limit:
            raise ConversionError(f"{path}: {count} {what} (at most {limit} are read)")
    tensors = [_read_tensor(path, data, model, subgraph.Tensors(i)) for i in range(subgraph.TensorsLength())]
    operators = [_read_operator(path, model, subgraph.Operators(i), i, tensors)
                 for i in range(subgraph.OperatorsLength())]
    ends = []
    for what, count, get in (("input", subgraph.InputsLength(), subgraph.Inputs),
                             ("output", subgraph.OutputsLength(), subgraph.Outputs)):
        if count != 1:
            raise ConversionError(f"{path}: {count} {what}s (expected 1)")
        ends.append(_tensor_at(path, tensors, get(0)))
    labels = read_labels(data, model, ends[1].shape[-1]) if ends[1].shape else None
    return Graph(str(path), ends[0], ends[1], operators, read_normalization(model), [path], labels)


def _tensor_at(path: pathlib.Path, tensors: list[Tensor], index: int) -> Tensor:
    if not 0 <= index < len(tensors):
        raise ConversionError(f"{path}: tensor {index} does not exist (there are {len(tensors)})")
    return tensors[index]


def _read_tensor(path: pathlib.Path, data: bytes, model: tflite.Model, raw: tflite.Tensor) -> Tensor:
    name = (raw.Name() or b"").decode("utf-8", "replace")[:80]
    if raw.ShapeLength() > MAX_RANK:
        raise ConversionError(f"{path}: tensor {name}: {raw.ShapeLength()} dimensions (at most {MAX_RANK})")
    shape = tuple(raw.Shape(i) for i in range(raw.ShapeLength()))
    elements = 1
    for extent in shape:
        elements *= extent
        if extent < 0 or elements > MAX_ELEMENTS:
            raise ConversionError(
                f"{path}: tensor {name}: shape {list(shape)} (expected sizes known and small)")
    tensor = Tensor(name, _TYPE_NAMES.get(raw.Type(), f"type {raw.Type()}"), shape)
    tensor.data = _constant(path, data, model, raw, tensor, elements)
    _read_quantization(path, raw, tensor)
    return tensor


def _constant(path: pathlib.Path, data: bytes, model: tflite.Model, raw: tflite.Tensor, tensor: Tensor,
              elements: int) -> np.ndarray | None:
    index = raw.Buffer()
    if not 0 <= index < model.BuffersLength():
        raise ConversionError(
            f"{path}: tensor {tensor.name}: buffer {index} (there are {model.BuffersLength()})")
    stored = model.Buffers(index)
    size = stored.DataLength()
    if size == 0:
        return None
    if tensor.dtype not in _NUMPY_TYPES:
        return None  # the matcher refuses it when it is used
    dtype = np.dtype(_NUMPY_TYPES[tensor.dtype])
    if size != elements * dtype.itemsize:
        raise ConversionError(f"{path}: tensor {tensor.name}: {size} bytes of data (expected "
                              f"{elements * dtype.itemsize}, {tensor.dtype} {list(tensor.shape)})")
    return stored.DataAsNumpy().view(dtype).reshape(tensor.shape)


def _read_quantization(path: pathlib.Path, raw: tflite.Tensor, tensor: Tensor) -> None:
    stored = raw.Quantization()
    if stored is None or stored.ScaleLength() == 0:
        return
    scales = np.array(stored.ScaleAsNumpy(), np.float32)
    if stored.ZeroPointLength() not in (0, len(scales)):
        raise ConversionError(
            f"{path}: tensor {tensor.name}: {stored.ZeroPointLength()} zero points (expected "
            f"{len(scales)}, as many as scales)")
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ConversionError(
            f"{path}: tensor {tensor.name}: a scale is not positive (expected finite and > 0)")
    tensor.scales = scales
    tensor.zero_points = (np.array(stored.ZeroPointAsNumpy(), np.int64) if stored.ZeroPointLength()
                          else np.zeros(len(scales), np.int64))
    tensor.quantized_dimension = stored.QuantizedDimension()


def _read_operator(path: pathlib.Path, model: tflite.Model, raw: tflite.Operator, index: int,
                   tensors: list[Tensor]) -> Operator:
    if not 0 <= raw.OpcodeIndex() < model.OperatorCodesLength():
        raise ConversionError(f"{path}: operator {index}: operator code {raw.OpcodeIndex()} (there are "
                              f"{model.OperatorCodesLength()})")
    code = model.OperatorCodes(raw.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # the old field is one byte
    kind = _OPERATOR_NAMES.get(number, f"operator code {number}")
    if kind == "CUSTOM":
        kind = f"CUSTOM {(code.CustomCode() or b'').decode('utf-8', 'replace')[:40]!r}"
    inputs = [None if raw.Inputs(i) == -1 else _tensor_at(path, tensors, raw.Inputs(i))
              for i in range(raw.InputsLength())]
    output = _tensor_at(path, tensors, raw.Outputs(0)) if raw.OutputsLength() == 1 else None
    where = f"{path}: operator {index} ({kind})"
    return Operator(kind, where, inputs, output, _read_options(where, kind, raw, inputs))


# Operator -> the table of its options and what we read from it.
_STRIDES = {"stride_h": "StrideH", "stride_w": "StrideW", "padding": "Padding"}
_DILATIONS = {"dilation_h": "DilationHFactor", "dilation_w": "DilationWFactor"}
_ACTIVATION = {"activation": "FusedActivationFunction"}
_OPTIONS = {
    "CONV_2D": ("Conv2DOptions", _STRIDES | _DILATIONS | _ACTIVATION),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions",
                          _STRIDES | _DILATIONS | _ACTIVATION | {"depth_multiplier": "DepthMultiplier"}),
    "AVERAGE_POOL_2D": ("Pool2DOptions",
                        _STRIDES | _ACTIVATION | {"filter_h": "FilterHeight", "filter_w": "FilterWidth"}),
    "MAX_POOL_2D": ("Pool2DOptions",
                    _STRIDES | _ACTIVATION | {"filter_h": "FilterHeight", "filter_w": "FilterWidth"}),
    "LOCAL_RESPONSE_NORMALIZATION": ("LocalResponseNormalizationOptions",
                                     {"radius": "Radius", "k": "Bias", "alpha": "Alpha", "beta": "Beta"}),
    "FULLY_CONNECTED": ("FullyConnectedOptions", _ACTIVATION | {"weights_format": "WeightsFormat"}),
    "ADD": ("AddOptions", _ACTIVATION),
    "SUB": ("SubOptions", _ACTIVATION),
    "MUL": ("MulOptions", _ACTIVATION),
    "DIV": ("DivOptions", _ACTIVATION),
    "CONCATENATION": ("ConcatenationOptions", _ACTIVATION | {"axis": "Axis"}),
    "SOFTMAX": ("SoftmaxOptions", {"beta": "Beta"}),
}


def _read_options(where: str, kind: str, raw: tflite.Operator,
                  inputs: list[Tensor | None]) -> dict[str, object]:
    if kind == "MEAN":
        axes = inputs[1].data if len(inputs) == 2 and inputs[1] is not None else None
        return {"axes": None if axes is None else [int(axis) for axis in axes.reshape(-1)[:MAX_RANK]]}
    if kind not in _OPTIONS:
        return {}
    table_name, fields = _OPTIONS[kind]
    if raw.BuiltinOptionsType() != getattr(tflite.BuiltinOptions, table_name):
        raise ConversionError(f"{where}: has no {table_name}")
    stored = raw.BuiltinOptions()
    if stored is None:
        raise ConversionError(f"{where}: has no {table_name}")
    table = getattr(tflite, table_name)()
    table.Init(stored.Bytes, stored.Pos)
    options = {ours: getattr(table, theirs)() for ours, theirs in fields.items()}
    for key, names in (("activation", _ACTIVATION_NAMES), ("padding", _PADDING_NAMES)):
        if key in options:
            options[key] = names.get(options[key], f"{key} {options[key]}")
    return options

"""What a .tflite file's own metadata say about the normalisation of its input.

The metadata are a second flatbuffer in a buffer called TFLITE_METADATA (metadata_schema.fbs of TensorFlow
Lite Support). Only one path through it matters here, so it is walked by field number:
    ModelMetadata.subgraph_metadata[0].input_tensor_metadata[0].process_units[*] -> NormalizationOptions.mean,
    .std
"""
from __future__ import annotations

import math

import tflite
from flatbuffers import number_types
from flatbuffers.table import Table

_SUBGRAPH_METADATA = 3  # of ModelMetadata
_INPUT_TENSOR_METADATA = 2  # of SubGraphMetadata
_PROCESS_UNITS = 4  # of TensorMetadata
_OPTIONS_TYPE, _OPTIONS = 0, 1  # of ProcessUnit
_NORMALIZATION = 1  # ProcessUnitOptions.NormalizationOptions
_MEAN, _STD = 0, 1  # of NormalizationOptions
_MAX_UNITS = 100


def read_normalization(data: bytes, model: tflite.Model) -> tuple[list[float], list[float]] | None:
    """Mean and std, three each, or None if the file says nothing usable. Raises what the flatbuffers runtime
    raises if the metadata are damaged."""
    for i in range(min(model.MetadataLength(), _MAX_UNITS)):
        entry = model.Metadata(i)
        if entry.Name() == b"TFLITE_METADATA" and entry.Buffer() < model.BuffersLength():
            return _normalization(bytes(model.Buffers(entry.Buffer()).DataAsNumpy()))
    return None


def _normalization(data: bytes) -> tuple[list[float], list[float]] | None:
    root = Table(data, int.from_bytes(data[:4], "little"))
    for field in (_SUBGRAPH_METADATA, _INPUT_TENSOR_METADATA):
        children = _tables(root, field)
        if not children:
            return None
        root = children[0]
    for unit in _tables(root, _PROCESS_UNITS):
        kind = unit.Offset(4 + 2 * _OPTIONS_TYPE)
        if kind == 0 or unit.Get(number_types.Uint8Flags, unit.Pos + kind) != _NORMALIZATION:
            continue
        options = unit.Offset(4 + 2 * _OPTIONS)
        if options == 0:
            continue
        table = Table(data, unit.Indirect(unit.Pos + options))
        mean, std = _floats(table, _MEAN), _floats(table, _STD)
        if mean and std and all(value > 0 for value in std):
            return mean, std
    return None


def _tables(parent: Table, field: int) -> list[Table]:
    offset = parent.Offset(4 + 2 * field)
    if offset == 0:
        return []
    start = parent.Vector(offset)
    return [
        Table(parent.Bytes, parent.Indirect(start + 4 * i))
        for i in range(min(parent.VectorLen(offset), _MAX_UNITS))]


def _floats(parent: Table, field: int) -> list[float] | None:
    """Three finite numbers; a single one stands for all three."""
    offset = parent.Offset(4 + 2 * field)
    if offset == 0 or parent.VectorLen(offset) not in (1, 3):
        return None
    start = parent.Vector(offset)
    values = [parent.Get(number_types.Float32Flags, start + 4 * i) for i in range(parent.VectorLen(offset))]
    values = [float(value) for value in values]
    if not all(math.isfinite(value) for value in values):
        return None
    return values * 3 if len(values) == 1 else values

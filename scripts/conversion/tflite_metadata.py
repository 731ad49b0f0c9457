"""What a .tflite file's own metadata say about the normalisation of its input and the names of its classes.

The metadata are a second flatbuffer in a buffer called TFLITE_METADATA (metadata_schema.fbs of TensorFlow
Lite Support). Only two paths through it matter here, so they are walked by field number:
    ModelMetadata.subgraph_metadata[0].input_tensor_metadata[0].process_units[*] -> NormalizationOptions.mean,
    .std
    ModelMetadata.subgraph_metadata[0].output_tensor_metadata[0].associated_files[*].name, .type
The files that they name are members of a ZIP archive that follows the model.
"""
from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib

import tflite
from flatbuffers import number_types
from flatbuffers.table import Table

from .graph import Normalization
from .labels import fitting, labels_in

_SUBGRAPH_METADATA = 3  # of ModelMetadata
_INPUT_TENSOR_METADATA, _OUTPUT_TENSOR_METADATA = 2, 3  # of SubGraphMetadata
_PROCESS_UNITS, _ASSOCIATED_FILES = 4, 6  # of TensorMetadata
_FILE_NAME, _FILE_TYPE = 0, 2  # of AssociatedFile
_TENSOR_AXIS_LABELS = 2  # AssociatedFileType
_OPTIONS_TYPE, _OPTIONS = 0, 1  # of ProcessUnit
_NORMALIZATION = 1  # ProcessUnitOptions.NormalizationOptions
_MEAN, _STD = 0, 1  # of NormalizationOptions
_MAX_UNITS = 100
_MAX_MEMBERS = 1000  # of the archive
_MAX_LISTS = 20  # lists of labels that are looked at
_MAX_LABEL_BYTES = 1 << 24


def read_normalization(model: tflite.Model) -> Normalization | None:
    """Mean and std, three of each, or None if the file says nothing usable. Raises what the flatbuffers runtime
    raises if the metadata are damaged."""
    root = _tensor_metadata(model, _INPUT_TENSOR_METADATA)
    if root is None:
        return None
    for unit in _tables(root, _PROCESS_UNITS):
        kind = unit.Offset(4 + 2 * _OPTIONS_TYPE)
        if kind == 0 or unit.Get(number_types.Uint8Flags, unit.Pos + kind) != _NORMALIZATION:
            continue
        options = unit.Offset(4 + 2 * _OPTIONS)
        if options == 0:
            continue
        table = Table(root.Bytes, unit.Indirect(unit.Pos + options))
        mean, std = _floats(table, _MEAN), _floats(table, _STD)
        if mean and std and all(value > 0 for value in std):
            return mean, std
    return None


def read_labels(data: bytes, model: tflite.Model, classes: int) -> list[str] | None:
    """The first label file of the archive that has a label for each class: among those that the metadata name for
    the output, else among all. If none has, the first that they name; None if there is none. Raises like
    read_normalization."""
    unfitting = None
    root = _tensor_metadata(model, _OUTPUT_TENSOR_METADATA)
    named = []
    for file in _tables(root, _ASSOCIATED_FILES) if root is not None else []:
        kind, name = file.Offset(4 + 2 * _FILE_TYPE), file.Offset(4 + 2 * _FILE_NAME)
        if name and kind and file.Get(number_types.Int8Flags, file.Pos + kind) == _TENSOR_AXIS_LABELS:
            named.append(bytes(file.String(file.Pos + name)).decode("utf-8", "replace"))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = {member.filename: member for member in archive.infolist()[:_MAX_MEMBERS]}
        others = [name for name in members if name.endswith(".txt") and name not in named]
        for member in (members[name] for name in (named + others)[:_MAX_LISTS] if name in members):
            labels = _member_labels(archive, member)
            if labels is not None and fitting(labels, classes):
                return labels
            if unfitting is None and member.filename in named:
                unfitting = labels
    except _BAD_ARCHIVE:
        pass  # no archive, or a damaged one: the labels can be given
    return unfitting


_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError,
                OSError, OverflowError, struct.error)


def _member_labels(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> list[str] | None:
    if member.file_size > _MAX_LABEL_BYTES:
        return None
    try:
        with archive.open(member) as file:
            text = file.read(_MAX_LABEL_BYTES + 1)
        return labels_in(text) if len(text) <= _MAX_LABEL_BYTES else None
    except _BAD_ARCHIVE:
        return None


def _tensor_metadata(model: tflite.Model, field: int) -> Table | None:
    """The metadata of the first input or output."""
    for i in range(min(model.MetadataLength(), _MAX_UNITS)):
        entry = model.Metadata(i)
        if entry.Name() == b"TFLITE_METADATA" and entry.Buffer() < model.BuffersLength():
            stored = bytes(model.Buffers(entry.Buffer()).DataAsNumpy())
            root = Table(stored, int.from_bytes(stored[:4], "little"))
            for part in (_SUBGRAPH_METADATA, field):
                children = _tables(root, part)
                if not children:
                    return None
                root = children[0]
            return root
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

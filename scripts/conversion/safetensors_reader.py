"""Reads a safetensors file (https://github.com/huggingface/safetensors) into named arrays. The file is not trusted:
its header and every offset are checked, as the format's own reader does."""
from __future__ import annotations

import json
import pathlib
import struct

import numpy as np

from .graph import ConversionError, printable

MAX_FILE_BYTES = 2 << 30
MAX_HEADER_BYTES = 100_000_000
MAX_DIMENSIONS = 8
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
           "I8": "<i1", "U8": "<u1", "BOOL": "<u1"}


class _Refused(Exception):
    """The text goes after the file's name."""


def read_safetensors(path: pathlib.Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors in the file's order, BF16 as float32, and the metadata. Raises ConversionError or OSError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConversionError(f"{path}: {path.stat().st_size} bytes (at most {MAX_FILE_BYTES} are read)")
    data = path.read_bytes()
    try:
        return _read(memoryview(data))
    except _Refused as refused:
        raise ConversionError(f"{path}: {printable(str(refused))}")


def _read(data: memoryview) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if not 2 <= length <= min(MAX_HEADER_BYTES, len(data) - 8):
        raise _Refused(f"a header of {length} bytes in a file of {len(data)} (expected a whole safetensors file)")
    header = _header(bytes(data[8:8 + length]))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _Refused("__metadata__ is not an object of strings")
    if not header:
        raise _Refused("holds no tensors (expected a state dict)")
    body = data[8 + length:]
    tensors = {name: _tensor(name, entry, body) for name, entry in header.items()}
    # The format wants the tensors side by side: a file with overlaps or holes is not intact.
    spans = sorted(entry["data_offsets"] for entry in header.values())
    at = 0
    for begin, end in spans:
        if begin != at:
            raise _Refused(f"tensor data {begin} to {end} (expected to begin at {at}, where the one before ends)")
        at = end
    if at != len(body):
        raise _Refused(f"{len(body)} bytes of tensor data (expected {at}, as the header has)")
    return tensors, metadata


def _header(text: bytes) -> dict:
    def without_doubles(pairs: list[tuple[str, object]]) -> dict:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name that occurs twice")
        return found

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=without_doubles)
    except (ValueError, RecursionError) as error:
        raise _Refused(f"the header is not JSON: {str(error)[:100]}")
    if not isinstance(header, dict):
        raise _Refused("the header is not a JSON object")
    return header


def _tensor(name: str, entry: object, body: memoryview) -> np.ndarray:
    name = name[:80]
    if not isinstance(entry, dict) or entry.get("dtype") not in _DTYPES:
        kind = entry.get("dtype") if isinstance(entry, dict) else entry
        raise _Refused(f"{name}: type {kind!s:.40} (expected {', '.join(_DTYPES)})")
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    if not _is_naturals(shape) or len(shape) > MAX_DIMENSIONS:
        raise _Refused(f"{name}: shape {shape!s:.80} (expected at most {MAX_DIMENSIONS} whole numbers)")
    if not _is_naturals(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= len(body):
        raise _Refused(f"{name}: data_offsets {offsets!s:.80} (expected two within the {len(body)} bytes of data)")
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    count = 1
    for size in shape:
        count *= size
    if count * dtype.itemsize != offsets[1] - offsets[0]:
        raise _Refused(f"{name}: {offsets[1] - offsets[0]} bytes (expected {shape!s:.80} x {dtype.itemsize})")
    array = np.frombuffer(body[offsets[0]:offsets[1]], dtype).reshape(shape)
    if entry["dtype"] == "BF16":  # the upper half of a float32
        return (array.astype("<u4") << 16).view("<f4")
    return array


def _is_naturals(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)

"""Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/), as far as
ONNX uses it. Its own runtime is not pure Python, and there are no wheels of it for boards. Damaged messages raise
ValueError or TypeError; nothing takes more memory than a few times the bytes that are read."""
from __future__ import annotations

import array
from collections.abc import Iterator

import numpy as np

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def fields(data: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """The fields of a message: number, wire type, and an integer (VARINT) or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = _varint(data, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind} at byte {at}")
        if size > len(data) - at:
            raise ValueError(f"a field of {size} bytes where {len(data) - at} are left")
        yield number, kind, data[at:at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a number without end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, at
        shift += 7


def signed(value: int) -> int:
    """The value of an int32 or int64 field."""
    return value - (1 << 64) if value >= 1 << 63 else value


def integers(kind: int, value: int | memoryview) -> array.array:
    """The values of a repeated integer field: one, or packed."""
    found = array.array("q")
    if kind == VARINT:
        found.append(signed(value))
        return found
    at = 0
    while at < len(value):
        number, at = _varint(value, at)
        found.append(signed(number))
    return found


def floats(value: memoryview, dtype: str = "<f4") -> np.ndarray:
    """The values of a float (or double) field: one, or packed."""
    return np.frombuffer(value, dtype)


def text(value: memoryview) -> str:
    return bytes(memoryview(value)).decode("utf-8", "replace")

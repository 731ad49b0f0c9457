"""Writes a safetensors file (https://github.com/huggingface/safetensors) whose data start at a multiple of 64
bytes: u64 header length, JSON header padded with spaces, then the tensors without holes. The types of four
bytes come first, then those of one, so that every tensor is aligned to its element size and can be used in
place."""
from __future__ import annotations

import json
import os
import pathlib
import struct
from collections.abc import Callable

import numpy as np

from .checksum import checksum

DATA_ALIGNMENT = 64
_DTYPES = {"float32": "F32", "int32": "I32", "uint8": "U8", "int8": "I8"}


def write_safetensors(path: pathlib.Path, tensors: dict[str, np.ndarray], metadata: dict[str, str],
                      check: Callable[[pathlib.Path, pathlib.Path], None] | None = None) -> None:
    """Adds the checksum of the tensors to the metadata. The file appears under its name when it is complete and
    `check`, which gets its preliminary name and its name, raises nothing, or not at all. Raises OSError."""
    ordered = sorted(tensors.items(),
                     key=lambda item: -item[1].dtype.itemsize)  # stable: layer order within a type
    data = b"".join(np.ascontiguousarray(array).tobytes() for _, array in ordered)
    header: dict[str, object] = {"__metadata__": {**metadata, "mobilenet.checksum": checksum(data)}}
    offset = 0
    for name, array in ordered:
        header[name] = {"dtype": _DTYPES[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-(8 + len(text)) % DATA_ALIGNMENT)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(text)))
            file.write(text)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(partial, path)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise

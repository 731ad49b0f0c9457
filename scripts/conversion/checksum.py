"""The checksum of a model file's tensors (src/weights/checksum.h). numpy makes it a hundred times as fast, but it
works without, too: get_model.py checks whether a file is intact where there is no numpy."""
from __future__ import annotations

import array
import itertools
import sys

try:
    import numpy as np
except ImportError:
    np = None

_MODULUS = 1 << 64
_PIECE = 1 << 20  # words; for all of VGG-16, the products would take half a gigabyte


def checksum(data: bytes) -> str:
    data += bytes(-len(data) % 8)
    total, weighted = _sums(data) if np is None else _sums_by_numpy(data)
    return f"sums64:{total % _MODULUS:016x}{weighted % _MODULUS:016x}"


def _sums(data: bytes) -> tuple[int, int]:
    words = array.array("Q", data)
    if sys.byteorder == "big":
        words.byteswap()
    # The sum of all running sums counts the first of n words n times, the last one once.
    return sum(words), sum(itertools.accumulate(words))


def _sums_by_numpy(data: bytes) -> tuple[int, int]:
    words = np.frombuffer(data, "<u8").astype(np.uint64, copy=False)
    total = weighted = 0
    for begin in range(0, len(words), _PIECE):
        piece = words[begin:begin + _PIECE]
        times = np.arange(len(words) - begin, len(words) - begin - len(piece), -1).astype(np.uint64)
        total += int(piece.sum(dtype=np.uint64))
        weighted += int((piece * times).sum(dtype=np.uint64))  # wraps around at 2^64, as it should
    return total, weighted

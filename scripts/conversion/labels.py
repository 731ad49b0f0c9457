"""Lists of labels: text files with one label per line, in the order of the classes."""
from __future__ import annotations

import pathlib
import re

from .graph import ConversionError

BACKGROUND = "background"


def read_labels(path: pathlib.Path) -> list[str]:
    """Raises ConversionError or OSError."""
    try:
        return labels_in(path.read_bytes())
    except UnicodeDecodeError:
        raise ConversionError(f"{path}: not UTF-8 text (expected one label per line)")


def labels_in(text: bytes) -> list[str]:
    """Raises UnicodeDecodeError."""
    lines = text.decode("utf-8-sig").removesuffix("\n").split("\n")
    return _without_numbers([line.rstrip("\r") for line in lines]) if text else []


def _without_numbers(lines: list[str]) -> list[str]:
    """Teachable Machine writes "0 empty", "1 full": every line begins with the number of its class."""
    found = [re.fullmatch(rf"0*{i}\s+(\S.*)", line) for i, line in enumerate(lines)]
    return [match[1] for match in found] if len(lines) > 1 and all(found) else lines


def fitting(labels: list[str], classes: int) -> list[str] | None:
    """One per class, or None. A list with one more, since it starts with `background`, fits a network without
    that class."""
    if len(labels) == classes + 1 and labels[0] == BACKGROUND:
        labels = labels[1:]
    return labels if len(labels) == classes else None

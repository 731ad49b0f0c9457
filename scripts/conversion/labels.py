"""Lists of labels: text files of one label a line, in the order of the classes."""
from __future__ import annotations

import pathlib

from .graph import ConversionError

BACKGROUND = "background"


def read_labels(path: pathlib.Path) -> list[str]:
    """Raises ConversionError or OSError."""
    try:
        return labels_in(path.read_bytes())
    except UnicodeDecodeError:
        raise ConversionError(f"{path}: not UTF-8 text (expected one label a line)")


def labels_in(text: bytes) -> list[str]:
    """Raises UnicodeDecodeError."""
    lines = text.decode("utf-8-sig").removesuffix("\n").split("\n")
    return [line.rstrip("\r") for line in lines] if text else []


def fitting(labels: list[str], classes: int) -> list[str] | None:
    """One a class, or None. A list that is one longer because it starts with `background` fits a network without
    that class."""
    if len(labels) == classes + 1 and labels[0] == BACKGROUND:
        labels = labels[1:]
    return labels if len(labels) == classes else None

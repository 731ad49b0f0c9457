"""Completes a model with what it needs besides its layers: a label for each class, and how a photograph becomes its
input. The user's options count most, then the file, then what is usual for a network of that name."""
from __future__ import annotations

import math
import pathlib
from dataclasses import dataclass

from .graph import ConversionError
from .labels import fitting, read_labels
from .model import Model

LABELS = pathlib.Path(__file__).resolve().parents[2] / "models" / "labels"
IMAGENET = LABELS / "imagenet_1001.txt"
IMAGENET_CLASSES = (1000, 1001)
CROP_FRACTION, INTERPOLATION, COLOR, RESIZE = 0.875, "bilinear", "rgb", "crop"
# Mean and std for networks whose files do not say, by the beginning of their names.
_USUAL = {"mobilenet_v": (127.5, 127.5), "efficientnet_lite": (127.0, 128.0)}


@dataclass
class Wishes:
    """The user's options; None: not given."""
    labels: pathlib.Path | None = None
    mean: list[float] | None = None
    std: list[float] | None = None
    color: str | None = None
    resize: str | None = None
    crop_fraction: float | None = None
    interpolation: str | None = None


def complete(model: Model, wishes: Wishes, where: pathlib.Path) -> tuple[list[str], dict[str, object]]:
    """Labels and `mobilenet.preprocess`. Raises ConversionError, which names everything that is missing, or OSError."""
    labels = _labels(model, wishes.labels)
    mean, std = model.mean, model.std
    if model.color == "grey" and wishes.color is not None:
        raise ConversionError(f"{where}: its input is grey (expected no --color)")
    if mean is None and model.has_name and where.suffix != ".onnx":  # ONNX has no usual values
        usual = next((usual for name, usual in _USUAL.items() if model.architecture.startswith(name)), None)
        mean, std = ([value] * 3 for value in usual) if usual else (None, None)
    missing, expected = [], []
    if labels is None:
        own = "" if model.labels is None else f" (its own has {len(model.labels)})"
        missing.append(f"{model.classes} classes and no label list{own}")
        expected.append("--labels FILE with one label per line")
    if mean is None:
        missing.append("nothing says how pixels become its input")
        expected.append("--mean and --std of real = (pixel - MEAN) / STD, pixels in 0...255")
    if missing:
        raise ConversionError(f"{where}: {', and '.join(missing)} (expected {', and '.join(expected)})")
    if model.color == "grey":
        mean, std = mean[:1], std[:1]
    resize = wishes.resize or RESIZE
    preprocess: dict[str, object] = {"color": wishes.color or model.color or COLOR, "resize": resize}
    if resize == "crop":
        preprocess["crop_fraction"] = wishes.crop_fraction or model.crop_fraction or CROP_FRACTION
    preprocess.update(interpolation=wishes.interpolation or model.interpolation or INTERPOLATION, mean=mean,
                      std=std)
    return labels, preprocess


def _labels(model: Model, path: pathlib.Path | None) -> list[str] | None:
    """One label per class."""
    if path is None and model.labels is not None and (labels := fitting(model.labels, model.classes)):
        return labels
    if path is None and model.classes not in IMAGENET_CLASSES:
        return None
    found = read_labels(path or IMAGENET)
    labels = fitting(found, model.classes)
    if labels is None:
        raise ConversionError(
            f"{path or IMAGENET}: {len(found)} labels (expected {model.classes}, as the network has classes)")
    return labels


def one_or_three(text: str) -> list[float]:
    """"127.5" or "123.7,116.3,103.5": one number for all channels, or one for each. Raises ValueError."""
    values = [float(part) for part in text.split(",")]
    if len(values) not in (1, 3) or not all(math.isfinite(value) and abs(value) < 1e30 for value in values):
        raise ValueError(text)
    return values * (3 // len(values))

"""Reads the config.json beside timm's models on the Hugging Face hub: which model it is, how pictures
become its input, its labels. Everything in it is checked; files of other libraries are ignored."""
from __future__ import annotations

import json
import math
import pathlib
from dataclasses import dataclass

from .graph import ConversionError

MAX_BYTES = 64 << 20
MAX_RESOLUTION = 2048


@dataclass
class HubConfig:
    path: pathlib.Path
    architecture: str  # "tf_efficientnet_lite0"
    resolution: int | None = None
    crop_fraction: float | None = None
    interpolation: str | None = None
    mean: list[float] | None = None  # of pixels in 0...255
    std: list[float] | None = None
    labels: list[str] | None = None
    classes: int | None = None


def read_beside(weights: pathlib.Path) -> HubConfig | None:
    """The folder's, if it has one from timm. Raises ConversionError or OSError."""
    path = weights.with_name("config.json")
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("architecture"), str):
        return None
    # In older files, before pretrained_cfg existed, all settings are on one level.
    picture = raw.get("pretrained_cfg", raw)
    if not isinstance(picture, dict):
        raise ConversionError(f"{path}: pretrained_cfg is not an object (expected timm's)")
    config = HubConfig(path, raw["architecture"])
    _read_picture(config, picture)
    if type(raw.get("num_classes")) is int:
        config.classes = raw["num_classes"]
    # Older versions use this key for labels.
    config.labels = _labels(path, raw.get("label_names", picture.get("label_names", raw.get("labels"))),
                            raw.get("label_descriptions", picture.get("label_descriptions")))
    return config


def _read_picture(config: HubConfig, raw: dict) -> None:
    def demand(fits: bool, key: str, expected: str) -> None:
        if not fits:
            raise ConversionError(f"{config.path}: {key} {raw.get(key)!r:.80} (expected {expected})")

    if raw.get("input_size") is not None:
        size = raw["input_size"]
        demand(isinstance(size, list) and len(size) == 3 and all(type(n) is int for n in size) and size[0] == 3 and
               size[1] == size[2] and 1 <= size[1] <= MAX_RESOLUTION, "input_size", "[3, R, R]")
        config.resolution = size[1]
    demand(raw.get("crop_mode", "center") == "center", "crop_mode", "center")
    if raw.get("crop_pct") is not None:
        crop = raw["crop_pct"]
        demand(_is_number(crop) and 0.1 < crop <= 1, "crop_pct", "a number from 0.1 to 1")
        size = config.resolution or 224
        config.crop_fraction = size / math.floor(size / crop)
    if raw.get("interpolation") is not None:
        demand(raw["interpolation"] in ("bilinear", "bicubic"), "interpolation", "bilinear or bicubic")
        config.interpolation = raw["interpolation"]
    for key in ("mean", "std"):
        if raw.get(key) is not None:
            values = raw[key]
            demand(isinstance(values, list) and len(values) == 3 and all(
                _is_number(value) and (0 if key == "mean" else 1e-6) <= value <= 1000 for value in values), key,
                "three numbers")
            setattr(config, key, [float(round(255 * value, 9)) for value in values])


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _labels(path: pathlib.Path, names: object, descriptions: object) -> list[str] | None:
    """One per class: the description of its name, if it has one."""
    if isinstance(names, dict):  # by class number
        names = [names.get(str(i)) for i in range(len(names))]
    if not isinstance(names, list) or not names:
        return None
    if not all(isinstance(name, str) for name in names):
        raise ConversionError(f"{path}: label_names are not one text per class (expected timm's)")
    described = descriptions if isinstance(descriptions, dict) else {}
    return [str(described.get(name, name)) for name in names]

"""Runs a model file in numpy, layer by layer, slowly and obviously: the oracle of the conversion tests.

Quantised files run in TensorFlow Lite's reference arithmetic (accumulators exact in int64, then a fixed-point
multiplier rounded twice, gemmlowp's), so that a right conversion of a uint8 file gives the reference's very
bytes."""
from __future__ import annotations

import json
import math
import pathlib
import struct
import zlib

import numpy as np
from safetensors import safe_open

# Strides by layer; all other convolutions have stride 1.
V1_STRIDE_2 = {"conv1", "conv_dw_2", "conv_dw_4", "conv_dw_6", "conv_dw_12"}
V2_STRIDE_2 = {"conv1", *(f"block_{i}.depthwise" for i in (1, 3, 6, 13))}
LITE0_STRIDE_2 = {"conv1", *(f"block_{i}.depthwise" for i in (1, 3, 5, 11))}
# Blocks whose input is added to their output.
LITE0_ADDS = (2, 4, 6, 7, 9, 10, 12, 13, 14)


class ModelFile:
    """A model file read with the safetensors package, which did not write it."""

    def __init__(self, path: pathlib.Path):
        with safe_open(path, "np") as file:
            self.metadata = file.metadata()
            self.tensors = {name: file.get_tensor(name) for name in file.keys()}

    def __getitem__(self, name: str) -> np.ndarray:
        return self.tensors[name]

    def json(self, key: str) -> object:
        return json.loads(self.metadata[f"mobilenet.{key}"])

    @property
    def quantization(self) -> str:
        return self.metadata["mobilenet.quantization"]

    def layer_names(self) -> list[str]:
        """In the order of the forward pass."""
        if self.metadata["mobilenet.architecture"] == "mobilenet_v1":
            return ["conv1"] + [f"conv_{kind}_{i}" for i in range(1, 14) for kind in ("dw", "pw")] + [
                "logits"]
        names = ["conv1"]
        is_lite = self.metadata["mobilenet.architecture"] == "efficientnet_lite0"
        adds = LITE0_ADDS if is_lite else (2, 4, 5, 7, 8, 9, 11, 12, 14, 15)
        for block in range(16 if is_lite else 17):
            parts = ("depthwise", "project") if block == 0 else ("expand", "depthwise", "project")
            names += [f"block_{block}.{part}" for part in parts]
            if f"block_{block}.add.output.scale" in self.tensors or (
                    self.quantization == "none" and block in adds):
                names.append(f"block_{block}.add")
        return names + ["conv_last", "logits"]

    def output(self, name: str) -> tuple[np.float32, int]:
        prefix = "input" if name == "input" else f"{name}.output"
        return self[f"{prefix}.scale"][0], int(self[f"{prefix}.zero_point"][0])


def run(model: ModelFile, pixels: np.ndarray, keep: dict[str, np.ndarray] | None = None) -> np.ndarray:
    """The logits, float or quantised, of one picture uint8 [R, R, 3]. `keep` gets every layer's output."""
    is_float = model.quantization == "none"
    preprocess = model.json("preprocess")
    real = (pixels.astype(np.float64) - preprocess["mean"]) / preprocess["std"]
    x = real if is_float else quantise(real, *model.output("input"))
    is_lite = model.metadata["mobilenet.architecture"] == "efficientnet_lite0"
    strided = LITE0_STRIDE_2 if is_lite else V1_STRIDE_2 | V2_STRIDE_2
    at = None if is_float else model.output("input")
    shortcut, shortcut_at = x, at
    for name in model.layer_names():
        if name == "logits":
            x, at = (x.mean((0, 1), keepdims=True), at) if is_float else pool(model, x, at)
        if name.endswith(".add"):
            x = x + shortcut if is_float else add(model, name, x, at, shortcut, shortcut_at)
        else:
            stride = 2 if name in strided else 1
            x = float_layer(model, name, x, stride) if is_float else quantised_layer(
                model, name, x, at, stride)
        at = None if is_float else model.output(name)
        if name == "conv1" or name.endswith((".project", ".add")):
            next_starts = not f"{name.rsplit('.', 1)[0]}.add" in model.layer_names() or name.endswith(".add")
            if next_starts:
                shortcut, shortcut_at = x, at
        if keep is not None:
            keep[name] = x
    return x.reshape(-1)


def quantise(real: np.ndarray, scale: np.float32, zero_point: int) -> np.ndarray:
    return (np.rint(real / np.float64(scale)) + zero_point).astype(np.int64)


def is_linear(name: str) -> bool:
    return name == "logits" or name.endswith(".project")


def convolve(x: np.ndarray, weights: np.ndarray, stride: int, padding: object) -> np.ndarray:
    """x [H, W, C] of float64; weights [OC, KH, KW, IC], [KH, KW, C] (depthwise) or [OC, IC]."""
    if weights.ndim == 2:
        weights = weights[:, None, None, :]
    if weights.shape[1:3] == (1, 1) and weights.ndim == 4:
        return x @ weights[:, 0, 0, :].T
    kernel = weights.shape[0] if weights.ndim == 3 else weights.shape[1]
    size = [-(-extent // stride) for extent in x.shape[:2]]
    total = [max((n - 1) * stride + kernel - extent, 0) for n, extent in zip(size, x.shape[:2])]
    x = np.pad(x, [(t // 2, t - t // 2) for t in total] + [(0, 0)], constant_values=padding)
    output = 0.0
    for kh in range(kernel):
        for kw in range(kernel):
            window = x[kh:kh + stride * size[0]:stride, kw:kw + stride * size[1]:stride][:size[0], :size[1]]
            output = output + (window *
                               weights[kh, kw] if weights.ndim == 3 else window @ weights[:, kh, kw].T)
    return output


def float_layer(model: ModelFile, name: str, x: np.ndarray, stride: int) -> np.ndarray:
    x = convolve(x, model[f"{name}.weights"].astype(np.float64), stride, 0.0) + model[f"{name}.bias"]
    return x if is_linear(name) else np.clip(x, 0, 6)


def limits(model: ModelFile) -> tuple[int, int]:
    return (0, 255) if model.quantization == "u8_per_tensor" else (-128, 127)


def quantised_layer(model: ModelFile, name: str, x: np.ndarray, at: tuple[np.float32, int],
                    stride: int) -> np.ndarray:
    # float64 holds these sums exactly: they are far below 2^53.
    weights = model[f"{name}.weights"].astype(np.float64) - model[f"{name}.weights.zero_point"][0]
    accumulators = convolve((x - at[1]).astype(np.float64), weights, stride, 0.0) + model[f"{name}.bias"]
    scale, zero_point = model.output(name)
    weights_scale = model[f"{name}.weights.scale"]
    if model.quantization == "s8_per_channel":
        weights_scale = weights_scale.astype(np.float64)
    # The reference multiplies the two scales as floats for uint8 and as doubles for int8.
    real = (at[0] * weights_scale).astype(np.float64) / np.float64(scale)
    y = multiply(accumulators.astype(np.int64), np.broadcast_to(real, accumulators.shape[-1:])) + zero_point
    low, high = limits(model)
    if not is_linear(name):
        low, high = max(low, zero_point), min(high, zero_point + round(6 / float(scale)))
    return np.clip(y, low, high)


def multiply(values: np.ndarray, real: np.ndarray) -> np.ndarray:
    """MultiplyByQuantizedMultiplier of TFLite: values x real, real as 31-bit mantissa and shift, rounded
    twice."""
    mantissas, shifts = zip(*(fixed_point(float(r)) for r in real))
    mantissa, shift = np.array(mantissas, np.int64), np.array(shifts, np.int64)
    product = (values << np.maximum(shift, 0)) * mantissa
    high = np.where(product >= 0, product + (1 << 30), product + 1 - (1 << 30))
    high = np.sign(high) * (np.abs(high) >> 31)  # C++'s division rounds towards 0
    right = np.maximum(-shift, 0)
    mask = (1 << right) - 1
    remainder = high & mask
    return (high >> right) + (remainder > (mask >> 1) + (high < 0))


def fixed_point(real: float) -> tuple[int, int]:
    mantissa, exponent = math.frexp(real)
    fixed = int(math.floor(mantissa * (1 << 31) + 0.5))
    if fixed == 1 << 31:
        fixed, exponent = fixed // 2, exponent + 1
    return fixed, exponent


def pool(model: ModelFile, x: np.ndarray, at: tuple[np.float32,
                                                    int]) -> tuple[np.ndarray, tuple[np.float32, int]]:
    count = x.shape[0] * x.shape[1]
    total = x.sum((0, 1), keepdims=True)
    if "global_avg_pool.output.scale" in model.tensors:  # MEAN to another scale, rounded once
        to = model.output("global_avg_pool")
        real = (total - count * at[1]) * np.float64(at[0]) / (count * np.float64(to[0]))
        return np.clip(np.rint(real) + to[1], *limits(model)).astype(np.int64), to
    half = np.where(total > 0, count // 2, -(count // 2))
    return np.trunc((total + half) / count).astype(np.int64), at


def add(model: ModelFile, name: str, x: np.ndarray, at: tuple[np.float32, int], y: np.ndarray,
        y_at: tuple[np.float32, int]) -> np.ndarray:
    """TFLite's ADD: both inputs at twice the larger scale, 20 bits up, added, then scaled down."""
    scale, zero_point = model.output(name)
    twice = 2 * max(np.float64(at[0]), np.float64(y_at[0]))
    channels = x.shape[-1]
    total = sum(multiply((value - point[1]) << 20, np.full(channels, np.float64(point[0]) / twice))
                for value, point in ((x, at), (y, y_at)))
    result = multiply(total, np.full(channels, twice / ((1 << 20) * np.float64(scale)))) + zero_point
    return np.clip(result, *limits(model))


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max())
    return e / e.sum()


def read_png(path: pathlib.Path) -> np.ndarray:
    """uint8 [H, W, 3] of an 8-bit RGB PNG without interlacing."""
    data, at, header, packed = path.read_bytes(), 8, None, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        header, packed = (body if kind == b"IHDR" else header), packed + (body if kind == b"IDAT" else b"")
        at += 12 + length
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    assert (depth, colour, interlace) == (8, 2, 0), path
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    above = [0] * (3 * width)
    image = []
    for row in rows.tolist():
        above = unfilter(row[0], row[1:], above)
        image.append(above)
    return np.array(image, np.uint8).reshape(height, width, 3)


def unfilter(kind: int, row: list[int], above: list[int]) -> list[int]:
    for i in range(len(row)) if kind else ():
        left = row[i - 3] if i >= 3 else 0
        if kind == 1:
            predicted = left
        elif kind == 2:
            predicted = above[i]
        elif kind == 3:
            predicted = (left + above[i]) // 2
        else:
            corner = above[i - 3] if i >= 3 else 0
            distances = abs(above[i] - corner), abs(left - corner), abs(left + above[i] - 2 * corner)
            predicted = (left, above[i], corner)[distances.index(min(distances))]
        row[i] = (row[i] + predicted) & 255
    return row

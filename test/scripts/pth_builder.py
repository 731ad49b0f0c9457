"""Writes .pth files as torch.save does, without torch: the legacy layout and the archive, from numpy arrays; and
state dicts of small EfficientNet-Lites with seeded weights."""
from __future__ import annotations

import collections
import contextlib
import io
import math
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {"float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage",
             "int64": "LongStorage"}


class Tensor:
    """A view: elements of `base`, which is stored as it lies in memory, in the order of `array`'s axes."""

    def __init__(self, array: np.ndarray):
        self.base = array if array.base is None else array.base
        self.array = array
        self.changes: dict[str, object] = {}  # what a hostile file says instead

    def __reduce__(self):
        item = self.array.itemsize
        offset = (self.array.__array_interface__["data"][0] - self.base.__array_interface__["data"][0]) // item
        said = {"offset": offset, "sizes": self.array.shape,
                "strides": tuple(stride // item for stride in self.array.strides), **self.changes}
        return (sys.modules["torch._utils"]._rebuild_tensor_v2,
                (_Storage(self.base), said["offset"], said["sizes"], said["strides"], False,
                 collections.OrderedDict()))


class _Storage:
    def __init__(self, base: np.ndarray):
        self.base = base


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO):
        super().__init__(file, protocol=2)
        self.storages: dict[str, np.ndarray] = {}

    def persistent_id(self, value: object) -> object:
        if not isinstance(value, _Storage):
            return None
        key = str(id(value.base))
        self.storages[key] = value.base
        kind = getattr(sys.modules["torch"], _STORAGES[value.base.dtype.name])
        return ("storage", kind, key, "cpu", value.base.size, None)[:6 if self.has_views else 5]

    has_views = True


@contextlib.contextmanager
def fake_torch():
    """The names that a pickle of torch refers to."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2():
        pass

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name in _STORAGES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def with_metadata(tensors: dict[str, np.ndarray]) -> collections.OrderedDict:
    """As made by Module.state_dict(): with an attribute _metadata."""
    state = collections.OrderedDict((name, Tensor(array)) for name, array in tensors.items())
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


def write_legacy(root: object, magic: int = MAGIC, little_endian: bool = True) -> bytes:
    file = io.BytesIO()
    with fake_torch():
        machine = {"protocol_version": 1001, "little_endian": little_endian,
                   "type_sizes": {"short": 2, "int": 4, "long": 4}}
        for value in (magic, 1001, machine):
            pickle.dump(value, file, 2)
        pickler = _Pickler(file)
        pickler.dump(root)
        pickle.dump(sorted(pickler.storages), file, 2)
    for key in sorted(pickler.storages):
        base = pickler.storages[key]
        file.write(struct.pack("<q", base.size) + base.tobytes())
    return file.getvalue()


def write_archive(root: object) -> bytes:
    text = io.BytesIO()
    with fake_torch():
        pickler = _Pickler(text)
        pickler.has_views = False
        pickler.dump(root)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("name/data.pkl", text.getvalue())
        archive.writestr("name/byteorder", "little")
        for key, base in pickler.storages.items():
            archive.writestr(f"name/data/{key}", base.tobytes())
        archive.writestr("name/version", "3\n")
    return file.getvalue()


# Of EfficientNet-Lite: expansion, kernel, channels, repeats of each stage; width and depth multiplier of 0 to 4.
_STAGES = ((1, 3, 16, 1), (6, 3, 24, 2), (6, 5, 40, 2), (6, 3, 80, 3), (6, 5, 112, 3), (6, 5, 192, 4), (6, 3, 320, 1))
_MULTIPLIERS = ((1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8))


class _Seeded:
    """A state dict being built. Convolutions are views of HWIO, as in files that come from TensorFlow."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.tensors: dict[str, np.ndarray] = {}

    def floats(self, *shape: int) -> np.ndarray:
        return self.random.standard_normal(shape, np.float32)

    def batch_norm(self, name: str, channels: int) -> None:
        for part in ("weight", "bias", "running_mean"):
            self.tensors[f"{name}.{part}"] = self.floats(channels)
        self.tensors[f"{name}.running_var"] = self.random.uniform(0.1, 2, channels).astype(np.float32)
        self.tensors[f"{name}.num_batches_tracked"] = np.array(0, np.int64)

    def convolution(self, name: str, batch_norm: str, outputs: int, inputs: int, kernel: int = 1) -> None:
        self.tensors[f"{name}.weight"] = self.floats(kernel, kernel, inputs, outputs).transpose(3, 2, 0, 1)
        self.batch_norm(batch_norm, outputs)

    def depthwise(self, name: str, batch_norm: str, channels: int, kernel: int) -> None:
        self.tensors[f"{name}.weight"] = self.floats(kernel, kernel, channels).transpose(2, 0, 1)[:, None]
        self.batch_norm(batch_norm, channels)

    def classifier(self, name: str, inputs: int, classes: int) -> None:
        self.tensors[f"{name}.weight"] = self.floats(inputs, classes).T
        self.tensors[f"{name}.bias"] = self.floats(classes)


def _to_eights(channels: float) -> int:
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def seeded_lite(seed: int, classes: int = 5, number: int = 0) -> dict[str, np.ndarray]:
    """EfficientNet-Lite with the names of efficientnet_pytorch."""
    width, depth = _MULTIPLIERS[number]
    made = _Seeded(seed)
    made.convolution("_conv_stem", "_bn0", 32, 3, 3)
    at, index = 32, 0
    for stage, (expansion, kernel, channels, repeats) in enumerate(_STAGES):
        for _ in range(repeats if stage in (0, len(_STAGES) - 1) else math.ceil(depth * repeats)):
            prefix = f"_blocks.{index}."
            if expansion > 1:
                made.convolution(f"{prefix}_expand_conv", f"{prefix}_bn0", expansion * at, at)
            made.depthwise(f"{prefix}_depthwise_conv", f"{prefix}_bn1", expansion * at, kernel)
            made.convolution(f"{prefix}_project_conv", f"{prefix}_bn2", _to_eights(width * channels), expansion * at)
            at = _to_eights(width * channels)
            index += 1
    made.convolution("_conv_head", "_bn1", 1280, at)
    made.classifier("_fc", 1280, classes)
    return made.tensors


def seeded_small(seed: int, classes: int = 5) -> dict[str, np.ndarray]:
    """A MobileNet V2 with few channels and the names of torchvision."""
    made = _Seeded(seed)
    made.convolution("features.0.0", "features.0.1", 8, 3, 3)
    for index in range(1, 18):
        prefix = f"features.{index}.conv."
        if index > 1:
            made.convolution(f"{prefix}0.0", f"{prefix}0.1", 16, 8)
        place, hidden = (1, 16) if index > 1 else (0, 8)
        made.depthwise(f"{prefix}{place}.0", f"{prefix}{place}.1", hidden, 3)
        made.convolution(f"{prefix}{place + 1}", f"{prefix}{place + 2}", 8, hidden)
    made.convolution("features.18.0", "features.18.1", 16, 8)
    made.classifier("classifier.1", 16, classes)
    return made.tensors

"""Writes .pth files as torch.save does, without torch: the legacy layout and the archive, from numpy arrays; and
state dicts of small EfficientNet-Lites with seeded weights."""
from __future__ import annotations

import collections
import contextlib
import io
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
    """As Module.state_dict() makes it: with an attribute _metadata."""
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


def seeded_lite(seed: int, classes: int = 5, blocks: int = 16, last: int = 320) -> dict[str, np.ndarray]:
    """Of the names and ranks of an EfficientNet-Lite; all channels but the last block's are few. Convolutions are
    views of HWIO, as those of the published files."""
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}

    def batch_norm(name: str, channels: int) -> None:
        for part in ("weight", "bias", "running_mean"):
            tensors[f"{name}.{part}"] = random.normal(size=channels).astype(np.float32)
        tensors[f"{name}.running_var"] = random.uniform(0.1, 2, channels).astype(np.float32)
        tensors[f"{name}.num_batches_tracked"] = np.array(0, np.int64)

    def convolution(name: str, outputs: int, inputs: int, kernel: int) -> None:
        hwio = random.normal(size=(kernel, kernel, inputs, outputs)).astype(np.float32)
        tensors[f"{name}.weight"] = hwio.transpose(3, 2, 0, 1)

    def depthwise(name: str, channels: int, kernel: int) -> None:
        hwc = random.normal(size=(kernel, kernel, channels)).astype(np.float32)
        tensors[f"{name}.weight"] = hwc.transpose(2, 0, 1)[:, None]

    convolution("_conv_stem", 8, 3, 3)
    batch_norm("_bn0", 8)
    at = 8
    for index in range(blocks):
        prefix = f"_blocks.{index}."
        if index > 0:
            convolution(f"{prefix}_expand_conv", 2 * at, at, 1)
            batch_norm(f"{prefix}_bn0", 2 * at)
        channels = at if index == 0 else 2 * at
        depthwise(f"{prefix}_depthwise_conv", channels, 5 if index % 2 else 3)
        batch_norm(f"{prefix}_bn1", channels)
        at = last if index == blocks - 1 else 4
        convolution(f"{prefix}_project_conv", at, channels, 1)
        batch_norm(f"{prefix}_bn2", at)
    convolution("_conv_head", 16, at, 1)
    batch_norm("_bn1", 16)
    tensors["_fc.weight"] = random.normal(size=(16, classes)).astype(np.float32).T
    tensors["_fc.bias"] = random.normal(size=classes).astype(np.float32)
    return tensors

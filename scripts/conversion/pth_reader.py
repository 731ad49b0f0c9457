"""Reads the state dict of a .pth file that torch.save wrote, without torch: tensors by name, as numpy arrays.

Such a file is pickled, and a pickle can call anything. This interpreter knows the opcodes with which tensors and
containers are written, and refuses everything else by name; nothing that a file names is imported or called. Two
layouts: the legacy one of five pickles (magic number, protocol, a dict about the machine, the state dict, the list of
storage keys) followed by the storages, each with its number of elements; and since torch 1.6 a ZIP archive with
data.pkl and a member for each storage.

A tensor is a view: an offset, sizes and strides into a storage. Strides are often not those of the sizes (networks
from TensorFlow keep HWIO underneath), so they are followed."""
from __future__ import annotations

import io
import pathlib
import pickletools
import struct
import warnings
import zipfile
from dataclasses import dataclass, field

import numpy as np

from .graph import ConversionError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
MAX_FILE_BYTES = 2 << 30
MAX_DIMENSIONS = 8
_DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8",
           "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1",
           "BoolStorage": "<u1"}
_KNOWN = {("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"),
          ("torch._utils", "_rebuild_parameter"), *(("torch", name) for name in _DTYPES)}


@dataclass
class _Global:
    """A name in a pickle. It stands for the object it names, and is never looked up."""
    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass
class _Storage:
    key: str
    dtype: np.dtype
    count: int
    values: np.ndarray | None = None


@dataclass
class _View:
    """A tensor before the storages are read."""
    storage: _Storage
    offset: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass
class _Dict:
    """An OrderedDict or dict, whose keys need not be hashable: in the end only names matter."""
    items: list[tuple[object, object]] = field(default_factory=list)


class _Refused(Exception):
    """The text goes after the file's name."""


def read_state_dict(path: pathlib.Path) -> dict[str, np.ndarray]:
    """In the file's order. Raises ConversionError or OSError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ConversionError(f"{path}: {path.stat().st_size} bytes (at most {MAX_FILE_BYTES} are read)")
    data = path.read_bytes()
    try:
        root = _read_archive(data) if data[:2] == b"PK" else _read_legacy(data)
        return _named_tensors(root)
    except _Refused as refused:
        raise ConversionError(f"{path}: {refused}")


def _read_legacy(data: bytes) -> object:
    file = io.BytesIO(data)
    storages: dict[str, _Storage] = {}

    def next_pickle() -> object:
        return _Interpreter(file, storages).run()

    if next_pickle() != MAGIC:
        raise _Refused("not a file of torch.save (expected its magic number at the beginning)")
    if next_pickle() != PROTOCOL:
        raise _Refused(f"another layout (expected protocol {PROTOCOL})")
    machine = next_pickle()
    if not isinstance(machine, _Dict) or ("little_endian", True) not in machine.items:
        raise _Refused("not written on a little-endian machine (expected little_endian: True)")
    root = next_pickle()
    keys = next_pickle()
    if not isinstance(keys, list) or sorted(map(repr, keys)) != sorted(map(repr, storages)):
        raise _Refused("its list of storages is not that of its tensors")
    for key in keys:
        storage = storages[key]
        length = file.read(8)
        count = struct.unpack("<q", length)[0] if len(length) == 8 else -1
        values = file.read(storage.count * storage.dtype.itemsize) if count == storage.count else b""
        _fill(storage, values)
    if file.read(1):
        raise _Refused("goes on after its last storage")
    return root


def _read_archive(data: bytes) -> object:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            pickles = [name for name in sizes if name.endswith("/data.pkl")]
            if len(pickles) != 1 or sum(sizes.values()) > MAX_FILE_BYTES:
                raise _Refused("not an archive of torch.save (expected one data.pkl and its storages)")
            folder = pickles[0].removesuffix("data.pkl")
            order = archive.read(folder + "byteorder") if folder + "byteorder" in sizes else b"little"
            if order != b"little":
                raise _Refused("not written on a little-endian machine (expected the byte order little)")
            storages: dict[str, _Storage] = {}
            root = _Interpreter(io.BytesIO(archive.read(pickles[0])), storages).run()
            for storage in storages.values():
                name = f"{folder}data/{storage.key}"
                if sizes.get(name) != storage.count * storage.dtype.itemsize:
                    raise _Refused(f"storage {storage.key}: {sizes.get(name, 'no')} bytes (expected "
                                   f"{storage.count} x {storage.dtype.itemsize})")
                _fill(storage, archive.read(name))
            return root
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, KeyError, RuntimeError,
            ValueError, struct.error, OverflowError) as error:
        raise _Refused(f"not a whole archive: {error}")
    except Exception as error:  # zlib's errors have no base class of their own
        if isinstance(error, (_Refused, MemoryError, OSError)):
            raise
        raise _Refused(f"not a whole archive: {error}")


def _fill(storage: _Storage, values: bytes) -> None:
    if len(values) != storage.count * storage.dtype.itemsize:
        raise _Refused(f"storage {storage.key} is not whole (expected {storage.count} elements)")
    storage.values = np.frombuffer(values, storage.dtype)


def _named_tensors(root: object) -> dict[str, np.ndarray]:
    if isinstance(root, _Dict):  # a training run's file has the state dict beside the optimizer's
        for name in ("state_dict", "model"):
            inner = [value for key, value in root.items if key == name]
            if len(inner) == 1 and isinstance(inner[0], _Dict):
                root = inner[0]
                break
    if not isinstance(root, _Dict) or not root.items:
        raise _Refused("holds no state dict (expected a dict of tensors by name)")
    tensors: dict[str, np.ndarray] = {}
    for name, view in root.items:
        if not isinstance(name, str) or not isinstance(view, _View):
            raise _Refused(f"{name!r:.80}: is not a tensor (expected a dict of tensors by name)")
        if name in tensors:
            raise _Refused(f"{name}: occurs twice")
        tensors[name] = _array(name, view)
    return tensors


def _array(name: str, view: _View) -> np.ndarray:
    count, last = 1, view.offset
    for size, stride in zip(view.sizes, view.strides):
        count *= size
        last += max(size - 1, 0) * stride
    # A view has no more elements than its storage: with a stride of 0, one number could become gigabytes.
    if count > view.storage.count or (count > 0 and last >= view.storage.count):
        raise _Refused(f"{name}: sizes {list(view.sizes)} with strides {list(view.strides)} from {view.offset} on "
                       f"(expected within {view.storage.count} elements)")
    if count == 0:
        return np.zeros(view.sizes, view.storage.dtype)
    item = view.storage.dtype.itemsize
    return np.ascontiguousarray(
        np.lib.stride_tricks.as_strided(view.storage.values[view.offset:], view.sizes,
                                        [stride * item for stride in view.strides]))


class _Interpreter:
    """Runs one pickle of the file, up to its STOP."""

    def __init__(self, file: io.BytesIO, storages: dict[str, _Storage]):
        self.file = file
        self.storages = storages
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        try:
            with warnings.catch_warnings():  # about escape sequences in strings
                warnings.simplefilter("ignore")
                return self.interpret()
        except _Refused:
            raise
        # Raised by genops, and by a stack that is too short.
        except (ValueError, IndexError, KeyError, TypeError, UnicodeError, OverflowError, struct.error) as error:
            raise _Refused(f"not a whole pickle: {error or type(error).__name__}")

    def interpret(self) -> object:
        for opcode, argument, _ in pickletools.genops(self.file):
            if opcode.name == "STOP":
                return self.pop()
            self.step(opcode.name, argument)
        raise _Refused("not a whole pickle")

    def step(self, name: str, argument: object) -> None:
        stack = self.stack
        if name in ("PROTO", "FRAME"):
            return
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _VALUES:
            stack.append(argument)
        elif name == "EMPTY_DICT":
            stack.append(_Dict())
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name == "TUPLE":
            stack.append(tuple(self.after_mark()))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack.append(tuple([self.pop() for _ in range(int(name[-1]))][::-1]))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.top()
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = self.top()
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif name in ("SETITEM", "SETITEMS"):
            items = self.after_mark() if name == "SETITEMS" else [self.pop(), self.pop()][::-1]
            self.top_as(_Dict).items.extend(zip(items[::2], items[1::2], strict=True))
        elif name in ("APPEND", "APPENDS"):
            items = self.after_mark() if name == "APPENDS" else [self.pop()]
            self.top_as(list).extend(items)
        elif name == "GLOBAL":
            self.push_global(*argument.split(" ", 1))
        elif name == "STACK_GLOBAL":
            attribute, module = self.pop(), self.pop()
            self.push_global(module, attribute)
        elif name == "REDUCE":
            arguments, function = self.pop(), self.pop()
            stack.append(_call(function, arguments))
        elif name == "BINPERSID":
            stack.append(self.storage(self.pop()))
        elif name == "BUILD":  # an OrderedDict's attributes: _metadata of the modules, which nothing here needs
            self.pop()
            self.top_as(_Dict)
        else:
            raise _Refused(f"holds the opcode {name} (expected only tensors and containers)")

    def top(self) -> object:
        if not self.stack or (self.marks and self.marks[-1] >= len(self.stack)):
            raise _Refused("not a whole pickle: nothing on its stack")
        return self.stack[-1]

    def top_as(self, kind: type) -> object:
        if not isinstance(self.top(), kind):
            raise _Refused("not a whole pickle: an item of something other than a container")
        return self.stack[-1]

    def pop(self) -> object:
        self.top()
        return self.stack.pop()

    def after_mark(self) -> list[object]:
        if not self.marks:
            raise _Refused("not a whole pickle: no mark on its stack")
        mark = self.marks.pop()
        items = self.stack[mark:]
        del self.stack[mark:]
        return items

    def push_global(self, module: object, name: object) -> None:
        if (module, name) not in _KNOWN:
            raise _Refused(f"holds {module}.{name} (expected only tensors and containers)"[:200])
        self.stack.append(_Global(module, name))

    def storage(self, identity: object) -> _Storage:
        """A tensor's storage: ("storage", type, key, place, number of elements[, view])."""
        if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
            raise _Refused("a tensor without storage")
        _, kind, key, _, count = identity[:5]
        if len(identity) == 6 and identity[5] is not None:
            raise _Refused(f"storage {key!s:.80} is a view of another one")
        if not isinstance(kind, _Global) or kind.name not in _DTYPES or not isinstance(key, str):
            raise _Refused(f"storage {key!s:.80}: of type {kind!s:.80} (expected numbers)")
        if type(count) is not int or not 0 <= count <= MAX_FILE_BYTES:
            raise _Refused(f"storage {key:.80}: {count!r:.80} elements")
        storage = _Storage(key, np.dtype(_DTYPES[kind.name]), count)
        known = self.storages.setdefault(key, storage)
        if (known.dtype, known.count) != (storage.dtype, storage.count):
            raise _Refused(f"storage {key:.80}: occurs twice")
        return known


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_VALUES = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "BINUNICODE",
           "SHORT_BINUNICODE", "BINUNICODE8", "SHORT_BINSTRING", "BINSTRING"}


def _call(function: object, arguments: object) -> object:
    if not isinstance(function, _Global) or not isinstance(arguments, tuple):
        raise _Refused("calls something other than a function (expected only tensors and containers)")
    if function.name == "OrderedDict":
        if arguments not in ((), ([], )):
            raise _Refused("an OrderedDict that is made with arguments")
        return _Dict()
    if function.name == "_rebuild_parameter":  # (tensor, requires_grad, hooks)
        if len(arguments) != 3 or not isinstance(arguments[0], _View):
            raise _Refused("a parameter that is not a tensor")
        return arguments[0]
    if function.name != "_rebuild_tensor_v2" or len(arguments) not in (6, 7):
        raise _Refused(f"calls {function} with {len(arguments)} arguments")
    storage, offset, sizes, strides = arguments[:4]  # then requires_grad and hooks
    numbers = (offset, *sizes, *strides) if isinstance(sizes, tuple) and isinstance(strides, tuple) else (None, )
    if not isinstance(storage, _Storage) or len(sizes) != len(strides) or len(sizes) > MAX_DIMENSIONS or any(
            type(n) is not int or not 0 <= n <= MAX_FILE_BYTES for n in numbers):
        raise _Refused(f"a tensor of sizes {sizes!r:.80} and strides {strides!r:.80}")
    return _View(storage, offset, sizes, strides)

"""Turns a state dict into the layers of a model file. The names say what a tensor is, with one small table of them per
library; the program describes its networks (summary --format json): the order of the layers, their strides and
activations. Channels, kernels and repeats are those of the tensors; batch norms are folded; the padding, and everything
else that is in no tensor, comes from origins.py. Every tensor must belong to a layer.

Repeated blocks belong to their stage: timm's names count stages and blocks, the others count only blocks, and there
must then be as many as in the program's network."""
from __future__ import annotations

import dataclasses
import pathlib
import re
from dataclasses import dataclass

import numpy as np

from . import hub_config, named_networks, origins, program
from .graph import ConversionError
from .model import NONE, Layer, Model, Window
from .origins import Origin
from .taken_tensors import TakenTensors

_Pair = tuple[str, str]  # a convolution and its batch norm


@dataclass(frozen=True)
class _Names:
    """The names of one library. {s} and {b} are a stage and a block in it, {n} is the number of a block."""
    stem: _Pair
    block: str
    first_number: int
    with_expansion: tuple[_Pair, _Pair, _Pair]  # expand, depthwise, project
    without_expansion: tuple[_Pair, _Pair]
    head: _Pair  # {n} is one more than the last block's
    classifier: str


_FAMILIES = {
    "efficientnet_pytorch": _Names(
        ("_conv_stem", "_bn0"), "_blocks.{n}.", 0,
        (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")),
        (("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")), ("_conv_head", "_bn1"), "_fc"),
    "torchvision": _Names(
        ("features.0.0", "features.0.1"), "features.{n}.conv.", 1,
        (("0.0", "0.1"), ("1.0", "1.1"), ("2", "3")), (("0.0", "0.1"), ("1", "2")),
        ("features.{n}.0", "features.{n}.1"), "classifier.1"),
    "timm": _Names(
        ("conv_stem", "bn1"), "blocks.{s}.{b}.", 0,
        (("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")), (("conv_dw", "bn1"), ("conv_pw", "bn2")),
        ("conv_head", "bn2"), "classifier"),
}
MAX_BLOCKS = 500
MIN_RESOLUTION, MAX_RESOLUTION = 32, 2048  # the program's limits


def match(tensors: dict[str, np.ndarray], path: pathlib.Path, source_model: str | None = None,
          resolution: int | None = None, metadata: dict[str, str] | None = None) -> Model:
    """`source_model` is a name of origins.py, `metadata` the file's. Raises ConversionError."""
    tensors = _without_prefix(tensors)
    hub = hub_config.read_beside(path)
    in_metadata = (metadata or {}).get("architecture")
    named = named_networks.fitting(tensors, path)
    if named is not None:
        origin = _chosen(named, path, source_model, hub, in_metadata)
        size = _resolution(path, resolution, hub, origin, program.listing(origin.architecture))
        model = named_networks.build(tensors, path, origin, size)
    else:
        family = _family_of(tensors, path)
        tree = _Tree(tensors, path, _FAMILIES[family])
        origin, plan = _origin_of(tree, family, source_model, hub, in_metadata)
        model = _Build(tree, plan, origin, _resolution(path, resolution, hub, origin, plan.listing)).model()
    model.mean, model.std = list(origin.mean), list(origin.std)
    model.crop_fraction, model.interpolation = origin.crop_fraction, origin.interpolation
    if hub is not None:
        said = {key: getattr(hub, key) for key in ("mean", "std", "crop_fraction", "interpolation", "labels")}
        model = dataclasses.replace(model, **{key: value for key, value in said.items() if value is not None})
        if hub.classes is not None and hub.classes != model.classes:
            raise ConversionError(f"{hub.path}: num_classes {hub.classes} (expected {model.classes}, as the network of "
                                  f"{path.name} has)")
        if model.labels is not None and len(model.labels) != model.classes:
            raise ConversionError(f"{hub.path}: {len(model.labels)} label_names (expected {model.classes}, as the "
                                  f"network has classes)")
    return model


def _resolution(path: pathlib.Path, wished: int | None, hub: hub_config.HubConfig | None, origin: Origin,
                listing: program.Listing) -> int:
    size = wished if wished is not None else (hub.resolution if hub else None) or origin.resolution or \
        listing.resolution
    if not MIN_RESOLUTION <= size <= MAX_RESOLUTION:
        raise ConversionError(f"{path}: {size} pixels (expected --resolution {MIN_RESOLUTION} to {MAX_RESOLUTION})")
    return size


def _without_prefix(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """If a network was trained as part of another object, all its names have the same prefix: module., model."""
    for stem in (*(f"{names.stem[0]}.weight" for names in _FAMILIES.values()), *named_networks.stems()):
        end = f".{stem}"
        for name in tensors:
            prefix = name.removesuffix(end) + "."
            if name.endswith(end) and all(other.startswith(prefix) for other in tensors):
                return {other.removeprefix(prefix): tensor for other, tensor in tensors.items()}
    return tensors


def _family_of(tensors: dict[str, np.ndarray], path: pathlib.Path) -> str:
    for family, names in _FAMILIES.items():
        if f"{names.stem[0]}.weight" in tensors:
            return family
    stems = " or ".join((*(f"{names.stem[0]}.weight" for names in _FAMILIES.values()), *named_networks.stems()))
    raise ConversionError(f"{path}: no {stems} (expected a state dict of {', '.join(_FAMILIES)}: "
                          f"{_list_names([*origins.ORIGINS, *origins.NAMED])})")


# The names that there are.

@dataclass(frozen=True)
class _Block:
    stage: int | None
    prefix: str
    parts: tuple[_Pair, ...]  # three, or two without expansion

    def names(self) -> list[_Pair]:
        return [(self.prefix + convolution, self.prefix + norm) for convolution, norm in self.parts]


class _Tree(TakenTensors):
    """The tensors by the names of their library."""

    def __init__(self, tensors: dict[str, np.ndarray], path: pathlib.Path, names: _Names):
        super().__init__(tensors, path)
        self.names = names
        self.blocks = self._find_blocks()
        number = len(self.blocks) + names.first_number
        head = tuple(name.format(n=number) for name in names.head)
        self.head = head if f"{head[0]}.weight" in tensors else None

    def _find_blocks(self) -> list[_Block]:
        pattern = re.escape(self.names.block)
        for key in "nsb":
            pattern = pattern.replace(re.escape("{%s}" % key), f"(?P<{key}>[0-9]{{1,3}})")
        found = [match for name in self.tensors if (match := re.match(pattern, name))]
        if "{s}" in self.names.block:
            numbers = sorted({(int(match["s"]), int(match["b"])) for match in found})
        else:
            numbers = sorted({(0, int(match["n"]) - self.names.first_number) for match in found})
        expected = (0, 0)
        for stage, block in numbers:
            # The next block of the stage, or the first of the next stage.
            if (stage, block) != expected and (stage, block) != (expected[0] + 1, 0):
                raise ConversionError(f"{self.path}: {self._prefix(stage, block)} exists, but not "
                                      f"{self._prefix(*expected)} (expected every block of its network)")
            expected = (stage, block + 1)
        if len(numbers) > MAX_BLOCKS:
            raise ConversionError(f"{self.path}: {len(numbers)} blocks (expected at most {MAX_BLOCKS})")
        return [self._block(stage, block) for stage, block in numbers]

    def _prefix(self, stage: int, block: int) -> str:
        return self.names.block.format(s=stage, b=block, n=block + self.names.first_number)

    def _block(self, stage: int, block: int) -> _Block:
        names = self.names
        prefix = self._prefix(stage, block)
        has_expansion = all(f"{prefix}{convolution}.weight" in self.tensors
                            for convolution, _ in names.with_expansion)
        return _Block(stage if "{s}" in names.block else None, prefix,
                      names.with_expansion if has_expansion else names.without_expansion)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.tensors[name].shape if name in self.tensors else ()

    def take(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        tensor = self.find(name)
        fits = len(tensor.shape) == len(shape) and all(
            found > 0 and wanted in (None, found) for found, wanted in zip(tensor.shape, shape))
        if not fits or tensor.dtype.kind != "f":
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise ConversionError(f"{self.path}: {name}: {tensor.dtype} {list(tensor.shape)} (expected floats "
                                  f"[{wanted}])")
        return self.use(name).astype(np.float64)


# Which network of the program it is.

@dataclass
class _Step:
    """The rows of `summary` after which a block is made."""
    expand: dict | None
    depthwise: dict
    project: dict

    def fits(self, block: _Block, tree: _Tree) -> bool:
        if len(block.parts) != (2 if self.expand is None else 3):
            return False
        kernel = tree.shape(f"{block.names()[-2][0]}.weight")[2:]
        return not kernel or list(kernel) == self.depthwise["kernel"]


@dataclass
class _Plan:
    """A network of the program, split into its parts."""
    listing: program.Listing
    stem: dict
    stages: list[list[_Step]]
    head: dict | None
    pool: dict
    logits: dict
    softmax: dict
    add: dict | None  # the name and operator of an addition; None: blocks have none

    def steps_of(self, tree: _Tree) -> list[tuple[_Step, int]] | None:
        """For each block its pattern and its stride; None if the blocks are not those of this network."""
        if (self.head is None) != (tree.head is None):
            return None
        steps: list[tuple[_Step, int]] = []
        if tree.blocks and tree.blocks[0].stage is not None:
            for index, block in enumerate(tree.blocks):
                if block.stage >= len(self.stages):
                    return None
                is_first = index == 0 or tree.blocks[index - 1].stage != block.stage
                stage = self.stages[block.stage]
                steps.append((stage[0], stage[0].depthwise["stride"]) if is_first else (stage[-1], 1))
            is_whole = bool(tree.blocks) and tree.blocks[-1].stage == len(self.stages) - 1
        else:
            steps = [(step, step.depthwise["stride"]) for stage in self.stages for step in stage]
            is_whole = len(steps) == len(tree.blocks)
        if not is_whole or not all(step.fits(block, tree) for (step, _), block in zip(steps, tree.blocks)):
            return None
        return steps

    def has_shapes_of(self, tree: _Tree) -> bool:
        """Whether the tensors have this network's shapes, for any number of classes."""
        names = [tree.names.stem, *(pair for block in tree.blocks for pair in block.names())]
        names += [tree.head] if tree.head else []
        rows = [row for row in self.listing.layers if row["operator"] in ("conv", "depthwise")]
        return len(names) == len(rows) and all(
            tree.shape(f"{convolution}.weight") == _stored_shape(row) for (convolution, _), row in zip(names, rows))


def _stored_shape(row: dict) -> tuple[int, ...]:
    """[OC, KH, KW, IC] and [KH, KW, C] as torch stores them."""
    shape = row["weights_shape"]
    if row["operator"] == "depthwise":
        return shape[2], 1, shape[0], shape[1]
    return shape[0], shape[3], shape[1], shape[2]


def _plan_of(architecture: str) -> _Plan | None:
    listing = program.listing(architecture)
    if listing is None:
        return None
    rows = list(listing.layers)
    stem = rows.pop(0)
    stages: list[list[_Step]] = []
    add = None
    while len(rows) > 2 and (rows[0]["operator"] == "depthwise" or rows[1]["operator"] == "depthwise"):
        expand = rows.pop(0) if rows[0]["operator"] == "conv" else None
        step = _Step(expand, rows.pop(0), rows.pop(0))
        if rows[0]["operator"] == "add":
            add = rows.pop(0)
        is_repeat = stages and step.depthwise["stride"] == 1 and \
            stages[-1][-1].project["output_shape"][2] == step.project["output_shape"][2]
        if is_repeat:
            stages[-1].append(step)
        else:
            stages.append([step])
    head = rows.pop(0) if rows[0]["operator"] == "conv" else None
    if [row["operator"] for row in rows] != ["avg_pool", "fully_connected", "softmax"]:
        return None
    return _Plan(listing, stem, stages, head, *rows, add)


def _origin_of(tree: _Tree, family: str, source_model: str | None, hub: hub_config.HubConfig | None,
               in_metadata: str | None) -> tuple[Origin, _Plan]:
    known = [origin for origin in origins.ORIGINS if origin.family == family]
    found: list[tuple[Origin, _Plan]] = []
    for origin in known:
        plan = _plan_of(origin.architecture)
        if plan is None or plan.steps_of(tree) is None:
            continue
        if not origin.is_of_its_size or plan.has_shapes_of(tree):
            found.append((origin, plan))
    if not found:
        raise ConversionError(f"{tree.path}: {len(tree.blocks)} blocks, with other kernels, channels or stages than "
                              f"the program's networks have (expected one of {_list_names(known)})")
    chosen = _chosen([origin for origin, _ in found], tree.path, source_model, hub, in_metadata)
    return next(pair for pair in found if pair[0] is chosen)


def _chosen(found: list[Origin], path: pathlib.Path, source_model: str | None, hub: hub_config.HubConfig | None,
            in_metadata: str | None) -> Origin:
    """Among those with the same tensors, the one that is named somewhere, or else the default."""
    fitting = found
    said = [(f"--source-model {source_model}", source_model)] if source_model else [
        (f"{hub.path.name} says {hub.architecture}", hub.architecture) if hub else None,
        (f"its metadata say {in_metadata}", in_metadata) if in_metadata else None,
        (f"it is called {name}", name) if (name := origins.name_in_file_name(fitting, path.stem)) else None]
    said = [entry for entry in said if entry is not None]
    for where, name in said:
        fitting = origins.named(fitting, name)
        if not fitting:
            raise ConversionError(f"{path}: {where[:100]}, but its tensors are those of {_list_names(found)} (expected "
                                  f"--source-model with one of these)")
    if len(fitting) == 1:
        return fitting[0]
    by_default = [origin for origin in fitting if origin.is_meant_by_default]
    if len(by_default) != 1:
        raise ConversionError(f"{path}: {_list_names(by_default or fitting, ' and ')} have the same tensors, but not "
                              f"the same padding and pictures (expected --source-model with one of these)")
    return by_default[0]


def _list_names(those: list[Origin], separator: str = ", ") -> str:
    return separator.join(name for origin in those for name in origin.names())


# The layers of the network.

class _Build:
    def __init__(self, tree: _Tree, plan: _Plan, origin: Origin, resolution: int):
        self.tree = tree
        self.plan = plan
        self.origin = origin
        self.resolution = resolution
        self.layers: list[Layer] = []
        self.shapes = [(resolution, resolution, 3)]  # the values' shapes

    def model(self) -> Model:
        tree, plan = self.tree, self.plan
        value = self.convolution(plan.stem["name"], plan.stem, 0, tree.names.stem)
        # The program's first block may have the number 1.
        first = int(re.search("[0-9]+", plan.stages[0][0].depthwise["name"])[0])
        for index, (block, (step, stride)) in enumerate(zip(tree.blocks, plan.steps_of(tree))):
            value = self.block(first + index, block, step, stride, value)
        if tree.head:
            value = self.convolution(plan.head["name"], plan.head, value, tree.head)
        channels = self.shapes[value][2]
        value = self.append(Layer(plan.pool["name"], "avg_pool", [value], (1, 1, channels)))
        name = tree.names.classifier
        weights = tree.take(f"{name}.weight", (None, channels))
        classes = weights.shape[0]
        value = self.append(self.weighted(Layer(plan.logits["name"], "fully_connected", [value], (1, 1, classes)),
                                          weights, tree.take(f"{name}.bias", (classes, ))))
        self.append(Layer(plan.softmax["name"], "softmax", [value], (1, 1, classes)))
        tree.check_rest()
        return Model(f"{self.origin.architecture} of {self.origin.family}", 1.0, self.resolution, classes, NONE,
                     None, None, None, self.layers, has_name=False)

    def block(self, number: int, block: _Block, step: _Step, stride: int, start: int) -> int:
        def name_of(row: dict) -> str:
            return re.sub("[0-9]+", str(number), row["name"], count=1)

        *expansion, depthwise, project = block.names()
        value = start
        if expansion:
            value = self.convolution(name_of(step.expand), step.expand, value, expansion[0])
        value = self.depthwise(name_of(step.depthwise), step.depthwise, stride, value, depthwise)
        value = self.convolution(name_of(step.project), step.project, value, project)
        # As in models/inverted_residual.h: if stride and shape allow it.
        if self.plan.add is None or stride != 1 or self.shapes[start] != self.shapes[value]:
            return value
        return self.append(Layer(name_of(self.plan.add), "add", [start, value], self.shapes[value],
                                 self.plan.add["activation"]))

    def convolution(self, name: str, row: dict, value: int, names: _Pair) -> int:
        weights = self.tree.take(f"{names[0]}.weight", (None, self.shapes[value][2], *row["kernel"]))
        weights = weights.transpose(0, 2, 3, 1)  # from [OC, IC, KH, KW]
        return self.windowed(Layer(name, "conv", [value]), row, row["stride"], value, weights, names[1])

    def depthwise(self, name: str, row: dict, stride: int, value: int, names: _Pair) -> int:
        weights = self.tree.take(f"{names[0]}.weight", (self.shapes[value][2], 1, *row["kernel"]))
        weights = weights[:, 0].transpose(1, 2, 0)
        return self.windowed(Layer(name, "depthwise", [value], channel_axis=2), row, stride, value, weights, names[1])

    def windowed(self, layer: Layer, row: dict, stride: int, value: int, weights: np.ndarray,
                 batch_norm: str) -> int:
        kernel = tuple(row["kernel"])
        channels = weights.shape[layer.channel_axis]
        norm = self.tree.batch_norm(batch_norm, lambda part: self.tree.take(part, (channels, )), self.origin.epsilon)
        padding: list[int] = []
        sizes: list[int] = []
        for extent, window in zip(self.shapes[value], kernel):
            before, after = self.sides(extent, window, stride)
            padding += before, after
            sizes.append((extent + before + after - window) // stride + 1)
        if min(sizes) < 1:
            raise ConversionError(f"{self.tree.path}: {layer.name}: a kernel {kernel[0]}x{kernel[1]} on "
                                  f"{self.shapes[value][0]} pixels (expected a larger --resolution)")
        layer = dataclasses.replace(layer, shape=(*sizes, channels), activation=row["activation"],
                                    window=Window(kernel, stride, tuple(padding)))
        return self.append(self.weighted(layer, *norm.fold(weights, layer.channel_axis)))

    def sides(self, extent: int, window: int, stride: int) -> tuple[int, int]:
        """The padding at the beginning and at the end."""
        if self.origin.padding == origins.SYMMETRIC:
            return (window - 1) // 2, (window - 1) // 2
        total = max((-(-extent // stride) - 1) * stride + window - extent, 0)
        return total // 2, total - total // 2

    def weighted(self, layer: Layer, weights: np.ndarray, bias: np.ndarray) -> Layer:
        weights, bias = self.tree.rounded(layer.name, weights, bias)
        return dataclasses.replace(layer, weights=weights, bias=bias)

    def append(self, layer: Layer) -> int:
        self.layers.append(layer)
        self.shapes.append(layer.shape)
        return len(self.layers)

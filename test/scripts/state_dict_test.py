#!/usr/bin/env python3
"""Tests of convert.py on state dicts (.pth): what it reads of them, and that nothing in them is believed or run."""
from __future__ import annotations

import collections
import os
import random
import struct
import subprocess

import numpy as np

from forward import ModelFile
from pth_builder import Tensor, seeded_lite, seeded_small, with_metadata, write_archive, write_legacy
from support import ScriptTest, damaged, main

EPSILON = 0.001


class ReadsStateDicts(ScriptTest):
    def pth(self, tensors: dict[str, np.ndarray], write=write_legacy) -> object:
        return self.file("lite.pth", write(with_metadata(tensors)))

    def test_both_layouts_hold_the_same(self) -> None:
        tensors = seeded_small(1)
        legacy = self.converted(self.pth(tensors), output="a").read_bytes()
        archive = self.converted(self.pth(tensors, write_archive), output="b").read_bytes()
        start = 8 + struct.unpack("<Q", legacy[:8])[0]
        self.assertEqual(legacy[start:], archive[8 + struct.unpack("<Q", archive[:8])[0]:])

    def test_metadata(self) -> None:
        model = ModelFile(self.converted(self.pth(seeded_lite(2))))
        self.assertEqual(model.metadata["mobilenet.architecture"], "efficientnet_lite0")
        self.assertEqual(
            (model.metadata["mobilenet.resolution"], model.metadata["mobilenet.classes"], model.quantization),
            ("224", "5", "none"))
        self.assertEqual(model.json("preprocess"), {
            "color": "rgb", "resize": "crop", "crop_fraction": 0.875, "interpolation": "bilinear",
            "mean": [127.0] * 3, "std": [128.0] * 3})

    def test_the_variants_by_their_blocks(self) -> None:
        for number, pixels in enumerate((224, 240, 260, 280, 300)):
            path = self.pth(seeded_lite(3, number=number))
            status, out, err = self.convert(path, "-o", self.folder / "o", "--labels", self.labels(5))
            self.assertEqual((status, err), (0, ""))
            self.assertIn(f"efficientnet_lite{number} 1.0, {pixels} px", out)

    def test_layers_and_folded_batch_norms(self) -> None:
        """Views are read by their strides, and batch norm is folded with epsilon 0.001."""
        tensors = seeded_lite(4)
        model = ModelFile(self.converted(self.pth(tensors)))
        pairs = {"conv1": ("_conv_stem", "_bn0"), "block_0.depthwise": ("_blocks.0._depthwise_conv", "_blocks.0._bn1"),
                 "block_0.project": ("_blocks.0._project_conv", "_blocks.0._bn2"),
                 "block_1.expand": ("_blocks.1._expand_conv", "_blocks.1._bn0"),
                 "block_15.project": ("_blocks.15._project_conv", "_blocks.15._bn2"),
                 "conv_last": ("_conv_head", "_bn1")}
        for layer, (convolution, batch_norm) in pairs.items():
            with self.subTest(layer=layer):
                gamma, beta, mean, variance = (
                    tensors[f"{batch_norm}.{part}"].astype(np.float64)
                    for part in ("weight", "bias", "running_mean", "running_var"))
                factor = gamma / np.sqrt(variance + EPSILON)
                weights = tensors[f"{convolution}.weight"].astype(np.float64) * factor[:, None, None, None]
                order = (2, 3, 0) if layer.endswith("depthwise") else (0, 2, 3, 1)
                weights = weights[:, 0].transpose(1, 2, 0) if layer.endswith("depthwise") else weights.transpose(order)
                np.testing.assert_array_equal(model[f"{layer}.weights"], weights.astype(np.float32))
                np.testing.assert_array_equal(model[f"{layer}.bias"], (beta - mean * factor).astype(np.float32))
        np.testing.assert_array_equal(model["logits.weights"], tensors["_fc.weight"])
        np.testing.assert_array_equal(model["logits.bias"], tensors["_fc.bias"])
        self.assertEqual(len([name for name in model.tensors if name.endswith(".weights")]), 3 + 15 * 3 + 2)

    def test_other_floats_and_a_training_runs_file(self) -> None:
        tensors = {name: array.astype(np.float64) if array.dtype == np.float32 else array
                   for name, array in seeded_small(5).items()}
        state = collections.OrderedDict(epoch=3, state_dict=with_metadata(tensors))
        self.converted(self.file("run.pth", write_legacy(state)))

    def test_networks_that_are_none(self) -> None:
        def without(name: str) -> dict:
            return {key: value for key, value in whole.items() if key != name}

        def changed(name: str, value: object) -> dict:
            return {**whole, name: np.asarray(value)}

        whole = seeded_lite(6)
        twice = whole | {name.replace("_blocks.15", "_blocks.16"): tensor for name, tensor in whole.items()}
        nan = np.full(32, np.nan, np.float32)
        cases = [(without("_fc.bias"), "no _fc.bias"), (without("_blocks.3._bn1.running_var"), "no _blocks.3._bn1"),
                 (changed("_extra.weight", np.zeros(3, np.float32)), "_extra.weight: belongs to no layer"),
                 (changed("_bn0.weight", np.zeros(9, np.float32)), "_bn0.weight: float32 [9] (expected floats [32])"),
                 (changed("_bn0.bias", nan), "_bn0.bias: a number is not finite"),
                 (changed("_bn0.running_var", -np.ones(32, np.float32)), "_bn0.running_var: is negative"),
                 (changed("_bn0.weight", np.zeros(32, np.int64)), "_bn0.weight: int64 [32]"),
                 (twice, "17 blocks, with other kernels, channels or stages"),
                 ({"x": np.zeros(3, np.float32)}, "no _conv_stem.weight"),
                 ({f"_blocks.{i}.x": np.zeros(3, np.float32) for i in (0, 2)}, "no _conv_stem.weight")]
        for tensors, expected in cases:
            with self.subTest(expected=expected):
                self.assertIn(expected, self.refused(self.pth(tensors)))

    def test_one_file(self) -> None:
        path = self.pth(seeded_small(7))
        self.assertIn("more than one file", self.refused(path, path))


class Evil:
    """Pickled as a call of `function`."""

    def __init__(self, function, *arguments: object):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class BelievesNothing(ScriptTest):
    def test_nothing_is_called(self) -> None:
        mark = self.folder / "mark"
        for what, name in ((Evil(os.mkdir, str(mark)), "posix.mkdir"), (Evil(eval, "1"), "__builtin__.eval"),
                           (Evil(subprocess.Popen, ["true"]), "commands.Popen"),
                           (Evil(getattr, "x", "y"), "__builtin__.getattr")):
            for state in ({"x": what}, what, {"a": [{"b": (1, what)}]}):
                with self.subTest(name=name):
                    for write in (write_legacy, write_archive):
                        self.assertIn(f"holds {name}", self.refused(self.file("evil.pth", write(state))))
        self.assertFalse(mark.exists())

    def test_opcodes_of_objects(self) -> None:
        empty = b"\x80\x02}q\x00.\x80\x02]q\x00."  # a state dict without tensors, and a list without storages
        start = write_legacy({}).removesuffix(empty)
        self.assertEqual(start + empty, write_legacy({}))
        for body, expected in ((b"cposix\nsystem\n(S'true'\ntR.", "holds posix.system"),
                               (b"(X\x04\0\0\0trueiposix\nsystem\n.", "opcode INST"), (b"\x82\x01.", "opcode EXT1"),
                               (b"ctorch\nFloatStorage\n)\x81.", "opcode NEWOBJ"),
                               (b"\x80\x04\x8c\x05posix\x8c\x06system\x93.", "holds posix.system"),
                               (b"}r\xff\xff\xff\xff.\x80\x02].", "holds no state dict"),
                               (b"(((((.", "not a whole pickle"),
                               (b"0.", "opcode POP"), (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "not a whole pickle"),
                               (b"ctorch\nload\n.", "holds torch.load"), (b".", "not a whole pickle")):
            with self.subTest(body=body):
                self.assertIn(expected, self.refused(self.file("evil.pth", start + body)))

    def test_views_beyond_their_storage(self) -> None:
        base = np.arange(12, dtype=np.float32)
        for changes in ({"offset": 1}, {"sizes": (13, )}, {"sizes": (4, 4), "strides": (4, 1)},
                        {"sizes": (1 << 30, ), "strides": (0, )}, {"sizes": (2, ), "strides": (1 << 31, )},
                        {"sizes": (12, ), "strides": (-1, )}, {"sizes": (12, 1), "strides": (1, )},
                        {"sizes": (12.5, )}, {"sizes": [12]}, {"offset": True},
                        {"sizes": (1, ) * 9, "strides": (1, ) * 9},
                        {"sizes": (1 << 70, )}):
            with self.subTest(**changes):
                tensor = Tensor(base)
                tensor.changes = changes
                self.assertRegex(self.refused(self.file("evil.pth", write_legacy({"x": tensor}))),
                                 r"sizes|strides")

    def test_damage(self) -> None:
        good = write_legacy(with_metadata(seeded_small(8)))
        self.assertIn("goes on after", self.refused(self.file("x.pth", good + b"\0")))
        self.assertIn("not written on a little-endian", self.refused(
            self.file("x.pth", write_legacy({}, little_endian=False))))
        self.assertIn("not a file of torch.save", self.refused(self.file("x.pth", write_legacy({}, magic=7))))
        self.assertIn("is not a tensor", self.refused(self.file("x.pth", write_legacy({"x": 3}))))
        self.assertIn("not a whole archive", self.refused(self.file("x.pth", b"PK\x03\x04" + bytes(100))))
        for length in (0, 1, 30, 200, 5000, len(good) - 1):
            self.refused(self.file("x.pth", good[:length]))

    def test_200_mutations(self) -> None:
        """Each ends with a message or a model; no exception gets out, nothing takes long."""
        for kind, write in enumerate((write_legacy, write_archive)):
            good = write(with_metadata(seeded_small(9)))
            for seed in range((200, 60)[kind]):
                with self.subTest(kind=kind, seed=seed):
                    self.check_mutation(good, random.Random(1000 * kind + seed))

    def check_mutation(self, good: bytes, dice: random.Random) -> None:
        def place(length: int) -> int:
            # Most of the file is weights: what describes them is at the beginning, or at the end of an archive.
            at = dice.randrange(dice.choice((length, 60_000, 2000)) or 1) % length
            return length - 1 - at if good[:2] == b"PK" and dice.random() < 0.5 else at

        self.survives(self.file("m.pth", damaged(good, dice, place)), {})


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The README's example of a network of one's own: it writes a model file, and the program runs it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

from support import ROOT, ScriptTest, main

from conversion import program


def section() -> str:
    text = (ROOT / "README.md").read_text()
    return text.partition("\n### A network of your own, layer by layer\n")[2].partition("\n## ")[0]


class Readme(ScriptTest):
    def written(self) -> str:
        """The file that the example writes."""
        lines = [line for line in section().splitlines() if line.startswith("    ") or not line]
        example = textwrap.dedent("\n".join(lines))
        subprocess.run([sys.executable, "-c", example], cwd=self.folder, check=True)
        return str(self.folder / "own.safetensors")

    def test_the_program_runs_the_example(self) -> None:
        model = self.written()
        photo = str(ROOT / "models" / "sample" / "chelsea.jpg")
        done = program.run(program.find_program(), "classify", "--format", "json", "--layers", "--model", model, photo)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        record = json.loads(done.stdout)
        self.assertEqual({prediction["label"] for prediction in record["predictions"]}, {"day", "night"})
        self.assertAlmostEqual(sum(prediction["score"] for prediction in record["predictions"]), 1, places=5)
        self.assertEqual([layer["name"] for layer in record["layers"]],
                         ["conv1", "depthwise", "project", "sum", "pool", "logits", "softmax"])
        self.assertIn("`mobilenet classify --model ./own.safetensors photo.jpg`", section())

    def test_every_operator_and_key_is_described(self) -> None:
        header = (ROOT / "models" / "layer_list.h").read_text()
        example = section()
        for word in ("conv", "depthwise", "add", "concat", "avg_pool", "fully_connected", "softmax", "sigmoid", "inputs",
                     "channels", "kernel", "stride", "padding", "groups", "activation", "relu", "relu6", "tanh", "max_pool",
                     "average_pool", "lrn", "size", "alpha", "beta", "k"):
            self.assertIn(word, header)
            self.assertIn(f"`{word}`", example)


if __name__ == "__main__":
    main()

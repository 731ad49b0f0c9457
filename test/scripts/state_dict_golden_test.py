#!/usr/bin/env python3
"""The published EfficientNet-Lite0, fetched and converted by get_model.py, against the reference's answers layer by
layer."""
from __future__ import annotations

import json
import os

import numpy as np
from safetensors import safe_open

from forward import ModelFile, read_png, run
from support import ROOT, SHARED, ScriptTest, main, require_shared, run_script

GOLDEN = SHARED / "golden"


class Published(ScriptTest):
    def setUp(self) -> None:
        require_shared(self)
        super().setUp()

    def test_lite0(self) -> None:
        name = "efficientnet_lite0"
        done = run_script("get_model.py", f"{name}_f32", "--output-dir", self.folder, "--cache",
                          ROOT / "build" / "upstream")
        if done.returncode != 0 and os.environ.get("CI") != "true":
            self.skipTest(f"{name} cannot be had here: {done.stderr}")
        self.assertEqual(done.returncode, 0, done.stderr)
        model = ModelFile(self.folder / f"{name}_f32.safetensors")
        keep: dict[str, np.ndarray] = {}
        logits = run(model, read_png(GOLDEN / "inputs" / "224" / "parrot.png"), keep)
        with safe_open(GOLDEN / "outputs" / f"{name}.safetensors", "np") as file:
            photograph = (GOLDEN / "names.txt").read_text().split().index("parrot")
            np.testing.assert_allclose(logits, file.get_tensor("logits")[photograph], atol=1e-4)
        compared = 0
        with safe_open(GOLDEN / "layers" / f"{name}.safetensors", "np") as file:
            rows = json.loads(file.metadata()["rows"])
            for full in file.keys():
                layer = full.split(".", 2)[2]  # 01.DEPTHWISE_CONV_2D.block_0.depthwise
                if layer not in keep:
                    continue
                expected = file.get_tensor(full)
                found = keep[layer][rows[full]] if full in rows else keep[layer]
                np.testing.assert_allclose(found.reshape(expected.shape), expected, 1e-4, 1e-4, err_msg=layer)
                compared += 1
        # 48 convolutions of blocks, 9 additions, the first, the last and the fully connected layer.
        self.assertEqual(compared, 47 + 9 + 3)


if __name__ == "__main__":
    main()

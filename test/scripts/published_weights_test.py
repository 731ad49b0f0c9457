#!/usr/bin/env python3
"""The catalogue and get_model.py on the published weights themselves."""
from __future__ import annotations

import hashlib
import json

from safetensors import safe_open

from support import ROOT, SHARED, ScriptTest, main, require_shared, run_script


class PublishedWeights(ScriptTest):
    def setUp(self) -> None:
        require_shared(self)
        super().setUp()

    def test_every_file_is_in_the_catalogue(self) -> None:
        known = {}
        for entry in json.loads((ROOT / "models" / "catalogue.json").read_text())["models"]:
            for file in entry["files"]:
                known[file["name"]] = file["sha256"]
                folder = file["name"].rpartition("/")[0]
                known |= {f"{folder}/{shard}": sha256 for shard, sha256 in file.get("shards", {}).items()}
        models = SHARED / "models"
        for path in models.rglob("*"):
            if path.suffix in (".tflite", ".json") or path.name.startswith("group"):
                name = str(path.relative_to(models))
                self.assertEqual(known.get(name), hashlib.sha256(path.read_bytes()).hexdigest(), name)
        for ours, theirs in (("imagenet_1001.txt", "imagenet_labels.txt"), ("inat_birds_965.txt",
                                                                            "inat_bird_labels.txt")):
            self.assertEqual((ROOT / "models" / "labels" / ours).read_bytes(), (models / theirs).read_bytes())

    def test_the_default_and_the_shards(self) -> None:
        names = ("mobilenet_v1_1.0_224_s8", "mobilenet_v1_0.25_224_keras_f32")
        done = run_script("get_model.py", *names, "--output-dir", self.folder / "weights")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in names:
            with safe_open(self.folder / "weights" / f"{name}.safetensors", "np") as file:
                self.assertEqual(json.loads(file.metadata()["mobilenet.source"])["name"], name)


if __name__ == "__main__":
    main()

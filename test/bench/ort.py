#!/usr/bin/env python3
"""Inference beside ONNX Runtime (the Python package onnxruntime) on the same networks, each with random weights in f32.

    test/bench/ort.py build/release/mobilenet [resnet50 vgg16 googlenet] [--threads 2] [--rounds 7] [--runs 5]

scripts/make_venv.sh ort, which this runs, installs the package into build/venv-ort. The graphs are made of what
`mobilenet summary` says of the layers. The two take turns (side_by_side.py). Status 1 where ours takes more than 1.3
times as long.
"""
from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys

import side_by_side
from side_by_side import CHECKOUT

BOUND = 1.3

# Arguments: mobilenet, the network's name, threads.
WORKER = """
import json, subprocess, sys
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

summary = json.loads(subprocess.run([sys.argv[1], "summary", "--arch", sys.argv[2], "--format", "json"],
                                    stdout=subprocess.PIPE, check=True).stdout)
random = np.random.default_rng(1)
nodes, weights = [], []

def constant(name, array):
    weights.append(numpy_helper.from_array(array, name))
    return name

def random_weights(name, shape):
    limit = np.sqrt(6 / np.prod(shape[1:]))
    return constant(name, random.uniform(-limit, limit, shape).astype(np.float32))

def add(op, layer, inputs, **attributes):
    # The activation is a node of its own, whose output has the layer's name.
    activation = {"relu": "Relu", "relu6": "Clip", "sigmoid": "Sigmoid", "tanh": "Tanh"}.get(layer.get("activation"))
    output = layer["name"] + "_raw" if activation else layer["name"]
    nodes.append(helper.make_node(op, inputs, [output], **attributes))
    if activation:
        limits = [constant(layer["name"] + "_min", np.float32(0)), constant(layer["name"] + "_max", np.float32(6))]
        nodes.append(helper.make_node(activation, [output] + (limits if activation == "Clip" else []), [layer["name"]]))

for layer in summary["layers"]:
    op, name, inputs = layer["operator"], layer["name"], layer["inputs"]
    window = {}
    if "kernel" in layer:
        top, bottom, left, right = layer["padding"]
        window = {"kernel_shape": layer["kernel"], "strides": [layer["stride"]] * 2, "pads": [top, left, bottom, right]}
    channels = layer["output_shape"][2]
    if op in ("conv", "depthwise"):
        groups = layer["groups"] if op == "conv" else channels
        shape = [channels, layer["input_shape"][2] // groups, *layer["kernel"]]
        add("Conv", layer, [inputs[0], random_weights(name + ".w", shape),
                            constant(name + ".b", np.zeros(channels, np.float32))], group=groups, **window)
    elif op == "fully_connected":
        nodes.append(helper.make_node("Flatten", inputs, [name + "_flat"]))
        shape = [channels, int(np.prod(layer["input_shape"]))]
        add("Gemm", layer, [name + "_flat", random_weights(name + ".w", shape),
                            constant(name + ".b", np.zeros(channels, np.float32))], transB=1)
    elif op == "max_pool":
        add("MaxPool", layer, inputs, **window)
    elif op == "average_pool":
        add("AveragePool", layer, inputs, count_include_pad=0, **window)
    elif op == "avg_pool":
        add("GlobalAveragePool", layer, inputs)
    elif op == "lrn":
        add("LRN", layer, inputs, size=layer["size"], alpha=float(layer["alpha"]),
            beta=float(layer["beta"]), bias=float(layer["k"]))
    elif op == "add":
        add("Add", layer, inputs)
    elif op == "concat":
        add("Concat", layer, inputs, axis=1)
    elif op in ("softmax", "sigmoid"):
        nodes.append(helper.make_node(op.capitalize(), inputs, [name]))
    else:
        sys.exit(f"{name}: no ONNX operator for {op}")
height, width, channels = summary["layers"][0]["input_shape"]
shape = [1, channels, height, width]
last = summary["layers"][-1]["name"]
graph = helper.make_graph(nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info(last, TensorProto.FLOAT, None)], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(sys.argv[3])
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
grey = np.zeros(shape, np.float32)
def infer():
    session.run(None, {"input": grey})
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("networks", nargs="*", default=["resnet50", "vgg16", "googlenet"], metavar="NETWORK")
    side_by_side.add_options(parser, rounds=7, runs=5)
    options = parser.parse_args()
    subprocess.run([CHECKOUT / "scripts/make_venv.sh", "ort"], check=True)
    program = options.program.resolve()
    holds = []
    for network in options.networks:
        theirs = side_by_side.Worker(CHECKOUT / "build/venv-ort/bin/python", WORKER, program, network, options.threads)
        holds.append(side_by_side.compare(
            network, "onnxruntime", theirs,
            lambda runs, network=network: side_by_side.our_median_ms(program, options.threads, runs, "--arch", network),
            options, BOUND))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())

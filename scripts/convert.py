#!/usr/bin/env python3
r"""Converts the weights of a network into a model file of this project (safetensors). Reads

    .tflite             float, half float, dynamic range (int8 weights), uint8 per tensor, int8 per channel; also a
                        network cut into several files
    model.json          of TF.js: a Keras layers model with its shards beside it
    .keras .h5          of Keras, with their layers (model.save); read with h5py, not with TensorFlow
    .onnx               float, such as torch exports
    .pth .bin .safetensors  state dicts of torch (nothing in them is run): MobileNet V2, AlexNet, VGG, GoogLeNet,
                        ResNet and SqueezeNet of torchvision, MobileNet V1, V2, EfficientNet-Lite, VGG and ResNet of
                        timm, EfficientNet-Lite of efficientnet_pytorch

A network that the program knows, at any width, resolution and number of classes, gets its name. Any other network, of
convolutions, depthwise convolutions, max and average pools, additions, concatenations, fully connected layers, relu,
relu6, in float also local response normalisation, sigmoid and tanh, and a softmax or sigmoid at the end, is written
with its layers. The program is asked which networks it knows, so build it first (scripts/quickstart.sh). Run convert.py
with the Python of scripts/make_venv.sh:

    build/venv/bin/python scripts/convert.py mobilenet_v1_1.0_224_quant.tflite -o v1.safetensors
    build/venv/bin/python scripts/convert.py extractor.tflite head.tflite -o v1.safetensors --quantization s8
    build/venv/bin/python scripts/convert.py flowers.tflite -o flowers.safetensors --labels flowers.txt --mean 127.5 \
        --std 127.5
    build/venv/bin/python scripts/convert.py model_unquantized.tflite -o flowers.safetensors --labels labels.txt \
        --mean 127.5 --std 127.5 --crop-fraction 1
    build/venv/bin/python scripts/convert.py tfjs_v1_0.25_224/model.json -o keras.safetensors
    build/venv/bin/python scripts/convert.py flowers.keras -o flowers.safetensors --labels flowers.txt --mean 127.5 \
        --std 127.5
    build/venv/bin/python scripts/convert.py mobilenet_v2.onnx -o v2.safetensors --mean 123.675,116.28,103.53 \
        --std 58.395,57.12,57.375
    build/venv/bin/python scripts/convert.py mobilenetv2_100_ra-b33bc2c4.pth -o v2.safetensors
    build/venv/bin/python scripts/convert.py model.safetensors -o lite0.safetensors \
        --source-model timm/tf_efficientnet_lite0
    build/venv/bin/python scripts/convert.py resnet50-0676ba61.pth -o resnet50.safetensors
"""
from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import signal
import sys

try:
    from conversion import CONVERTER, FORMAT, program, pth_reader, quantization, safetensors_reader, state_dict
    from conversion.completion import Wishes, complete, one_or_three
    from conversion.graph import ConversionError, Graph, join, printable
    from conversion.keras_reader import read_keras
    from conversion.model import NONE, S8_PER_CHANNEL, U8_PER_TENSOR, Model, layer_list, tensors_of
    from conversion.onnx_reader import read_onnx
    from conversion.recognise import recognise
    from conversion.safetensors_writer import write_safetensors
    from conversion.tfjs_reader import read_tfjs
    from conversion.tflite_reader import read_tflite
    from conversion.translate import translate
except ModuleNotFoundError as missing:
    sys.exit(f"convert: Python package {missing.name} is missing (run scripts/make_venv.sh, then "
             f"build/venv/bin/python {sys.argv[0]})")

QUANTIZATIONS = {"u8": U8_PER_TENSOR, "s8": S8_PER_CHANNEL, "none": NONE}
KERAS = (".keras", ".h5", ".hdf5")
STATE_DICTS = (".pth", ".pt", ".bin", ".safetensors")


def read(path: pathlib.Path, resolution: int | None) -> Graph:
    if path.suffix == ".onnx":
        return read_onnx(path, resolution)
    if path.suffix in KERAS:
        return read_keras(path)
    return read_tfjs(path) if path.suffix == ".json" else read_tflite(path)


def read_state_dict(path: pathlib.Path, source_model: str | None, resolution: int | None) -> Model:
    metadata: dict[str, str] = {}
    if path.suffix == ".safetensors":
        tensors, metadata = safetensors_reader.read_safetensors(path)
        if "mobilenet.format" in metadata:
            raise ConversionError(f"{path}: is a model file already (expected the file that it was made from)")
    else:
        tensors = pth_reader.read_state_dict(path)
    return state_dict.match(tensors, path, source_model, resolution, metadata)


def read_model(arguments: argparse.Namespace, wishes: Wishes) -> tuple[Model, list[pathlib.Path]]:
    """The network of one file, or of the several files that it was cut into, and all files that were read for it."""
    paths = arguments.inputs
    is_state_dict = any(path.suffix in STATE_DICTS for path in paths)
    if arguments.source_model and not is_state_dict:
        raise ConversionError(f"{paths[0]}: says itself what it computes (expected a state dict for --source-model)")
    if arguments.resolution is not None and not is_state_dict and paths[0].suffix != ".onnx":
        raise ConversionError(f"{paths[0]}: says itself how many pixels it takes (expected a state dict or an .onnx "
                              f"file for --resolution)")
    given = (wishes.mean, wishes.std) if wishes.mean and wishes.std else None
    if not is_state_dict:
        graph = join([read(path, arguments.resolution) for path in paths])
        return recognise(translate(graph, given)), graph.files
    if len(paths) > 1:
        raise ConversionError(f"{paths[1]}: more than one file (expected one state dict)")
    model = recognise(read_state_dict(paths[0], arguments.source_model, arguments.resolution))
    if given is not None:
        model.mean, model.std = given
    return model, paths


def sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def one_or_list(values: list) -> object:
    return values[0] if len(values) == 1 else values


def source_of(arguments: argparse.Namespace, files: list[pathlib.Path]) -> dict[str, object]:
    return {"name": arguments.name or arguments.output.stem,
            "files": one_or_list([path.name for path in files]),
            "url": one_or_list(arguments.url) if arguments.url else None,
            "sha256": one_or_list([sha256(path) for path in files]),
            "license": arguments.license,
            "published_top1": arguments.published_top1, "published_top5": arguments.published_top5,
            "converter": CONVERTER}


def metadata_of(model: Model, labels: list[str], preprocess: dict[str, object],
                source: dict[str, object]) -> dict[str, str]:
    metadata = {"mobilenet.format": FORMAT,
                "mobilenet.architecture": model.architecture,
                "mobilenet.width_multiplier": str(model.width_multiplier),
                "mobilenet.resolution": str(model.resolution),
                "mobilenet.classes": str(model.classes),
                "mobilenet.quantization": model.quantization,
                "mobilenet.preprocess": json.dumps(preprocess),
                "mobilenet.labels": json.dumps(labels, ensure_ascii=False),
                "mobilenet.source": json.dumps(source, ensure_ascii=False)}
    if not model.has_name:
        metadata["mobilenet.layers"] = json.dumps(layer_list(model))
    return metadata


def convert(arguments: argparse.Namespace) -> str:
    """Returns what to tell the user. Raises ConversionError or OSError."""
    if any(arguments.output.resolve() == path.resolve() for path in arguments.inputs):
        raise ConversionError(f"{arguments.output}: is also an input (expected another name)")
    wishes = Wishes(arguments.labels, arguments.mean, arguments.std, arguments.color, arguments.resize,
                    arguments.crop_fraction, arguments.interpolation)
    model, files = read_model(arguments, wishes)
    wanted = QUANTIZATIONS[arguments.quantization] if arguments.quantization else model.quantization
    try:
        model, count = quantization.convert(model, wanted)
    except ConversionError as error:
        raise ConversionError(f"{arguments.inputs[0]}: {error}")
    labels, preprocess = complete(model, wishes, arguments.inputs[0])
    # Layers that no name stands for may be refused by the program, which has its own limits.
    write_safetensors(arguments.output, tensors_of(model),
                      metadata_of(model, labels, preprocess, source_of(arguments, files)),
                      check=None if model.has_name else program.check)
    exact = ""
    if count is not None:
        exact = f", {count.exact} of {count.total} channels exact ({100 * count.exact / count.total:.2f} %)"
    width = f" {model.width_multiplier}" if model.has_name else ""
    return (f"{arguments.output}: {model.architecture}{width}, {model.resolution} px, "
            f"{model.classes} classes, {model.quantization}{exact}")


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="convert", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", metavar="IN", nargs="+", type=pathlib.Path,
                        help=".tflite file, the files of a cut network in order, a TF.js model.json, a .keras, .h5 or .onnx file, or "
                        "a state dict: .pth, .bin, .safetensors")
    parser.add_argument("-o", "--output", metavar="OUT", type=pathlib.Path, required=True,
                        help="model file to write")
    parser.add_argument("--quantization", choices=QUANTIZATIONS,
                        help="uint8 per tensor, int8 per channel or float32 (default: as the input)")
    parser.add_argument("--labels", metavar="FILE", type=pathlib.Path,
                        help="one label per line, with or without its number before it (default: IN's own, else ImageNet's for 1000 and 1001 classes)")
    parser.add_argument("--source-model", metavar="NAME",
                        help="which model a state dict belongs to, such as timm/tf_efficientnet_lite0, if neither its "
                        "tensors, its name nor timm's config.json beside it say so")
    parser.add_argument("--resolution", metavar="R", type=int,
                        help="pixels of the input of a state dict (default: its model's own), or of an ONNX file that "
                        "leaves them open")
    pixels = parser.add_argument_group(
        "how a photograph becomes the network's input (default: as IN says, else as is usual for the network)")
    for name, text in (("--mean", "for real = (pixel - MEAN) / STD, pixels in 0...255: one number, or one for each "
                        "channel as in 123.7,116.3,103.5"), ("--std", "see --mean; above 0")):
        pixels.add_argument(name, metavar=name[2:].upper(), type=one_or_three, help=text)
    pixels.add_argument("--color", choices=("rgb", "bgr"), help="the order of the channels (default: rgb)")
    pixels.add_argument("--resize", choices=("crop", "squash", "fit"),
                        help="the central square, all of the picture made square, or all of it with bars (default: "
                        "crop)")
    pixels.add_argument("--crop-fraction", metavar="F", type=float,
                        help="side of the square as a part of the picture's short side (default: 0.875)")
    pixels.add_argument("--interpolation", choices=("bilinear", "bicubic"),
                        help="filter of the resize, antialiased (default: bilinear)")
    source = parser.add_argument_group("recorded in the file as its source")
    source.add_argument("--name", help="name of the model (default: that of OUT)")
    source.add_argument("--url", action="append", help="where IN comes from; once per file")
    source.add_argument("--license", help="such as Apache-2.0")
    source.add_argument("--published-top1", metavar="PERCENT", type=float)
    source.add_argument("--published-top5", metavar="PERCENT", type=float)
    arguments = parser.parse_intermixed_args(argv)  # options may stand between the inputs
    if (arguments.mean is None) != (arguments.std is None):
        parser.error("--mean and --std: one without the other (expected both)")
    if arguments.std is not None and not all(value > 0 for value in arguments.std):
        parser.error("--std: not positive (expected numbers above 0)")
    if arguments.crop_fraction is not None and not 0 < arguments.crop_fraction <= 1:
        parser.error(f"--crop-fraction: {arguments.crop_fraction} (expected above 0, at most 1)")
    if arguments.crop_fraction is not None and arguments.resize not in (None, "crop"):
        parser.error(f"--crop-fraction: with --resize {arguments.resize} (expected --resize crop)")
    return arguments


def main(argv: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a half-written file is removed
    arguments = parse_arguments(argv)
    try:
        print(printable(convert(arguments)))
    except ConversionError as error:
        print(printable(f"convert: {error}"), file=sys.stderr)
        return 1
    except OSError as error:
        text = f"convert: {error.filename or arguments.output}: {error.strerror or error}"
        print(printable(text), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

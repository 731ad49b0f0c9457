#!/usr/bin/env python3
"""Converts published MobileNet weights into a model file of this project (safetensors).

Reads TFLite (float32, uint8 per tensor, int8 per channel), a TFLite network cut into two files, and Keras
layers models of TF.js (model.json with its shards beside it): MobileNet V1 and V2 of any width multiplier,
resolution and number of classes. And state dicts that torch.save wrote (.pth): EfficientNet-Lite 0 to 4. Run it
with the Python of scripts/make_venv.sh:

    build/venv/bin/python scripts/convert.py mobilenet_v1_1.0_224_quant.tflite -o v1.safetensors
    build/venv/bin/python scripts/convert.py extractor.tflite head.tflite -o v1.safetensors --quantization s8
    build/venv/bin/python scripts/convert.py tfjs_v1_0.25_224/model.json -o keras.safetensors
    build/venv/bin/python scripts/convert.py efficientnet-lite0-57934424.pth -o lite0.safetensors
"""
from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import signal
import sys

try:
    from conversion import CONVERTER, FORMAT, networks, pth_reader, quantization, state_dict
    from conversion.graph import ConversionError, Graph, join, printable
    from conversion.model import NONE, S8_PER_CHANNEL, U8_PER_TENSOR, Model, tensors_of
    from conversion.safetensors_writer import write_safetensors
    from conversion.tfjs_reader import read_tfjs
    from conversion.tflite_reader import read_tflite
except ModuleNotFoundError as missing:
    sys.exit(f"convert: Python package {missing.name} is missing (run scripts/make_venv.sh, then "
             f"build/venv/bin/python {sys.argv[0]})")

LABELS = pathlib.Path(__file__).resolve().parent.parent / "models" / "labels"
IMAGENET = LABELS / "imagenet_1001.txt"
BACKGROUND = "background"
QUANTIZATIONS = {"u8": U8_PER_TENSOR, "s8": S8_PER_CHANNEL, "none": NONE}


def read(path: pathlib.Path) -> Graph:
    return read_tfjs(path) if path.suffix == ".json" else read_tflite(path)


def read_model(paths: list[pathlib.Path]) -> tuple[Model, list[pathlib.Path]]:
    """The network of one file, or of several that it was cut into, and all files that were read for it."""
    if not any(path.suffix in (".pth", ".pt") for path in paths):
        graph = join([read(path) for path in paths])
        return networks.match(graph), graph.files
    if len(paths) > 1:
        raise ConversionError(f"{paths[1]}: more than one file (expected one state dict)")
    return state_dict.match(pth_reader.read_state_dict(paths[0]), paths[0]), paths


def read_labels(path: pathlib.Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConversionError(f"{path}: not UTF-8 text (expected one label a line)")
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def labels_for(classes: int, path: pathlib.Path | None) -> list[str]:
    """One label a class: from the file, or ImageNet's where the number of classes is ImageNet's. A list that
    is one longer because it starts with `background` fits a network without that class."""
    if path is None and classes not in (1000, 1001):
        raise ConversionError(
            f"{classes} classes and no label list (expected --labels FILE with one label a line)")
    path = path or IMAGENET
    labels = read_labels(path)
    if len(labels) == classes + 1 and labels[0] == BACKGROUND:
        labels = labels[1:]
    if len(labels) != classes:
        raise ConversionError(
            f"{path}: {len(labels)} labels (expected {classes}, as the network has classes)")
    return labels


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


def metadata_of(model: Model, labels: list[str], source: dict[str, object]) -> dict[str, str]:
    preprocess = {"color": model.color or "rgb", "resize": "crop",
                  "crop_fraction": model.crop_fraction or 0.875,
                  "interpolation": model.interpolation or "bilinear", "mean": model.mean, "std": model.std}
    return {"mobilenet.format": FORMAT,
            "mobilenet.architecture": model.architecture,
            "mobilenet.width_multiplier": str(model.width_multiplier),
            "mobilenet.resolution": str(model.resolution),
            "mobilenet.classes": str(model.classes),
            "mobilenet.quantization": model.quantization,
            "mobilenet.preprocess": json.dumps(preprocess),
            "mobilenet.labels": json.dumps(labels, ensure_ascii=False),
            "mobilenet.source": json.dumps(source, ensure_ascii=False)}


def convert(arguments: argparse.Namespace) -> str:
    """Returns what to tell the user. Raises ConversionError or OSError."""
    if any(arguments.output.resolve() == path.resolve() for path in arguments.inputs):
        raise ConversionError(f"{arguments.output}: is also an input (expected another name)")
    model, files = read_model(arguments.inputs)
    wanted = QUANTIZATIONS[arguments.quantization] if arguments.quantization else model.quantization
    try:
        model, count = quantization.convert(model, wanted)
    except ConversionError as error:
        raise ConversionError(f"{arguments.inputs[0]}: {error}")
    labels = model.labels
    if labels is None or arguments.labels:
        labels = labels_for(model.classes, arguments.labels)
    write_safetensors(arguments.output, tensors_of(model),
                      metadata_of(model, labels, source_of(arguments, files)))
    exact = ""
    if count is not None:
        exact = f", {count.exact} of {count.total} channels exact ({100 * count.exact / count.total:.2f} %)"
    return (f"{arguments.output}: {model.architecture} {model.width_multiplier}, {model.resolution} px, "
            f"{model.classes} classes, {model.quantization}{exact}")


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="convert", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", metavar="IN", nargs="+", type=pathlib.Path,
                        help=".tflite file, the files of a cut network in order, a TF.js model.json, or a .pth file")
    parser.add_argument("-o", "--output", metavar="OUT", type=pathlib.Path, required=True,
                        help="model file to write")
    parser.add_argument("--quantization", choices=QUANTIZATIONS,
                        help="uint8 per tensor, int8 per channel or float32 (default: as the input)")
    parser.add_argument("--labels", metavar="FILE", type=pathlib.Path,
                        help="one label a line (default: ImageNet's for 1000 and 1001 classes)")
    source = parser.add_argument_group("recorded in the file as its source")
    source.add_argument("--name", help="name of the model (default: that of OUT)")
    source.add_argument("--url", action="append", help="where IN comes from; once a file")
    source.add_argument("--license", help="such as Apache-2.0")
    source.add_argument("--published-top1", metavar="PERCENT", type=float)
    source.add_argument("--published-top5", metavar="PERCENT", type=float)
    return parser.parse_intermixed_args(argv)  # options may stand between the inputs


def main(argv: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is half written is removed
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

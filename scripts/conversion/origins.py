"""Where state dicts come from. A state dict holds names and numbers; everything else its network depends on is defined
by the library that made it and, for each of its models, by the way it was trained: padding, batch norm's epsilon, the
picture's size, crop, filter, mean and standard deviation. As in torchvision (models/mobilenetv2.py) and timm
(models/efficientnet.py, default_cfgs), whose resize to floor(R / crop_pct) is R / that of the short side here."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass

SAME, SYMMETRIC = "same", "symmetric"  # TensorFlow's padding, or (kernel - 1) / 2 at each side

_IMAGENET = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # 255 x (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_HALVES = (127.5, ) * 3, (127.5, ) * 3
_LITE = (127.0, ) * 3, (128.0, ) * 3


@dataclass(frozen=True)
class Origin:
    """Models of one library that share everything below."""
    family: str  # naming scheme (state_dict.py)
    models: tuple[str, ...]
    architecture: str  # the program's, whose order the layers have
    is_of_its_size: bool  # has that architecture's channels and repeats; else the tensors show them
    padding: str
    epsilon: float
    resolution: int | None  # None: the architecture's own
    crop_fraction: float
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    is_meant_by_default: bool = True  # if nothing distinguishes it from others with the same tensors
    naming: str = ""  # of the tensors of a network that comes in one shape (named_networks.py)

    def names(self) -> list[str]:
        return [f"{self.family}/{model}" for model in self.models]


def _crop(resolution: int, crop_pct: float) -> float:
    return resolution / math.floor(resolution / crop_pct)


def _torchvision(model: str, resized: int, is_default: bool) -> Origin:
    return Origin("torchvision", (model, ), "mobilenet_v2", False, SYMMETRIC, 1e-5, 224, 224 / resized, "bilinear",
                  *_IMAGENET, is_meant_by_default=is_default)


def _timm_lite(number: int, resolution: int, crop_pct: float) -> Origin:
    name = f"efficientnet_lite{number}"
    return Origin("timm", (name, ), name, True, SYMMETRIC, 1e-5, resolution, _crop(resolution, crop_pct), "bicubic",
                  *_IMAGENET)


def _timm_tf_lite(number: int, resolution: int, crop_pct: float, interpolation: str) -> Origin:
    return Origin("timm", (f"tf_efficientnet_lite{number}", ), f"efficientnet_lite{number}", True, SAME, 1e-3,
                  resolution, _crop(resolution, crop_pct), interpolation, *_HALVES)


ORIGINS = [
    *(Origin("efficientnet_pytorch", (f"efficientnet_lite{i}", ), f"efficientnet_lite{i}", True, SAME, 1e-3, None,
             0.875, "bilinear", *_LITE) for i in range(5)),
    _torchvision("mobilenet_v2", 256, True),
    _torchvision("mobilenet_v2.imagenet1k_v2", 232, False),
    Origin("timm", ("mobilenetv1_100", ), "mobilenet_v1", False, SYMMETRIC, 1e-5, 224, 0.875, "bicubic", *_HALVES),
    Origin("timm", ("mobilenetv1_125", ), "mobilenet_v1", False, SYMMETRIC, 1e-5, 224, _crop(224, 0.9), "bicubic",
           *_HALVES, is_meant_by_default=False),
    Origin("timm", ("mobilenetv2_035", "mobilenetv2_050", "mobilenetv2_075", "mobilenetv2_100", "mobilenetv2_110d",
                    "mobilenetv2_120d", "mobilenetv2_140"),
           "mobilenet_v2", False, SYMMETRIC, 1e-5, 224, 0.875, "bicubic", *_IMAGENET),
    _timm_lite(0, 224, 0.875), _timm_lite(1, 240, 0.882), _timm_lite(2, 260, 0.890), _timm_lite(3, 300, 0.904),
    _timm_lite(4, 380, 0.922),
    _timm_tf_lite(0, 224, 0.875, "bicubic"), _timm_tf_lite(1, 240, 0.882, "bicubic"),
    _timm_tf_lite(2, 260, 0.890, "bicubic"), _timm_tf_lite(3, 300, 0.904, "bilinear"),
    _timm_tf_lite(4, 380, 0.920, "bilinear"),
]

# Networks that exist in one shape only, by the way their tensors are named.
ALEXNET, VGG, VGG_BN, TIMM_VGG, TIMM_VGG_BN, SQUEEZENET, GOOGLENET, RESNET = (
    "alexnet", "vgg", "vgg_bn", "timm_vgg", "timm_vgg_bn", "squeezenet", "googlenet", "resnet")


def _torchvisions(model: str, architecture: str, naming: str, resized: int = 256, is_default: bool = True,
                  family: str = "torchvision") -> Origin:
    return Origin(family, (model, ), architecture, True, SYMMETRIC, 1e-5, 224, 224 / resized, "bilinear", *_IMAGENET,
                  is_meant_by_default=is_default, naming=naming)


def _resnet(depth: int) -> list[Origin]:
    # From ResNet-50 on, the stride is on the 3x3 convolution.
    model, architecture = f"resnet{depth}", f"resnet{depth}" if depth < 50 else f"torchvision_resnet{depth}"
    origins = [_torchvisions(model, architecture, RESNET),
               _torchvisions(f"{model}.tv_in1k", architecture, RESNET, is_default=False, family="timm"),
               Origin("timm", (f"{model}.a1_in1k", ), architecture, True, SYMMETRIC, 1e-5, 224, _crop(224, 0.95),
                      "bicubic", *_IMAGENET, is_meant_by_default=False, naming=RESNET)]
    if depth >= 50:
        origins.append(_torchvisions(f"{model}.imagenet1k_v2", architecture, RESNET, 232, is_default=False))
    return origins


NAMED = [
    _torchvisions("alexnet", "torchvision_alexnet", ALEXNET),
    *(_torchvisions(f"vgg{count}", f"vgg{count}", VGG) for count in (16, 19)),
    *(_torchvisions(f"vgg{count}_bn", f"vgg{count}", VGG_BN) for count in (16, 19)),
    *(_torchvisions(f"vgg{count}.tv_in1k", f"vgg{count}", TIMM_VGG, family="timm") for count in (16, 19)),
    *(_torchvisions(f"vgg{count}_bn.tv_in1k", f"vgg{count}", TIMM_VGG_BN, family="timm") for count in (16, 19)),
    # Its transform_input turns torchvision's usual normalisation into this one; its batch norms have their own epsilon.
    Origin("torchvision", ("googlenet", ), "torchvision_googlenet", True, SYMMETRIC, 1e-3, 224, 0.875, "bilinear",
           *_HALVES, naming=GOOGLENET),
    *(origin for depth in (18, 34, 50, 101, 152) for origin in _resnet(depth)),
    _torchvisions("squeezenet1_0", "squeezenet1_0", SQUEEZENET),
]

_HASHES = {"7ebf99e0": "torchvision/mobilenet_v2.imagenet1k_v2",  # in the names of published files
           "11ad3fa6": "torchvision/resnet50.imagenet1k_v2", "cd907fc2": "torchvision/resnet101.imagenet1k_v2",
           "f82ba261": "torchvision/resnet152.imagenet1k_v2"}


def named(origins: list[Origin], name: str) -> list[Origin]:
    """The origins for a model's name, with or without the library before it, and with or without timm's tag of the
    weights (such as .ra_in1k) after it."""
    exact = [origin for origin in origins if name in origin.names() or name in origin.models]
    return exact or [origin for origin in origins
                     if any(known.split(".")[0] == name.split(".")[0] for known in (*origin.names(), *origin.models))]


def name_in_file_name(origins: list[Origin], stem: str) -> str | None:
    """The model after which a file is named: tf_efficientnet_lite0-0aa007d2.pth."""
    for known, model in _HASHES.items():
        if known in stem and named(origins, model):
            return model
    models = sorted((model for origin in origins for model in origin.models), key=len, reverse=True)
    for model in models:  # the tag of the weights may be written differently: resnet50_a1_0-14fe96d1.pth
        if re.search(re.escape(model.removesuffix("_in1k")).replace(r"\.", "[._]"), stem):
            return model
    return None

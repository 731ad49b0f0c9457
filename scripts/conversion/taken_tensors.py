"""The tensors of a state dict as its layers use them: which exist, whether their numbers can be used, and which of
them no layer has used."""
from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np

from .batch_norm import BatchNorm
from .graph import ConversionError


class TakenTensors:
    """All methods raise ConversionError. `left_out`: beginnings of names that no layer needs."""

    def __init__(self, tensors: dict[str, np.ndarray], path: pathlib.Path, left_out: tuple[str, ...] = ()):
        self.tensors = tensors
        self.path = path
        self.rest = {name for name in tensors
                     if not name.endswith(".num_batches_tracked") and not name.startswith(left_out)}

    def find(self, name: str) -> np.ndarray:
        if name not in self.tensors:
            raise ConversionError(f"{self.path}: no {name} (expected every tensor of its network)")
        return self.tensors[name]

    def use(self, name: str) -> np.ndarray:
        """A tensor of floats."""
        tensor = self.tensors[name]
        if not np.isfinite(tensor).all():
            raise ConversionError(f"{self.path}: {name}: a number is not finite (expected finite weights)")
        self.rest.discard(name)
        return tensor

    def batch_norm(self, name: str, take: Callable[[str], np.ndarray], epsilon: float) -> BatchNorm:
        """`take` gives a vector of float64, one number per output channel."""
        gamma, beta, mean, variance = (take(f"{name}.{part}") for part in
                                       ("weight", "bias", "running_mean", "running_var"))
        if (variance < 0).any():
            raise ConversionError(f"{self.path}: {name}.running_var: is negative (expected a variance)")
        return BatchNorm(gamma, beta, mean, variance, epsilon)

    def rounded(self, layer: str, weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """To float32."""
        with np.errstate(over="ignore"):  # becomes infinite, and is found
            rounded = np.ascontiguousarray(weights, np.float32), np.ascontiguousarray(bias, np.float32)
        if not all(np.isfinite(values).all() for values in rounded):
            raise ConversionError(f"{self.path}: {layer}: weights are not finite as float32 (expected finite ones)")
        return rounded

    def check_rest(self) -> None:
        if self.rest:
            raise ConversionError(f"{self.path}: {min(self.rest)}: belongs to no layer (expected only the tensors of its "
                                  f"network; a changed network can be converted from .onnx)")

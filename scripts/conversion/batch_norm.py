"""Folds batch norm into the convolution before it:

    y = gamma (conv(x) + bias - mean) / sqrt(variance + epsilon) + beta
      = conv'(x) + bias'
    factor = gamma / sqrt(variance + epsilon), weights' = weights factor, bias' = beta + (bias - mean) factor
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class BatchNorm:
    """One number per output channel, float64."""
    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    epsilon: float

    def fold(self, weights: np.ndarray, channel_axis: int, bias: np.ndarray | float = 0.0) \
            -> tuple[np.ndarray, np.ndarray]:
        """Weights and bias in float64: the caller rounds them once. The variance with epsilon is above 0."""
        factor = self.gamma / np.sqrt(self.variance + self.epsilon)
        shape = [1] * weights.ndim
        shape[channel_axis] = len(factor)
        return weights * factor.reshape(shape), self.beta + (bias - self.mean) * factor

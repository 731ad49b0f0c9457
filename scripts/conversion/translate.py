"""Turns a graph of operators into the layers of a model file, whatever network it is: convolutions, depthwise
convolutions, max and average pools, local response normalisations, additions, concatenations, fully connected layers,
a softmax or sigmoid.

Operators that only change the view of a tensor (RESHAPE, SQUEEZE) are left out. Padding becomes part of the
convolution after it; an activation, a batch norm or a constant factor or summand becomes part of the layer before
it; arithmetic at the beginning becomes the preprocessing. Anything else is an error that names the operator."""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from .beginning import take_beginning
from .completion import IMAGENET_CLASSES
from .graph import ConversionError, Graph, Normalization, Operator, Tensor, describe, describe_quantization
from .model import NONE, S8_PER_CHANNEL, U8_PER_TENSOR, Layer, Model, Window
from .operands import RANGES, bias_of, demand, output_of, real_values, weights_of

MAX_RESOLUTION = 2048  # pixels, the program's limit
MAX_PADDING = 64  # its largest window
MAX_WEIGHTS = 1 << 28  # for all layers; many may read the same ones
MAX_LOOKS = 1000  # operators in a row that compute nothing

_QUANTIZATIONS = {"FLOAT32": NONE, "UINT8": U8_PER_TENSOR, "INT8": S8_PER_CHANNEL}
_ACTIVATIONS = {"NONE": "none", "RELU": "relu", "RELU6": "relu6", "LOGISTIC": "sigmoid", "TANH": "tanh"}
_CURVES = ("LOGISTIC", "TANH")  # in floats only
_NEVER_NEGATIVE = ("relu", "relu6", "sigmoid")
_WEIGHTED = ("conv", "depthwise", "fully_connected")
_OF_SHAPES = ("SHAPE", "STRIDED_SLICE", "PACK")
_ENDS = {"SOFTMAX": "softmax", "LOGISTIC": "sigmoid"}


def translate(graph: Graph, normalization: Normalization | None = None) -> Model:
    """A network without a name. `normalization` is what the user says about its input, instead of what the file
    says. Raises ConversionError for operators that the program has no layers for."""
    if not graph.operators:
        raise ConversionError(f"{graph.path}: no operators (expected a network)")
    return _Translator(graph, normalization).model()


@dataclass(frozen=True)
class _Value:
    """The place of a graph's tensor among the values of the layers."""
    index: int
    shape: tuple[int, int, int]  # height, width, channels
    is_flat: bool = False  # a vector made from a map of several pixels
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # rows and columns of zeros that a PAD put around it

    @property
    def is_vector(self) -> bool:
        return self.shape[:2] == (1, 1)


class _Translator:
    def __init__(self, graph: Graph, normalization: Normalization | None):
        self.graph = graph
        self.layers: list[Layer] = []
        self.values: dict[int, _Value] = {}  # by id() of the tensor
        self.names: Counter[str] = Counter()
        self.weights_count = 0
        operators = _of_maps(graph.operators)
        self.beginning = take_beginning(graph, operators, normalization)
        self.dtype = self.beginning.start.dtype  # the feature maps' type
        self.quantizations = [self.beginning.input]  # one per value
        self.is_read: set[int] = set()  # the values that a layer reads, which must not change any more
        self.readers: dict[int, list[Operator]] = {}  # by id() of the tensor
        for operator in operators:
            for tensor in operator.inputs:
                if tensor is not None:
                    self.readers.setdefault(id(tensor), []).append(operator)

    def model(self) -> Model:
        resolution = self._resolution(self.beginning.start)
        channels = self.beginning.start.shape[3]
        self.values[id(self.beginning.start)] = _Value(0, (resolution, resolution, channels))
        for operator in self.beginning.operators:
            demand(operator.output is not None and bool(operator.inputs), operator, "has not one output",
                   "inputs and one output")
            handler = self._HANDLERS.get(operator.kind)
            if handler is None:
                raise ConversionError(f"{operator.where}: the program has no layer for it (expected "
                                      f"{', '.join(sorted(self._HANDLERS))})")
            if self._has_ended() and handler not in (_Translator._reshape, _Translator._retype):
                raise ConversionError(f"{operator.where}: comes after the {self.layers[-1].operator} (expected "
                                      f"the end of the network)")
            handler(self, operator)
        classes = self._end()
        mean, std = self.beginning.normalization or (None, None)
        return Model("custom", 1.0, resolution, classes, _QUANTIZATIONS[self.dtype], self.beginning.input, mean,
                     std, self.layers, has_name=False, labels=self.graph.labels,
                     color="grey" if channels == 1 else None, crop_fraction=self.graph.crop_fraction)

    def _resolution(self, start: Tensor) -> int:
        shape = start.shape
        if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[3] not in (1, 3) or \
                not 1 <= shape[1] <= MAX_RESOLUTION:
            raise ConversionError(f"{self.graph.path}: input is {describe(start)} (expected [1, R, R, 3], or "
                                  f"[1, R, R, 1] of grey pictures, R up to {MAX_RESOLUTION})")
        return shape[1]

    # The layers.

    def _convolution(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        channels = value.shape[2]
        weights, scales = weights_of(operator, 4, 0, self.dtype)
        outputs, of_each = weights.shape[0], weights.shape[3]
        groups = channels // of_each
        demand(groups * of_each == channels and outputs % groups == 0, operator,
               f"weights {list(weights.shape)} on {channels} channels", f"[OC, KH, KW, {channels}]")
        if value.is_vector and weights.shape[1:3] == (1, 1) and groups == 1 and self._is_head(value):
            self._check_output(operator, (1, 1, outputs))
            self._add_weighted(operator, "fully_connected", value, (1, 1, outputs),
                               weights.reshape(outputs, channels), scales, 0)
            return
        window, size = self._window(operator, value, weights.shape[1:3])
        self._check_output(operator, (*size, outputs))
        self._add_weighted(operator, "conv", value, (*size, outputs), weights, scales, 0, window=window,
                           groups=groups)

    def _depthwise(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        channels = value.shape[2]
        weights, scales = weights_of(operator, 4, 3, self.dtype)
        outputs = weights.shape[3]
        demand(weights.shape[0] == 1 and outputs % channels == 0, operator,
               f"weights {list(weights.shape)} on {channels} channels", f"[1, KH, KW, {channels}]")
        # 0 is what old converters wrote.
        multiplier = operator.options["depth_multiplier"]
        demand(multiplier in (0, outputs // channels), operator, f"depth multiplier {multiplier}",
               f"{outputs // channels}")
        window, size = self._window(operator, value, weights.shape[1:3])
        shape = (*size, outputs)
        self._check_output(operator, shape)
        if outputs == channels:  # [1, KH, KW, C] -> [KH, KW, C]
            self._add_weighted(operator, "depthwise", value, shape, weights[0], scales, 2, window=window)
            return
        # Several outputs per channel: a convolution in as many groups.
        self._add_weighted(operator, "conv", value, shape, weights.transpose(3, 1, 2, 0), scales, 0,
                           window=window, groups=channels)

    def _window(self, operator: Operator, value: _Value,
                kernel: tuple[int, int]) -> tuple[Window, tuple[int, int]]:
        """The window with its padding resolved, and the height and width of its output for the value."""
        options = operator.options
        strides = (options["stride_h"], options["stride_w"])
        demand(strides[0] == strides[1] >= 1, operator, f"stride {strides[0]}x{strides[1]}",
               "the same both ways")
        dilations = (options.get("dilation_h", 1), options.get("dilation_w", 1))
        demand(dilations == (1, 1), operator, f"dilation {dilations[0]}x{dilations[1]}", "dilation 1")
        demand(not value.is_flat, operator, "reads a vector", "a map")
        stride, wanted = strides[0], options["padding"]
        demand(wanted in ("SAME", "VALID") or isinstance(wanted, tuple), operator, f"padding {wanted}",
               "SAME, VALID or numbers")
        padding, size = list(value.padding), []
        for axis in (0, 1):
            before, after = 2 * axis, 2 * axis + 1
            extent = value.shape[axis] + padding[before] + padding[after]
            if wanted == "SAME":
                total = max((-(-extent // stride) - 1) * stride + kernel[axis] - extent, 0)
                padding[before] += total // 2
                padding[after] += total - total // 2
            elif wanted != "VALID":
                padding[before] += int(wanted[before])
                padding[after] += int(wanted[after])
            extent = value.shape[axis] + padding[before] + padding[after]
            demand(extent >= kernel[axis], operator, f"kernel {kernel[0]}x{kernel[1]} on {extent} pixels",
                   "no more than there are")
            size.append((extent - kernel[axis]) // stride + 1)
        return Window((int(kernel[0]), int(kernel[1])), int(stride), tuple(padding)), tuple(size)

    def _fully_connected(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        weights, scales = weights_of(operator, 2, 0, self.dtype)
        demand(operator.options.get("weights_format", 0) == 0, operator, "shuffled weights",
               "the default format")
        elements, channels = int(np.prod(value.shape)), value.shape[2]
        if weights.shape[1] == channels != elements and not value.is_flat:
            self._dense_of_pixels(operator, value, weights, scales)
            return
        demand(weights.shape[1] == elements, operator, f"weights {list(weights.shape)}", f"[OC, {elements}]")
        shape = (1, 1, weights.shape[0])
        self._check_output(operator, shape)
        self._add_weighted(operator, "fully_connected", value, shape, weights, scales, 0)

    def _dense_of_pixels(self, operator: Operator, value: _Value, weights: np.ndarray,
                         scales: tuple[np.ndarray, int] | None) -> None:
        """Keras's Dense on a map that a RESHAPE turned into a list of pixels, as in Edge Impulse's heads: the same
        layer at each pixel."""
        outputs, channels = weights.shape
        shape = (*value.shape[:2], outputs)
        found = operator.output.shape
        demand(found[-1:] == (outputs,) and int(np.prod(found)) == int(np.prod(shape)), operator,
               f"output {list(found)}", f"{[1, shape[0] * shape[1], outputs]}")
        self._add_weighted(operator, "conv", value, shape, weights.reshape(outputs, 1, 1, channels), scales, 0,
                           window=Window((1, 1)))

    def _add(self, operator: Operator) -> None:
        if any(tensor is not None and tensor.data is not None for tensor in operator.inputs):
            self._affine(operator)
            return
        values = [self._value(operator, tensor) for tensor in operator.inputs]
        demand(len(values) == 2 and values[0].shape == values[1].shape and
               values[0].is_flat == values[1].is_flat, operator,
               f"adds {' and '.join(str(list(value.shape)) for value in values)}", "two of the same shape")
        self._check_elements(operator, values[0])
        activations = self._activations(operator)
        self._append(operator, Layer(self._name("add"), "add", [value.index for value in values],
                                     values[0].shape, activations[0], activations=activations,
                                     output=output_of(operator, self.dtype)), values[0].is_flat)

    def _concat(self, operator: Operator) -> None:
        values = [self._value(operator, tensor) for tensor in operator.inputs]
        axis, rank = operator.options["axis"], len(operator.output.shape)
        demand(rank > 0 and axis in (-1, rank - 1), operator, f"axis {axis}", "the channels'")
        demand(not any(value.is_flat for value in values) and len({value.shape[:2] for value in values}) == 1,
               operator, "maps of several sizes", "of one")
        activation = operator.options.get("activation", "NONE")
        demand(activation == "NONE", operator, f"activation {activation}", "no activation")
        demand(len(values) > 1, operator, f"reads {len(values)}", "two and more")
        output = output_of(operator, self.dtype)
        if all(self.quantizations[value.index] == output for value in values):
            output = None
        shape = (*values[0].shape[:2], sum(value.shape[2] for value in values))
        self._check_output(operator, shape)
        self._append(operator, Layer(self._name("concat"), "concat", [value.index for value in values], shape,
                                     output=output))

    def _pool(self, operator: Operator) -> None:
        """The largest or the mean of each window's pixels; padding does not count."""
        value = self._value(operator, operator.inputs[0])
        kernel = (operator.options["filter_h"], operator.options["filter_w"])
        is_max = operator.kind == "MAX_POOL_2D"
        if not is_max and kernel == value.shape[:2] and operator.output.shape[1:3] in ((1, 1), ()) and \
                not any(value.padding):
            self._mean(operator)
            return
        demand(1 <= min(kernel) and max(kernel) <= MAX_PADDING, operator, f"window {kernel[0]}x{kernel[1]}",
               f"1 to {MAX_PADDING} pixels")
        activation = operator.options.get("activation", "NONE")
        demand(activation == "NONE", operator, f"activation {activation}", "no activation")
        if any(value.padding):  # zeros: as good as left out if nothing is below zero
            before = self.layers[value.index - 1] if value.index > 0 else None
            demand(is_max and before is not None and before.activation in _NEVER_NEGATIVE, operator,
                   "reads a padded map", "padding that is left out of the pool")
        window, size = self._window(operator, value, kernel)
        demand(all(side < kernel[i // 2] for i, side in enumerate(window.padding)), operator,
               f"padding {list(window.padding)}", "less than the window")
        shape = (*size, value.shape[2])
        self._check_output(operator, shape)
        output = output_of(operator, self.dtype)
        if output == self.quantizations[value.index]:
            output = None
        demand(output is None or not is_max, operator, f"output has {describe_quantization(operator.output)}",
               "scale and zero point of its input")
        kind = "max_pool" if is_max else "average_pool"
        self._append(operator, Layer(self._name(kind), kind, [value.index], shape, window=window, output=output))

    def _response_normalization(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        demand(self.dtype == "FLOAT32", operator, "normalises a quantised map", "a float one")
        demand(not value.is_flat, operator, "reads a vector", "a map")
        self._check_output(operator, value.shape)
        options = operator.options
        size, alpha = options.get("size"), options["alpha"]
        if size is None:  # TFLite does not divide alpha by the channels
            size = 2 * options["radius"] + 1
            alpha *= size
        numbers = {"size": int(size), "alpha": float(alpha), "beta": float(options["beta"]), "k": float(options["k"])}
        demand(size >= 1 and all(math.isfinite(number) for number in numbers.values()), operator, f"{numbers}",
               "finite numbers")
        self._append(operator, Layer(self._name("lrn"), "lrn", [value.index], value.shape, numbers=numbers))

    def _mean(self, operator: Operator) -> None:
        """The mean of the whole map."""
        value = self._value(operator, operator.inputs[0])
        height, width, channels = value.shape
        expected = f"the mean of all {height}x{width} pixels"
        if operator.kind == "MEAN":
            axes = operator.options["axes"]
            demand(axes is not None and sorted(axis % 4 for axis in axes) == [1, 2], operator, f"axes {axes}",
                   f"[1, 2], {expected}")
        else:
            activation = operator.options.get("activation", "NONE")
            demand(activation == "NONE", operator, f"activation {activation}", "no activation")
        demand(not value.is_flat and operator.output.shape in ((1, 1, 1, channels), (1, channels)), operator,
               f"output {list(operator.output.shape)}", f"[1, 1, 1, {channels}], {expected}")
        output = output_of(operator, self.dtype)
        if output == self.quantizations[value.index]:
            output = None
        else:
            demand(operator.kind == "MEAN", operator,
                   f"output has {describe_quantization(operator.output)}",
                   "scale and zero point of its input")
        self._append(operator, Layer(self._name("global_avg_pool"), "avg_pool", [value.index],
                                     (1, 1, channels), output=output))

    def _logistic(self, operator: Operator) -> None:
        """The scores at the end of the network, an activation elsewhere."""
        if operator.output is self.graph.output or self._is_end(operator.output):
            self._end_layer(operator)
        else:
            self._activation_alone(operator)

    def _is_end(self, tensor: Tensor) -> bool:
        """Whether nothing else is computed from it."""
        at, seen = [tensor], 0
        while at:
            seen += 1
            for reader in self.readers.get(id(at.pop()), []):
                if reader.kind not in ("RESHAPE", "SQUEEZE", "QUANTIZE", "DEQUANTIZE") or reader.output is None or \
                        seen > MAX_LOOKS:
                    return False
                at.append(reader.output)
        return True

    def _end_layer(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        kind = _ENDS[operator.kind]
        demand(operator.options.get("beta", 1) == 1, operator, f"beta {operator.options.get('beta')}", "1")
        demand(value.is_vector, operator, f"reads {list(value.shape)}", "a number a class, at the end of the "
               "network")
        self._check_elements(operator, value)
        self._append(operator, Layer(kind, kind, [value.index], value.shape))

    # Operators that become part of another layer.

    def _pad(self, operator: Operator) -> None:
        value = self._value(operator, operator.inputs[0])
        constants = [tensor.data if tensor is not None else None for tensor in operator.inputs[1:]]
        sides = constants[0] if constants else None
        demand(sides is not None and sides.shape == (4, 2) and not sides[[0, 3]].any() and
               bool(((sides >= 0) & (sides <= MAX_PADDING)).all()) and not value.is_flat, operator,
               "another padding", f"up to {MAX_PADDING} rows and columns of a map")
        for constant in constants[1:]:  # PADV2's value
            zero = 0 if self.dtype == "FLOAT32" else self.quantizations[value.index].zero_point
            demand(constant is not None and bool((constant == zero).all()), operator,
                   "pads with a number other than 0", "zeros")
        added = [int(side) for side in sides[1:3].reshape(-1)]
        self.values[id(operator.output)] = _Value(
            value.index, value.shape, padding=tuple(old + new for old, new in zip(value.padding, added)))

    def _activation_alone(self, operator: Operator) -> None:
        if self._activation_after_max_pool(operator):
            return
        layer, value = self._layer_before(operator, operator.inputs[0], (*_WEIGHTED, "add"))
        layer.output = self.quantizations[value.index] = output_of(operator, self.dtype)
        layer.activations = self._activations(operator, operator.kind)
        layer.activation = layer.activations[0]
        self._pass_on(operator, value)

    def _activation_after_max_pool(self, operator: Operator) -> bool:
        """No activation reverses the order of two numbers, so it may as well come before the pool."""
        tensor = operator.inputs[0]
        value = self._value(operator, tensor)
        pool = self.layers[value.index - 1] if value.index > 0 else None
        if pool is None or pool.operator != "max_pool" or self.dtype != "FLOAT32" or \
                not self._is_alone(tensor, value) or pool.inputs[0] == 0:
            return False
        layer = self.layers[pool.inputs[0] - 1]
        readers = sum(other.inputs.count(pool.inputs[0]) for other in self.layers)
        if layer.operator not in (*_WEIGHTED, "add") or layer.activation != "none" or readers != 1:
            return False
        layer.activations = self._activations(operator, operator.kind)
        layer.activation = layer.activations[0]
        self._pass_on(operator, value)
        return True

    def _batch_norm(self, operator: Operator) -> None:
        layer, value = self._layer_before(operator, operator.inputs[0], ("conv", "depthwise", "fully_connected"))
        norm = operator.options["norm"]
        channels = value.shape[2]
        for part in (norm.gamma, norm.beta, norm.mean, norm.variance):
            demand(part.shape == (channels,), operator, f"parameters {list(part.shape)}", f"[{channels}]")
        demand(bool((norm.variance + norm.epsilon > 0).all()), operator, "variance + epsilon is not positive",
               "above 0")
        self._change_weights(operator, layer, *norm.fold(layer.weights, layer.channel_axis, layer.bias))
        self._pass_on(operator, value)

    def _affine(self, operator: Operator) -> None:
        """MUL, DIV, ADD or SUB with a constant, one number or one per channel."""
        is_constant = [tensor is not None and tensor.data is not None for tensor in operator.inputs]
        demand(len(is_constant) == 2 and sum(is_constant) == 1 and
               (is_constant[1] or operator.kind in ("MUL", "ADD")), operator,
               "does not combine a map with a constant", "a map, then a constant")
        map_at, constant_at = (0, 1) if is_constant[1] else (1, 0)
        constant = operator.inputs[constant_at].data
        layer, value = self._layer_before(operator, operator.inputs[map_at], _WEIGHTED)
        demand(self.dtype == "FLOAT32" and constant.dtype == np.float32, operator,
               "changes a quantised map", "a float one")
        demand(constant.size in (1, value.shape[2]) and constant.size == max((1, *constant.shape[-1:])),
               operator, f"constant of shape {list(constant.shape)}", f"a number, or [{value.shape[2]}]")
        constant = np.broadcast_to(constant.reshape(-1).astype(np.float64), (value.shape[2],))
        weights, bias = layer.weights, layer.bias.astype(np.float64)
        if operator.kind in ("ADD", "SUB"):
            bias = bias + constant if operator.kind == "ADD" else bias - constant
        else:
            with np.errstate(divide="ignore"):
                factor = constant if operator.kind == "MUL" else 1 / constant
            weights, bias = weights * layer.per_channel(factor), bias * factor
        self._change_weights(operator, layer, weights, bias)
        layer.activations = self._activations(operator)
        layer.activation = layer.activations[0]
        self._pass_on(operator, value)

    def _layer_before(self, operator: Operator, tensor: Tensor | None,
                      kinds: tuple[str, ...]) -> tuple[Layer, _Value]:
        """The layer that writes `tensor`, which only this operator reads, so that the operator can become part of it."""
        value = self._value(operator, tensor)
        layer = self.layers[value.index - 1] if value.index > 0 else None
        demand(layer is not None and layer.operator in kinds and layer.activations[-1] == "none" and
               self._is_alone(tensor, value), operator, "has no layer that it could become part of",
               f"one of {', '.join(kinds)} before it, without activation, read by nothing else")
        return layer, value

    def _is_alone(self, tensor: Tensor, value: _Value) -> bool:
        """Whether only the readers of this tensor read the value."""
        return len(self.readers[id(tensor)]) == 1 and value.index not in self.is_read and \
            tensor is not self.graph.output

    def _change_weights(self, operator: Operator, layer: Layer, weights: np.ndarray, bias: np.ndarray) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # is found
            layer.weights, layer.bias = weights.astype(np.float32), bias.astype(np.float32)
        demand(bool(np.isfinite(layer.weights).all() and np.isfinite(layer.bias).all()), operator,
               "makes weights that are not finite", "finite ones")

    def _pass_on(self, operator: Operator, value: _Value) -> None:
        """The operator's output is an existing value."""
        self._check_elements(operator, value)
        self.values[id(operator.output)] = value

    # Operators that are not layers.

    def _reshape(self, operator: Operator) -> None:
        before = operator.inputs[0]
        value = self._value(operator, before)
        self._check_elements(operator, value)
        demand(operator.output.dtype == before.dtype and
               operator.output.quantization() == before.quantization(), operator,
               f"changes the type or scale to {describe(operator.output)}", "the same numbers")
        shape, elements = operator.output.shape, int(np.prod(value.shape))
        if shape[-1:] == (elements,) and not value.is_vector:
            self.values[id(operator.output)] = _Value(value.index, value.shape, is_flat=True)
            return
        is_list_of_pixels = len(shape) in (2, 3) and shape[-1] == value.shape[2]
        is_same = shape[-1:] == (elements,) if value.is_vector else shape[-3:] == value.shape or is_list_of_pixels
        demand(is_same, operator, f"output {list(shape)}", f"[1, {elements}] or the shape of its input")
        self.values[id(operator.output)] = _Value(value.index, value.shape)

    def _retype(self, operator: Operator) -> None:
        """QUANTIZE and DEQUANTIZE: at the end, or before a concatenation, which does the same; or, on its own, after a
        layer, which then writes at that scale."""
        tensor = operator.inputs[0]
        value = self._value(operator, tensor)
        self._check_elements(operator, value)
        readers = self.readers.get(id(operator.output), [])
        is_quantized_map = operator.kind == "QUANTIZE" and operator.output.dtype == self.dtype and \
            not self._has_ended()
        if is_quantized_map and readers and all(reader.kind == "CONCATENATION" for reader in readers):
            self.values[id(operator.output)] = value
            return
        if is_quantized_map and readers and not self._only_end_reads(operator.output):
            layer = self.layers[value.index - 1] if value.index > 0 else None
            demand(layer is not None and layer.operator in (*_WEIGHTED, "add") and self._is_alone(tensor, value),
                   operator, "changes the scale of a map that others read", "one scale")
            layer.output = self.quantizations[value.index] = output_of(operator, self.dtype)
            self.values[id(operator.output)] = value
            return
        demand(self._only_end_reads(operator.output), operator, "changes the type of a map inside the network",
               "one type")
        self.values[id(operator.output)] = value

    def _only_end_reads(self, tensor: Tensor) -> bool:
        return all(reader.kind in (*_ENDS, "RESHAPE", "SQUEEZE", "QUANTIZE", "DEQUANTIZE")
                   for reader in self.readers.get(id(tensor), []))

    def _end(self) -> int:
        """The number of classes, after a softmax has been added if the file has none."""
        if not self.layers:
            raise ConversionError(f"{self.graph.path}: no layers (expected a network)")
        value = self.values.get(id(self.graph.output))
        if value is None or value.index != len(self.layers):
            raise ConversionError(f"{self.graph.path}: the output is {self.graph.output.name} (expected what the "
                                  f"last layer, {self.layers[-1].name}, writes)")
        unread = set(range(len(self.layers))) - self.is_read
        if unread:
            index = min(unread)
            name = self.layers[index - 1].name if index > 0 else "the input"
            raise ConversionError(f"{self.graph.path}: no layer reads {name} (expected one)")
        if not self._has_ended():
            last = self.layers[-1]
            # SqueezeNet ends with the pool over one map per class; with another number it is a network whose head was
            # cut off.
            is_pooled = last.operator == "avg_pool" and last.shape[2] in IMAGENET_CLASSES
            if (last.weights is None and not is_pooled) or not value.is_vector or any(value.padding):
                raise ConversionError(f"{self.graph.path}: the network ends with {last.name}, "
                                      f"{list(last.shape)} (expected one number per class, the logits, or their "
                                      f"softmax or sigmoid)")
            self.layers.append(Layer("softmax", "softmax", [value.index], value.shape))
        before = self.layers[-1].inputs[0]
        if before > 0 and self.layers[before - 1].operator in _WEIGHTED:
            self.layers[before - 1].name = "logits"
        return self.layers[-1].shape[2]

    # Shared by all layers.

    def _has_ended(self) -> bool:
        return bool(self.layers) and self.layers[-1].operator in _ENDS.values()

    def _is_head(self, value: _Value) -> bool:
        """Whether it is computed from a pooled map."""
        return value.index > 0 and self.layers[value.index - 1].operator in ("avg_pool", "fully_connected")

    def _name(self, kind: str) -> str:
        self.names[kind] += 1
        if kind == "global_avg_pool" and self.names[kind] == 1:
            return kind
        return f"{kind}_{self.names[kind]}"

    def _value(self, operator: Operator, tensor: Tensor | None) -> _Value:
        value = None if tensor is None else self.values.get(id(tensor))
        if value is None:
            name = "nothing" if tensor is None else tensor.name
            raise ConversionError(f"{operator.where}: reads {name} (expected what an operator before it writes)")
        demand(not any(value.padding) or operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "PAD",
                                                           "PADV2"),
               operator, "reads a padded map", "a convolution there")
        return value

    def _check_output(self, operator: Operator, shape: tuple[int, int, int]) -> None:
        """A layer of one pixel may write a vector."""
        found = operator.output.shape
        fits = found == (1, *shape) or (shape[:2] == (1, 1) and found[-1:] == shape[2:] and
                                        int(np.prod(found)) == shape[2])
        demand(fits, operator, f"output {list(found)}", f"{[1, *shape]}")

    def _check_elements(self, operator: Operator, value: _Value) -> None:
        elements = int(np.prod(value.shape))
        demand(int(np.prod(operator.output.shape)) == elements, operator,
               f"output {list(operator.output.shape)}", f"{elements} elements, as its input")

    def _append(self, operator: Operator, layer: Layer, is_flat: bool = False) -> None:
        self.layers.append(layer)
        self.is_read.update(layer.inputs)
        self.quantizations.append(layer.output or self.quantizations[layer.inputs[0]])
        self.values[id(operator.output)] = _Value(len(self.layers), layer.shape, is_flat)

    def _add_weighted(self, operator: Operator, kind: str, value: _Value, shape: tuple[int, int, int],
                      weights: np.ndarray, scales: tuple[np.ndarray, int] | None, channel_axis: int,
                      **more) -> None:
        self.weights_count += weights.size
        demand(self.weights_count <= MAX_WEIGHTS, operator, f"{self.weights_count} weights up to here",
               f"at most {MAX_WEIGHTS}")
        before = self.quantizations[value.index]
        output = output_of(operator, self.dtype)
        activations = self._activations(operator)
        layer = Layer(self._name(kind), kind, [value.index], shape, activations[0], activations=activations,
                      weights=weights, bias=bias_of(operator, shape[2], scales, before),
                      channel_axis=channel_axis, input=before, output=output, **more)
        if scales is not None:
            layer.weights_scale, layer.weights_zero_point = scales
        self._append(operator, layer)

    def _activations(self, operator: Operator, activation: str | None = None) -> tuple[str, ...]:
        """All activations that it is equivalent to, the strongest first: a quantised tensor whose range ends at 0 or at 6
        is clamped there by its type, and some published files rely on that."""
        activation = activation or operator.options.get("activation", "NONE")
        demand(activation in _ACTIVATIONS, operator, f"activation {activation}", ", ".join(_ACTIVATIONS))
        demand(activation not in _CURVES or self.dtype == "FLOAT32", operator, f"{activation} of a quantised map",
               "a float one")
        if activation in _CURVES:
            return (_ACTIVATIONS[activation], )
        quantization = operator.output.quantization()
        if self.dtype == "FLOAT32" or quantization is None or activation == "RELU6":
            return (_ACTIVATIONS[activation],)
        low, high = RANGES[self.dtype]
        six = quantization.zero_point + round(6 / float(quantization.scale))
        found = [_ACTIVATIONS[activation]]
        if activation == "NONE" and quantization.zero_point <= low:
            found.insert(0, "relu")
        if found[0] == "relu" and six >= high:
            found.insert(0, "relu6")
        return tuple(found)

    _HANDLERS = {"CONV_2D": _convolution, "DEPTHWISE_CONV_2D": _depthwise, "FULLY_CONNECTED": _fully_connected,
                 "ADD": _add, "CONCATENATION": _concat, "AVERAGE_POOL_2D": _pool, "MAX_POOL_2D": _pool,
                 "MEAN": _mean, "LOCAL_RESPONSE_NORMALIZATION": _response_normalization,
                 "SOFTMAX": _end_layer, "LOGISTIC": _logistic, "TANH": _activation_alone, "PAD": _pad, "PADV2": _pad,
                 "RELU": _activation_alone, "RELU6": _activation_alone, "BATCH_NORM": _batch_norm,
                 "MUL": _affine, "DIV": _affine, "SUB": _affine, "RESHAPE": _reshape, "SQUEEZE": _reshape,
                 "QUANTIZE": _retype, "DEQUANTIZE": _retype}


def _of_maps(operators: list[Operator]) -> list[Operator]:
    """Leaves out those that only compute constants or shapes: the DEQUANTIZE of weights that are stored in fewer bits,
    whose outputs become constants, and the computation of a RESHAPE's shape, which its output shows, too."""
    rest = []
    made: dict[int, np.ndarray] = {}  # by id() of what it is made from, once for all its readers
    for operator in operators:
        stored = operator.inputs[0] if operator.kind == "DEQUANTIZE" and operator.inputs else None
        if stored is not None and stored.data is not None and operator.output is not None:
            if id(stored) not in made:
                made[id(stored)] = real_values(stored, operator)
            operator.output.data = made[id(stored)]
            demand(operator.output.data.shape == tuple(operator.output.shape), operator,
                   f"output {list(operator.output.shape)}", f"{list(stored.data.shape)}, as its input")
        elif operator.kind not in _OF_SHAPES or operator.output is None or operator.output.dtype != "INT32":
            rest.append(operator)
    return rest

"""Writes TFLite files for the tests: any small graph, and seeded MobileNets of either version in the forms
that published files have. The arrays that went in are kept, as what a conversion must give back."""
from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import tflite

V1_PAIRS = [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), (1, 512), (1, 512), (1, 512), (1, 512),
            (1, 512), (2, 1024), (1, 1024)]
V2_STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
             (6, 320, 1, 1)]
RELU6_SCALE = np.float32(6 / 255)


@dataclass
class TensorSpec:
    dtype: str
    shape: list[int]
    data: np.ndarray | None = None
    scales: list[float] | None = None
    zero_points: list[int] | None = None
    dimension: int = 0


@dataclass
class OperatorSpec:
    kind: str
    inputs: list[int]
    outputs: list[int]
    options: dict[str, object] = field(default_factory=dict)


OPTION_TABLES = {
    "CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions", "MAX_POOL_2D": "Pool2DOptions", "ADD": "AddOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions", "SOFTMAX": "SoftmaxOptions", "MEAN": "ReducerOptions",
    "CONCATENATION": "ConcatenationOptions", "LOCAL_RESPONSE_NORMALIZATION": "LocalResponseNormalizationOptions",
    "MUL": "MulOptions", "SUB": "SubOptions", "DIV": "DivOptions"}


class GraphSpec:
    """A graph being built; `write` turns it into the bytes of a file."""

    def __init__(self):
        self.tensors: list[TensorSpec] = []
        self.operators: list[OperatorSpec] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.metadata: bytes | None = None
        self.version = 3
        self.subgraphs = 1

    def tensor(self, *arguments, **named) -> int:
        self.tensors.append(TensorSpec(*arguments, **named))
        return len(self.tensors) - 1

    def constant(self, array: np.ndarray, **named) -> int:
        dtype = {"float32": "FLOAT32", "float16": "FLOAT16", "int32": "INT32", "uint8": "UINT8",
                 "int8": "INT8"}[array.dtype.name]
        return self.tensor(dtype, list(array.shape), array, **named)

    def operator(self, kind: str, inputs: list[int], output: int, **options) -> int:
        self.operators.append(OperatorSpec(kind, inputs, [output], options))
        return output

    def write(self) -> bytes:
        builder = flatbuffers.Builder(1 << 16)
        buffers = [b""] + [
            b"" if t.data is None else np.ascontiguousarray(t.data).tobytes() for t in self.tensors]
        if self.metadata is not None:
            buffers.append(self.metadata)
        buffer_offsets = [_buffer(builder, data) for data in buffers]
        kinds = list(dict.fromkeys(operator.kind for operator in self.operators))
        code_offsets = [_operator_code(builder, kind) for kind in kinds]
        tensor_offsets = [_tensor(builder, t, i) for i, t in enumerate(self.tensors)]
        operator_offsets = [_operator(builder, o, kinds.index(o.kind)) for o in self.operators]
        subgraph = _subgraph(builder, tensor_offsets, operator_offsets, self.inputs, self.outputs)
        subgraph_vector = _offsets(builder, [subgraph] * self.subgraphs)
        code_vector, buffer_vector = _offsets(builder, code_offsets), _offsets(builder, buffer_offsets)
        metadata_vector = None
        if self.metadata is not None:
            name = builder.CreateString("TFLITE_METADATA")
            tflite.MetadataStart(builder)
            tflite.MetadataAddName(builder, name)
            tflite.MetadataAddBuffer(builder, len(buffers) - 1)
            metadata_vector = _offsets(builder, [tflite.MetadataEnd(builder)])
        tflite.ModelStart(builder)
        tflite.ModelAddVersion(builder, self.version)
        tflite.ModelAddOperatorCodes(builder, code_vector)
        tflite.ModelAddSubgraphs(builder, subgraph_vector)
        tflite.ModelAddBuffers(builder, buffer_vector)
        if metadata_vector is not None:
            tflite.ModelAddMetadata(builder, metadata_vector)
        builder.Finish(tflite.ModelEnd(builder), b"TFL3")
        return bytes(builder.Output())


def _offsets(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _numbers(builder: flatbuffers.Builder, values: list, dtype: type) -> int:
    return builder.CreateNumpyVector(np.array(values, dtype))


def _buffer(builder: flatbuffers.Builder, data: bytes) -> int:
    vector = None
    if data:
        builder.StartVector(1, len(data), 16)  # aligned as TFLite's own are
        builder.head -= len(data)
        builder.Bytes[builder.head:builder.head + len(data)] = data
        vector = builder.EndVector()
    tflite.BufferStart(builder)
    if vector is not None:
        tflite.BufferAddData(builder, vector)
    return tflite.BufferEnd(builder)


def _operator_code(builder: flatbuffers.Builder, kind: str) -> int:
    number = getattr(tflite.BuiltinOperator, kind)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    return tflite.OperatorCodeEnd(builder)


def _tensor(builder: flatbuffers.Builder, spec: TensorSpec, index: int) -> int:
    name = builder.CreateString(f"tensor_{index}")
    shape = _numbers(builder, spec.shape, np.int32)
    quantization = None
    if spec.scales is not None:
        scales = _numbers(builder, spec.scales, np.float32)
        zero_points = _numbers(builder, spec.zero_points or [0] * len(spec.scales), np.int64)
        tflite.QuantizationParametersStart(builder)
        tflite.QuantizationParametersAddScale(builder, scales)
        tflite.QuantizationParametersAddZeroPoint(builder, zero_points)
        tflite.QuantizationParametersAddQuantizedDimension(builder, spec.dimension)
        quantization = tflite.QuantizationParametersEnd(builder)
    tflite.TensorStart(builder)
    tflite.TensorAddName(builder, name)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, spec.dtype))
    tflite.TensorAddBuffer(builder, index + 1)
    if quantization is not None:
        tflite.TensorAddQuantization(builder, quantization)
    return tflite.TensorEnd(builder)


def _operator(builder: flatbuffers.Builder, spec: OperatorSpec, code: int) -> int:
    inputs, outputs = _numbers(builder, spec.inputs, np.int32), _numbers(builder, spec.outputs, np.int32)
    options = None
    if spec.kind in OPTION_TABLES:
        table = OPTION_TABLES[spec.kind]
        getattr(tflite, f"{table}Start")(builder)
        for name, value in spec.options.items():
            if isinstance(value, str):
                enum = tflite.Padding if name == "Padding" else tflite.ActivationFunctionType
                value = getattr(enum, value)
            getattr(tflite, f"{table}Add{name}")(builder, value)
        options = getattr(tflite, f"{table}End")(builder)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if options is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions,
                                                              OPTION_TABLES[spec.kind]))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return tflite.OperatorEnd(builder)


def _subgraph(builder: flatbuffers.Builder, tensors: list[int], operators: list[int], inputs: list[int],
              outputs: list[int]) -> int:
    vectors = [_offsets(builder, tensors), _offsets(builder, operators), _numbers(builder, inputs, np.int32),
               _numbers(builder, outputs, np.int32)]
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, vectors[0])
    tflite.SubGraphAddOperators(builder, vectors[1])
    tflite.SubGraphAddInputs(builder, vectors[2])
    tflite.SubGraphAddOutputs(builder, vectors[3])
    return tflite.SubGraphEnd(builder)


def normalization_metadata(mean: list[float], std: list[float], labels: str | None = None) -> bytes:
    """ModelMetadata with one NormalizationOptions, as the tools of TFLite Support write it, and perhaps the name
    of the label file of the output."""
    builder = flatbuffers.Builder(256)
    vectors = [_numbers(builder, values, np.float32) for values in (mean, std)]
    options = _table(builder, {0: vectors[0], 1: vectors[1]})
    builder.StartObject(2)
    builder.PrependUint8Slot(0, 1, 0)  # ProcessUnitOptions.NormalizationOptions
    builder.PrependUOffsetTRelativeSlot(1, options, 0)
    unit = builder.EndObject()
    fields = {2: _offsets(builder, [_table(builder, {4: _offsets(builder, [unit])})])}
    if labels is not None:
        name = builder.CreateString(labels)
        builder.StartObject(3)
        builder.PrependUOffsetTRelativeSlot(0, name, 0)
        builder.PrependInt8Slot(2, 2, 0)  # AssociatedFileType.TENSOR_AXIS_LABELS
        file = builder.EndObject()
        fields[3] = _offsets(builder, [_table(builder, {6: _offsets(builder, [file])})])
    builder.Finish(_table(builder, {3: _offsets(builder, [_table(builder, fields)])}), b"M001")
    return bytes(builder.Output())


def with_files(model: bytes, files: dict[str, str | bytes]) -> bytes:
    """Like the tools of TFLite Support: a ZIP archive after the model."""
    data = io.BytesIO(model)
    with zipfile.ZipFile(data, "a") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def _table(builder: flatbuffers.Builder, fields: dict[int, int]) -> int:
    builder.StartObject(max(fields) + 1)
    for slot, offset in fields.items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return builder.EndObject()


# Seeded MobileNets.

@dataclass
class Form:
    """How a seeded network is written."""
    kind: str = "f32"  # "f32", "u8" or "s8"
    width: float = 0.25
    resolution: int = 128
    classes: int = 5
    seed: int = 1
    softmax: bool = True
    quantize_ends: bool = False  # s8: uint8 outside, QUANTIZE at both ends
    float_ends: bool = False  # s8: float outside, QUANTIZE and DEQUANTIZE
    mean_pool: bool = False
    mean_scale: float | None = None  # of the pool's output, where it is another one
    fully_connected: bool = False
    activation: str = "RELU6"
    with_bias: bool = True
    one_weight_scale: bool = False  # s8: all channels alike
    input_scale: float = 1 / 128
    input_zero_point: int = 128  # as uint8


class SeededNetwork:
    """A MobileNet with random weights as GraphSpec; `layers` has its weights by the model file's names."""

    def __init__(self, version: int, form: Form):
        self.form = form
        self.random = np.random.default_rng(form.seed)
        self.graph = GraphSpec()
        self.layers: dict[str, dict[str, object]] = {}
        self.adds: list[str] = []
        self.feature = {"f32": "FLOAT32", "u8": "UINT8", "s8": "INT8"}[form.kind]
        self.low = -128 if form.kind == "s8" else 0
        self.size, self.channels = form.resolution, 3
        self.at = self._input()
        if version == 1:
            self._v1()
        else:
            self._v2()
        self._head()

    def _input(self) -> int:
        form, shape = self.form, [1, self.form.resolution, self.form.resolution, 3]
        if form.kind == "f32":
            self.graph.inputs = [self.graph.tensor("FLOAT32", shape)]
            return self.graph.inputs[0]
        inner = self.graph.tensor(self.feature, shape, None, [form.input_scale],
                                  [form.input_zero_point + self.low])
        self.graph.inputs = [inner]
        if form.quantize_ends or form.float_ends:
            outer = self.graph.tensor("UINT8", shape, None, [form.input_scale], [form.input_zero_point])
            if form.float_ends:
                outer = self.graph.tensor("FLOAT32", shape)
            self.graph.operator("QUANTIZE", [outer], inner)
            self.graph.inputs = [outer]
        return inner

    def _scaled(self, channels: int) -> int:
        return max(8, int(self.form.width * channels))

    def _scaled_by_8(self, channels: float) -> int:
        channels = channels * self.form.width
        rounded = max(8, int(channels + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * channels else rounded

    def _v1(self) -> None:
        self.convolution("conv1", self._scaled(32), 3, 2)
        for i, (stride, channels) in enumerate(V1_PAIRS, 1):
            self.depthwise(f"conv_dw_{i}", stride)
            self.convolution(f"conv_pw_{i}", self._scaled(channels), 1, 1)

    def _v2(self) -> None:
        self.convolution("conv1", self._scaled_by_8(32), 3, 2)
        block = 0
        for expansion, channels, repeats, first_stride in V2_STAGES:
            for i in range(repeats):
                stride, start = (first_stride if i == 0 else 1), self.at
                if expansion > 1:
                    self.convolution(f"block_{block}.expand", self.channels * expansion, 1, 1)
                self.depthwise(f"block_{block}.depthwise", stride)
                self.convolution(f"block_{block}.project", self._scaled_by_8(channels), 1, 1, linear=True)
                if stride == 1 and self.channels == self.graph.tensors[start].shape[3]:
                    self.add(f"block_{block}.add", start)
                block += 1
        last = max(1.0, self.form.width) / self.form.width
        self.convolution("conv_last", self._scaled_by_8(1280 * last), 1, 1)

    def _output(self, name: str, shape: list[int], linear: bool) -> int:
        if self.form.kind == "f32":
            return self.graph.tensor("FLOAT32", shape)
        scale, zero_point = RELU6_SCALE, self.low
        if linear:
            scale, zero_point = np.float32(0.1 + 0.1 * self.random.random()), self.low + int(
                self.random.integers(100, 150))
        self.layers.setdefault(name, {})["output"] = (np.float32(scale), zero_point)
        return self.graph.tensor(self.feature, shape, None, [scale], [zero_point])

    def _parameters(self, name: str, shape: list[int], channel_axis: int) -> list[int]:
        """Makes weights and bias, and the tensors of both."""
        channels, kind, graph = shape[channel_axis], self.form.kind, self.graph
        layer = self.layers.setdefault(name, {})
        if kind == "f32":
            weights = self.random.standard_normal(shape).astype(np.float32) / np.sqrt(
                np.prod(shape) / channels)
            weights, bias = weights.astype(np.float32), self.random.standard_normal(channels).astype(
                np.float32)
            layer.update(weights=weights, bias=bias)
            return [graph.constant(weights)] + ([graph.constant(bias)] if self.form.with_bias else [])
        input_scale = graph.tensors[self.at].scales[0]
        bias = self.random.integers(-2000, 2000, channels, dtype=np.int32)
        if kind == "u8":
            scales, zero_point = np.array([0.005 + 0.02 * self.random.random()], np.float32), 100
            weights = self.random.integers(0, 228, shape, dtype=np.uint8)  # |w - 100| <= 127: exact
            flat = np.moveaxis(weights, channel_axis, 0)
            flat[channels // 2].flat[0] = 250  # but for two channels a layer,
            flat[channels // 2 + 1].flat[0] = 228  # one of them by a single step
        else:
            count = 1 if self.form.one_weight_scale else channels
            scales, zero_point = (0.001 + 0.01 * self.random.random(count)).astype(np.float32), 0
            weights = self.random.integers(-127, 128, shape, dtype=np.int8)
        layer.update(weights=weights, bias=bias, scales=scales, zero_point=zero_point)
        made = graph.constant(weights, scales=list(scales), zero_points=[zero_point] * len(scales),
                              dimension=channel_axis)
        if not self.form.with_bias:
            return [made]
        return [made, graph.constant(bias, scales=list(input_scale * scales), zero_points=[0] * len(scales))]

    def convolution(self, name: str, channels: int, kernel: int, stride: int, linear: bool = False) -> None:
        parameters = self._parameters(name, [channels, kernel, kernel, self.channels], 0)
        self.size = -(-self.size // stride)
        output = self._output(name, [1, self.size, self.size, channels], linear)
        self.at = self.graph.operator("CONV_2D", [self.at, *parameters], output, Padding="SAME",
                                      StrideH=stride, StrideW=stride, DilationHFactor=1, DilationWFactor=1,
                                      FusedActivationFunction="NONE" if linear else self.form.activation)
        self.channels = channels

    def depthwise(self, name: str, stride: int) -> None:
        parameters = self._parameters(name, [1, 3, 3, self.channels], 3)
        self.size = -(-self.size // stride)
        output = self._output(name, [1, self.size, self.size, self.channels], False)
        self.at = self.graph.operator("DEPTHWISE_CONV_2D", [self.at, *parameters], output, Padding="SAME",
                                      StrideH=stride, StrideW=stride, DilationHFactor=1, DilationWFactor=1,
                                      DepthMultiplier=1, FusedActivationFunction=self.form.activation)

    def add(self, name: str, shortcut: int) -> None:
        self.adds.append(name)
        output = self._output(name, self.graph.tensors[self.at].shape, True)
        self.at = self.graph.operator("ADD", [shortcut, self.at], output, FusedActivationFunction="NONE")

    def _head(self) -> None:
        form, graph = self.form, self.graph
        before = graph.tensors[self.at]
        scales = before.scales if form.mean_scale is None else [form.mean_scale]
        pooled = graph.tensor(self.feature, [1, 1, 1, self.channels], None, scales, before.zero_points)
        if form.mean_pool:
            graph.operator("MEAN", [self.at, graph.constant(np.array([1, 2], np.int32))], pooled,
                           KeepDims=True)
        else:
            graph.operator("AVERAGE_POOL_2D", [self.at], pooled, Padding="VALID", StrideH=2, StrideW=2,
                           FilterHeight=self.size, FilterWidth=self.size, FusedActivationFunction="NONE")
        self.at = pooled
        self.cut = len(graph.operators)  # the second half of a cut network starts here
        self._logits()
        logits = graph.tensors[self.at]
        if form.softmax:
            scales, zero_points = (None, None) if form.kind == "f32" else ([1 / 256], [self.low])
            probabilities = graph.tensor(self.feature, [1, form.classes], None, scales, zero_points)
            self.at = graph.operator("SOFTMAX", [self.at], probabilities, Beta=1.0)
            logits = graph.tensors[self.at]
        if form.quantize_ends:
            outer = graph.tensor("UINT8", [1, form.classes], None, logits.scales,
                                 [logits.zero_points[0] + 128])
            self.at = graph.operator("QUANTIZE", [self.at], outer)
        if form.float_ends:
            self.at = graph.operator("DEQUANTIZE", [self.at], graph.tensor("FLOAT32", [1, form.classes]))
        graph.outputs = [self.at]

    def _logits(self) -> None:
        form, graph = self.form, self.graph
        if form.fully_connected:
            parameters = self._parameters("logits", [form.classes, self.channels], 0)
            output = self._output("logits", [1, form.classes], True)
            self.at = graph.operator("FULLY_CONNECTED", [self.at, *parameters], output,
                                     FusedActivationFunction="NONE")
            return
        parameters = self._parameters("logits", [form.classes, 1, 1, self.channels], 0)
        output = self._output("logits", [1, 1, 1, form.classes], True)
        graph.operator("CONV_2D", [self.at, *parameters], output, Padding="SAME", StrideH=1, StrideW=1,
                       DilationHFactor=1, DilationWFactor=1, FusedActivationFunction="NONE")
        logits = graph.tensors[output]
        flat = graph.tensor(self.feature, [1, form.classes], None, logits.scales, logits.zero_points)
        self.at = graph.operator("RESHAPE",
                                 [output, graph.constant(np.array([1, form.classes], np.int32))], flat)

    def halves(self) -> tuple[bytes, bytes]:
        """The network cut after the pool, as two files."""
        whole = self.graph
        pooled = whole.operators[self.cut - 1].outputs[0]
        parts = []
        for operators, inputs, outputs in ((whole.operators[:self.cut], whole.inputs, [pooled]),
                                           (whole.operators[self.cut:], [pooled], whole.outputs)):
            part = GraphSpec()
            used = dict.fromkeys(inputs + [t for o in operators for t in o.inputs + o.outputs])
            index = {old: new for new, old in enumerate(used)}
            part.tensors = [whole.tensors[old] for old in used]
            part.operators = [
                OperatorSpec(o.kind, [index[t]
                                      for t in o.inputs], [index[t]
                                                           for t in o.outputs], o.options)
                for o in operators]
            part.inputs, part.outputs = [index[t] for t in inputs], [index[t] for t in outputs]
            parts.append(part.write())
        return parts[0], parts[1]

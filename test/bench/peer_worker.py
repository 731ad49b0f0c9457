"""The other side's process of peers.py, in the Python of build/venv-peers: a network in one of the runtimes.

Arguments: litert or ort, mobilenet, the network (NAME, FILE.safetensors, or FILE.tflite for litert alone), its type
(f32, u8, s8, or - for the file's own), threads. It writes a line of JSON when it is ready, with an `error` where there is
no such file or operator, and then for each number that it reads one with the milliseconds of so many inferences.
"""
from __future__ import annotations

import json
import pathlib
import sys
import time
from collections.abc import Callable

import numpy as np

import peer_graphs

# The middle of what pixels are quantised to.
GREY = {"float32": 0.0, "int8": 0, "uint8": 128}


def litert(model: str | bytes, threads: int) -> Callable[[], None]:
    from ai_edge_litert.interpreter import Interpreter  # pylint: disable=import-outside-toplevel
    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": model}
    network = Interpreter(num_threads=threads, **source)
    network.allocate_tensors()
    details = network.get_input_details()[0]
    network.set_tensor(details["index"], np.full(details["shape"], GREY[np.dtype(details["dtype"]).name], details["dtype"]))
    return network.invoke


def ort(model: bytes, threads: int) -> Callable[[], None]:
    import onnxruntime  # pylint: disable=import-outside-toplevel
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    details = session.get_inputs()[0]
    dtype = np.uint8 if "uint8" in details.type else np.float32
    binding = session.io_binding()  # nothing is copied
    binding.bind_cpu_input(details.name, np.full(details.shape, GREY[np.dtype(dtype).name], dtype))
    binding.bind_output(session.get_outputs()[0].name)
    return lambda: session.run_with_iobinding(binding)


def main() -> None:
    runtime, program, network, kind, threads = sys.argv[1:]
    try:
        if network.endswith(".tflite"):
            infer = litert(network, int(threads))
        else:
            model = peer_graphs.Model(program, network, None if kind == "-" else kind)
            writer = peer_graphs.TfliteWriter if runtime == "litert" else peer_graphs.OnnxWriter
            infer = (litert if runtime == "litert" else ort)(writer(model).write(), int(threads))
        infer()
    except peer_graphs.CannotWrite as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        times_ms = []
        for _ in range(int(line)):
            start = time.perf_counter()
            infer()
            times_ms.append(1e3 * (time.perf_counter() - start))
        print(json.dumps(times_ms), flush=True)


if __name__ == "__main__":
    main()

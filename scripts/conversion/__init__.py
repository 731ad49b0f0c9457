"""Conversion of published MobileNet weights into this project's model files.

One module per thing, each knowing only those above it:

    graph               what every reader hands on: tensors and operators in the order of execution
    labels              lists of labels, a line each
    tflite_reader       .tflite -> Graph
    tflite_metadata     what a .tflite file says about its input's normalisation and its labels
    tfjs_reader         a Keras layers model of TF.js, batch norms folded -> Graph
    protobuf            the wire format that ONNX files have
    onnx_reader         .onnx, maps turned to channels last -> Graph
    pth_reader          a state dict of torch.save -> named arrays
    safetensors_reader  one of safetensors -> named arrays
    model               what the matcher hands on: named layers with weights
    translate           Graph -> Model, or an error naming the operator that does not fit; with beginning (what stands
                        before the first layer) and operands (weights, biases, scales)
    program             the layers of the networks that have a name, as the program says them
    recognise           the name that stands for its layers, where there is one
    completion          labels and preprocessing, of the user, the file, or the name
    origins             what the libraries whose state dicts are read have fixed for each of their models
    hub_config          what a config.json of timm beside a state dict says
    taken_tensors       which arrays the layers take, and whether their numbers can be used
    named_networks      named arrays -> Model, of networks that come in one shape
    state_dict          named arrays -> Model, or an error naming the one that does not fit
    quantization        Model -> Model of another number type
    checksum            of a model file's tensors
    safetensors_writer  named arrays -> file
"""

FORMAT = "1"  # of the model file
CONVERTER = "2"  # raised when the same input gives another file, so that get_model.py makes its files again

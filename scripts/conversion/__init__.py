"""Conversion of published MobileNet weights into this project's model files.

One module per task; each uses only those above it:

    graph               what every reader returns: tensors and operators in the order of execution
    labels              lists of labels, one per line
    tflite_reader       .tflite -> Graph
    tflite_metadata     what a .tflite file says about its input's normalisation and its labels
    tfjs_reader         a Keras layers model of TF.js, batch norms folded -> Graph
    protobuf            the wire format of ONNX files
    onnx_reader         .onnx, maps turned to channels last -> Graph
    pth_reader          a state dict from torch.save -> named arrays
    safetensors_reader  a state dict in safetensors -> named arrays
    model               what the matcher returns: named layers with weights
    translate           Graph -> Model, or an error naming the operator that does not fit; with beginning (what comes
                        before the first layer) and operands (weights, biases, scales)
    program             the layers of the networks that have a name, from the program
    recognise           the name that stands for its layers, if there is one
    completion          labels and preprocessing, from the user, the file, or the name
    origins             what the libraries of state dicts define for each of their models
    hub_config          what timm's config.json beside a state dict says
    taken_tensors       which arrays the layers use, and whether their numbers are valid
    named_networks      named arrays -> Model, for networks that exist in one shape only
    state_dict          named arrays -> Model, or an error naming the one that does not fit
    quantization        Model -> Model of another number type
    checksum            the checksum of a model file's tensors
    safetensors_writer  named arrays -> file
"""

FORMAT = "1"  # of the model file
CONVERTER = "4"  # raised when the same input gives another file, so that get_model.py makes its files again

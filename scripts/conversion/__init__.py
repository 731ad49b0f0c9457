"""Conversion of published MobileNet weights into this project's model files.

One module per thing, each knowing only those above it:

    graph               what every reader hands on: tensors and operators in the order of execution
    labels              lists of labels, a line each
    tflite_reader       .tflite -> Graph
    tflite_metadata     what a .tflite file says about its input's normalisation and its labels
    tfjs_reader         a Keras layers model of TF.js, batch norms folded -> Graph
    pth_reader          a state dict of torch.save -> named arrays
    model               what the matcher hands on: named layers with weights
    translate           Graph -> Model, or an error naming the operator that does not fit; with beginning (what stands
                        before the first layer) and operands (weights, biases, scales)
    recognise           the name that stands for its layers, where there is one; asks the program
    completion          labels and preprocessing, of the user, the file, or the name
    state_dict          named arrays -> Model, or an error naming the one that does not fit
    quantization        Model -> Model of another number type
    checksum            of a model file's tensors
    safetensors_writer  named arrays -> file
"""

FORMAT = "1"  # of the model file
CONVERTER = "2"  # raised when the same input gives another file, so that get_model.py makes its files again

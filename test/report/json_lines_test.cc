#include "src/report/json_lines.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "test/report/classify_row.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

using test::ErrorRow;
using test::ParrotRow;

TEST_CASE("a row becomes one JSON line") {
  CHECK(JsonLine(ParrotRow(), {}) ==
        R"({"path": "photos/parrot.jpg", "width": 640, "height": 480, "predictions": [)"
        R"({"class_index": 89, "label": "macaw", "score": 0.913412}, )"
        R"({"class_index": 91, "label": "lorikeet", "score": 0.0312}, )"
        "{\"class_index\": 0, \"label\": \"caf\xc3\xa9 \\\"cup\\\"\", \"score\": 1.5e-06}], "
        R"("decode_ms": 5.21, "preprocess_ms": 1, "inference_ms": 20.1235, "error": null, "damaged": null})"
        "\n");
}

TEST_CASE("layers are added when asked for") {
  const std::string without = JsonLine(ParrotRow(), {});
  const std::string with = JsonLine(ParrotRow(), {.layers = true});
  CHECK(with ==
        without.substr(0, without.size() - 2) +
            R"(, "layers": [)"
            R"({"name": "conv1", "operator": "conv 3x3 s2", "output_shape": [112, 112, 32], )"
            R"("mult_adds": 10838016, "parameters": 864, "latency_ms": 1.5, "backend": "xnnpack", )"
            R"("kernel": "convolution2d_nhwc_qc8"}, )"
            R"({"name": "conv_dw_1", "operator": "depthwise conv 3x3 s1", "output_shape": [112, 112, 32], )"
            R"("mult_adds": 3612672, "parameters": 288, "latency_ms": 0.5, "backend": "native", )"
            R"("kernel": "dwconv_qs8_scalar"}, )"
            R"({"name": "softmax", "operator": "softmax", "output_shape": [1, 1, 1001], )"
            R"("mult_adds": 0, "parameters": 0, "latency_ms": 0.002, "backend": "native", )"
            R"("kernel": "softmax_f32_scalar"}]})"
            "\n");
}

TEST_CASE("a row with an error has the message, no predictions and no layers") {
  CHECK(
      JsonLine(ErrorRow(), {.layers = true}) ==
      R"({"path": "photos/parrot.jpg", "width": 640, "height": 480, "predictions": [], )"
      R"("decode_ms": 5.21, "preprocess_ms": 1, "inference_ms": 20.1235, )"
      R"-("error": "photos/parrot.jpg: cannot decode image: unknown format (PNG and JPEG are read)", "damaged": null, )-"
      R"("layers": []})"
      "\n");
}

TEST_CASE("what is wrong with a picture that was classified all the same is said beside its predictions") {
  ClassifyRow row = ParrotRow();
  row.damaged = "truncated after 8 of 16 rows";
  const auto json = nlohmann::json::parse(JsonLine(row, {}));
  CHECK(json["damaged"] == *row.damaged);
  CHECK(json["error"].is_null());
  CHECK(json["predictions"].size() == row.predictions.size());
}

TEST_CASE("a JSON reader gets the row back") {
  ClassifyRow row = ParrotRow();
  row.path = "new\nline \"and\" \x1b[2J \\ caf\xc3\xa9.jpg";
  const std::string line = JsonLine(row, {.layers = true});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find('\x1b') == line.npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["path"] == row.path);
  CHECK(json["width"] == row.width);
  CHECK(json["height"] == row.height);
  CHECK(json["error"].is_null());
  CHECK(std::abs(json["inference_ms"].get<double>() - row.inference_ms) <= 5e-5);
  REQUIRE(json["predictions"].size() == row.predictions.size());
  for (size_t i = 0; i < row.predictions.size(); ++i) {
    const auto& prediction = json["predictions"][i];
    CHECK(prediction["class_index"] == row.predictions[i].class_index);
    CHECK(prediction["label"] == row.predictions[i].label);
    const auto score = static_cast<double>(row.predictions[i].score);
    CHECK(std::abs(prediction["score"].get<double>() - score) <= 5e-6 * score);
  }
  REQUIRE(json["layers"].size() == row.layers.size());
  for (size_t i = 0; i < row.layers.size(); ++i) {
    const auto& layer = json["layers"][i];
    CHECK(layer["name"] == row.layers[i].name);
    CHECK(layer["operator"] == row.layers[i].op);
    CHECK(layer["output_shape"].get<Shape>() == row.layers[i].output_shape);
    CHECK(layer["mult_adds"] == row.layers[i].mult_adds);
    CHECK(layer["parameters"] == row.layers[i].parameters);
    CHECK(layer["backend"] == row.layers[i].backend);
    CHECK(layer["kernel"] == row.layers[i].kernel);
  }
}

TEST_CASE("a path that is not UTF-8 is written byte by byte") {
  ClassifyRow row;
  row.path = "caf\xe9.jpg";
  row.error = "caf\xe9.jpg: no such file";
  CHECK(JsonLine(row, {}) ==
        R"({"path": "caf\udce9.jpg", "width": 0, "height": 0, "predictions": [], "decode_ms": 0, )"
        R"("preprocess_ms": 0, "inference_ms": 0, "error": "caf\udce9.jpg: no such file", "damaged": null})"
        "\n");
}

}  // namespace
}  // namespace mobilenet

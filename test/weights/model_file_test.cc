#include "src/weights/model_file.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "src/base/str_cat.h"
#include "test/support/catch.h"
#include "test/weights/broken_file.h"

namespace mobilenet {
namespace {

using test::BrokenFile;
using test::ModelMessage;
using test::SafetensorsContents;
using test::SyntheticModel;

SafetensorsContents Model(WeightQuantization quantization = WeightQuantization::kS8PerChannel) {
  return SyntheticModel({.quantization = quantization});
}

// What is said about a model with this metadata entry instead of the right one, if there is one. The model
// has no tensors: nobody asks for them.
std::string MetadataMessage(const std::string& key, const std::string& value) {
  static const SafetensorsContents kRight = {Model().metadata, {}};
  SafetensorsContents contents = kRight;
  contents.metadata[key] = value;
  return ModelMessage(contents.File());
}

std::string PreprocessMessage(const std::string& from, const std::string& to) {
  std::string json = Model().metadata.at("mobilenet.preprocess");
  const size_t at = json.find(from);
  REQUIRE(at != std::string::npos);
  return MetadataMessage("mobilenet.preprocess", json.replace(at, from.size(), to));
}

// What `ask` (given the opened ModelFile) says about these contents.
template <typename Ask>
std::string AskMessage(const SafetensorsContents& contents, Ask ask) {
  const BrokenFile file(contents.File());
  const ModelFile model = ModelFile::Open(file.path());
  return file.Message([&](const std::string&) { ask(model); });
}

std::string FloatBytes(float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string WordBytes(int32_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

TEST_CASE("a model file hands out its metadata") {
  SafetensorsContents contents = SyntheticModel({.width_multiplier = 0.75,
                                                 .resolution = 160,
                                                 .classes = 3,
                                                 .quantization = WeightQuantization::kU8PerTensor});
  contents.metadata["mobilenet.labels"] = R"(["background", "tench, Tinca tinca", "\u00c4 \"quoted\""])";
  contents.metadata["mobilenet.preprocess"] =
      R"({"color": "bgr", "resize": "fit", "crop_fraction": 1, "interpolation": "bicubic",)"
      R"( "mean": [123.68, 116, 0], "std": [58.4, 57, 1e0]})";
  const BrokenFile file(contents.File());
  const ModelFile model = ModelFile::Open(file.path());
  CHECK(model.path() == file.path());
  CHECK(model.architecture() == "mobilenet_v1");
  CHECK(model.width_multiplier() == 0.75);
  CHECK(model.resolution() == 160);
  CHECK(model.classes() == 3);
  CHECK(model.quantization() == WeightQuantization::kU8PerTensor);
  CHECK(model.labels() ==
        std::vector<std::string>{"background", "tench, Tinca tinca", "\xc3\x84 \"quoted\""});
  CHECK(model.preprocess().resize == ResizeMode::kFit);
  CHECK(model.preprocess().crop_fraction == 1.0);
  CHECK(model.preprocess().color == ColorOrder::kBgr);
  CHECK(model.preprocess().interpolation == Interpolation::kBicubic);
  CHECK(model.preprocess().mean == std::array<double, 3>{123.68, 116, 0});
  CHECK(model.preprocess().std == std::array<double, 3>{58.4, 57, 1});
}

TEST_CASE("a grey model has one mean and one std") {
  SafetensorsContents contents = SyntheticModel({});
  const auto preprocess = [&](const std::string& numbers) {
    contents.metadata["mobilenet.preprocess"] =
        R"({"color": "grey", "resize": "squash", "interpolation": "bilinear", )" + numbers + "}";
    return BrokenFile(contents.File());
  };
  const BrokenFile file = preprocess(R"("mean": [33.3], "std": [78.6])");
  const ModelFile model = ModelFile::Open(file.path());
  CHECK(model.preprocess().color == ColorOrder::kGrey);
  CHECK(model.preprocess().channels() == 1);
  CHECK(model.preprocess().mean[0] == 33.3);
  CHECK(model.preprocess().std[0] == 78.6);
  const BrokenFile three = preprocess(R"("mean": [1, 2, 3], "std": [1])");
  CHECK(three.Message(ModelFile::Open) == "mobilenet.preprocess: mean is not a list of 1 number");
}

TEST_CASE("the three quantisations are distinguished") {
  for (const auto quantization :
       {WeightQuantization::kNone, WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const BrokenFile file(Model(quantization).File());
    CHECK(ModelFile::Open(file.path()).quantization() == quantization);
  }
}

TEST_CASE("a tensor comes in the type and shape asked for, or not at all") {
  const SafetensorsContents contents = Model();
  const BrokenFile file(contents.File());
  const ModelFile model = ModelFile::Open(file.path());
  const TensorView weights = model.Tensor("conv1.weights", DataType::kS8, {8, 3, 3, 3});
  CHECK(weights.type == DataType::kS8);
  CHECK(weights.shape == Shape{8, 3, 3, 3});
  CHECK(std::memcmp(weights.data, SafetensorsContents(contents).Find("conv1.weights").data.data(), 8 * 27) ==
        0);

  const auto message = [&](std::string_view name, DataType type, const Shape& shape) {
    return file.Message([&](const std::string&) { model.Tensor(name, type, shape); });
  };
  CHECK(message("conv1.weights", DataType::kS8, {8, 3, 3, 4}) ==
        "conv1.weights: shape [8, 3, 3, 3], expected [8, 3, 3, 4]");
  CHECK(message("conv1.weights", DataType::kS8, {8, 27}) ==
        "conv1.weights: shape [8, 3, 3, 3], expected [8, 27]");
  CHECK(message("conv1.weights", DataType::kU8, {8, 3, 3, 3}) == "conv1.weights: type s8, expected u8");
  CHECK(message("conv1.bias", DataType::kF32, {8}) == "conv1.bias: type s32, expected f32");
  CHECK(message("conv2.weights", DataType::kU8, {32, 3, 3, 3}) ==
        "no tensor conv2.weights (u8 [32, 3, 3, 3] is needed)");
}

TEST_CASE("types that no network has are named as in the file") {
  SafetensorsContents contents = Model();
  contents.Find("conv1.bias").dtype = "U32";
  CHECK(AskMessage(contents, [](const ModelFile& model) {
          model.Tensor("conv1.bias", DataType::kS32, {8});
        }) == "conv1.bias: type U32, expected s32");
}

TEST_CASE("tensors that nobody asks for are ignored") {
  SafetensorsContents contents = Model();
  contents.tensors.insert(contents.tensors.begin(), {"a.first", "I64", {8}, std::string(64, '\x7f')});
  contents.tensors.push_back({"z.last", "BF16", {0}, ""});
  const BrokenFile file(contents.File());
  const ModelFile model = ModelFile::Open(file.path());
  CHECK_NOTHROW(model.Tensor("conv1.weights", DataType::kS8, {8, 3, 3, 3}));
}

TEST_CASE("weights that are not finite are refused") {
  const struct {
    float value;
    const char* text;
  } kCases[] = {{std::numeric_limits<float>::quiet_NaN(), "nan"},
                {std::numeric_limits<float>::infinity(), "inf"},
                {-std::numeric_limits<float>::infinity(), "-inf"}};
  const size_t count = 256 * 256;
  for (const auto& [value, text] : kCases) {
    // First, last, and around the end of a block of the search.
    for (const size_t index : {size_t{0}, size_t{1023}, size_t{1024}, count - 1}) {
      SafetensorsContents contents = Model(WeightQuantization::kNone);
      contents.Find("conv_pw_13.weights").data.replace(4 * index, 4, FloatBytes(value));
      CHECK(
          AskMessage(contents, [](const ModelFile& model) {
            model.Tensor("conv_pw_13.weights", DataType::kF32, {256, 1, 1, 256});
          }) == StrCat("conv_pw_13.weights: element ", index, " is ", text, " (finite numbers are needed)"));
    }
  }
  SafetensorsContents contents = Model(WeightQuantization::kNone);
  contents.Find("conv1.bias").data.replace(0, 4, FloatBytes(std::numeric_limits<float>::max()));
  contents.Find("conv1.bias").data.replace(4, 4, FloatBytes(std::numeric_limits<float>::denorm_min()));
  const BrokenFile file(contents.File());
  const ModelFile model = ModelFile::Open(file.path());
  CHECK_NOTHROW(model.Tensor("conv1.bias", DataType::kF32, {8}));
}

TEST_CASE("scales are finite and above zero") {
  {
    SafetensorsContents contents = Model();
    const BrokenFile file(contents.File());
    const ModelFile model = ModelFile::Open(file.path());
    CHECK(model.Scales("input", 1) == std::vector<float>{1.0f / 128});
    const std::vector<float> scales = model.Scales("conv1.weights", 8);
    REQUIRE(scales.size() == 8);
    CHECK(std::memcmp(scales.data(), contents.Find("conv1.weights.scale").data.data(), 32) == 0);
  }
  const auto message = [](float value) {
    SafetensorsContents contents = Model();
    contents.Find("conv1.weights.scale").data.replace(4 * 7, 4, FloatBytes(value));
    return AskMessage(contents, [](const ModelFile& model) { model.Scales("conv1.weights", 8); });
  };
  const std::string rule = " (finite, above 0 and not subnormal is needed)";
  CHECK(message(-0.5f) == "conv1.weights.scale: -0.5" + rule);
  CHECK(message(0.0f) == "conv1.weights.scale: 0" + rule);
  CHECK(message(1e-40f) == "conv1.weights.scale: 9.99995e-41" + rule);
  CHECK(message(std::nanf("")) == "conv1.weights.scale: element 7 is nan (finite numbers are needed)");
  CHECK(message(std::numeric_limits<float>::infinity()) ==
        "conv1.weights.scale: element 7 is inf (finite numbers are needed)");
  CHECK(AskMessage(Model(), [](const ModelFile& model) { model.Scales("conv1.weights", 1); }) ==
        "conv1.weights.scale: shape [8], expected [1]");
  CHECK(AskMessage(Model(), [](const ModelFile& model) { model.Scales("conv3.weights", 4); }) ==
        "no tensor conv3.weights.scale (f32 [4] is needed)");
}

TEST_CASE("zero points lie in the range of their type") {
  const auto with = [](WeightQuantization quantization, int32_t value) {
    SafetensorsContents contents = Model(quantization);
    contents.Find("input.zero_point").data = WordBytes(value);
    return contents;
  };
  const auto ask = [](const ModelFile& model) { model.ZeroPoint("input"); };
  const auto u8 = WeightQuantization::kU8PerTensor;
  const auto s8 = WeightQuantization::kS8PerChannel;
  for (const auto& [quantization, value] : {std::pair(u8, 0), {u8, 255}, {s8, -128}, {s8, 127}}) {
    const BrokenFile file(with(quantization, value).File());
    CHECK(ModelFile::Open(file.path()).ZeroPoint("input") == value);
  }
  CHECK(AskMessage(with(u8, -1), ask) == "input.zero_point: -1 (in 0...255)");
  CHECK(AskMessage(with(u8, 256), ask) == "input.zero_point: 256 (in 0...255)");
  CHECK(AskMessage(with(s8, -129), ask) == "input.zero_point: -129 (in -128...127)");
  CHECK(AskMessage(with(s8, 128), ask) == "input.zero_point: 128 (in -128...127)");
  CHECK(AskMessage(with(s8, std::numeric_limits<int32_t>::min()), ask) ==
        "input.zero_point: -2147483648 (in -128...127)");
  CHECK(AskMessage(Model(), [](const ModelFile& model) { model.ZeroPoint("nothing"); }) ==
        "no tensor nothing.zero_point (s32 [1] is needed)");
}

TEST_CASE("every metadata entry is needed") {
  for (const char* key : {"format", "architecture", "width_multiplier", "resolution", "classes",
                          "quantization", "preprocess", "labels"}) {
    SafetensorsContents contents = Model();
    const std::string name = StrCat("mobilenet.", key);
    REQUIRE(contents.metadata.erase(name) == 1);
    CHECK(ModelMessage(contents.File()) == "no metadata " + name + " (not a model file of mobilenet?)");
  }
  SafetensorsContents contents = Model();
  contents.metadata.erase("mobilenet.source");  // for people
  const BrokenFile file(contents.File());
  CHECK_NOTHROW(ModelFile::Open(file.path()));
}

TEST_CASE("wrong metadata are refused with the value found and the rule") {
  CHECK(MetadataMessage("mobilenet.format", "2") == "mobilenet.format \"2\", expected \"1\"");
  CHECK(MetadataMessage("mobilenet.architecture", "") == "mobilenet.architecture is empty");
  for (const char* value :
       {"", "0", "-1", "x", "1,0", "1.0 ", " 1.0", "+1", "nan", "inf", "1e999", "0x1", "1.0.0"}) {
    CHECK(MetadataMessage("mobilenet.width_multiplier", value) ==
          StrCat("mobilenet.width_multiplier \"", value, "\" (a number above 0)"));
  }
  for (const char* value : {"", "0", "-32", "32.0", "32 ", " 32", "+32", "0x20", "4294967328", "65537"}) {
    CHECK(MetadataMessage("mobilenet.resolution", value) ==
          StrCat("mobilenet.resolution \"", value, "\" (a whole number in 1...2048)"));
  }
  for (const char* value : {"0", "-1", "ten", "400001", "99999999999999999999"}) {
    CHECK(MetadataMessage("mobilenet.classes", value) ==
          StrCat("mobilenet.classes \"", value, "\" (a whole number in 1...400000)"));
  }
  for (const char* value : {"", "-0.1", "1.01", "nan", "half", "0.5 "}) {
    CHECK(MetadataMessage("mobilenet.unknown_below", value) ==
          StrCat("mobilenet.unknown_below \"", value, "\" (a score in 0...1)"));
  }
  CHECK(MetadataMessage("mobilenet.quantization", "s4") ==
        "mobilenet.quantization \"s4\" (one of none, u8_per_tensor, s8_per_channel)");
  CHECK(MetadataMessage("mobilenet.format", std::string(1000, '1')) ==
        "mobilenet.format \"" + std::string(80, '1') + "...\", expected \"1\"");
}

TEST_CASE("the label list must have a string for each class") {
  CHECK(MetadataMessage("mobilenet.labels", R"(["a", "b", "c"])") ==
        "mobilenet.labels: 3 labels, expected 10 (mobilenet.classes)");
  CHECK(MetadataMessage("mobilenet.classes", "9") ==
        "mobilenet.labels: 10 labels, expected 9 (mobilenet.classes)");
  CHECK(MetadataMessage("mobilenet.labels", "[]") ==
        "mobilenet.labels: 0 labels, expected 10 (mobilenet.classes)");
  CHECK(MetadataMessage("mobilenet.labels", "{}") == "mobilenet.labels: not a JSON list");
  CHECK(MetadataMessage("mobilenet.labels", R"(["0","1","2","3","4",5,"6","7","8","9"])") ==
        "mobilenet.labels: label 5 is not a string");
  CHECK(MetadataMessage("mobilenet.labels", "[").find("mobilenet.labels: not valid JSON at byte ") == 0);
  CHECK(MetadataMessage("mobilenet.labels", std::string(1'000'000, '[')) ==
        "mobilenet.labels: nested more than 8 deep");
}

TEST_CASE("preprocessing that the program does not do is refused") {
  const std::string where = "mobilenet.preprocess: ";
  CHECK(PreprocessMessage("\"rgb\"", "\"yuv\"") == where + "color \"yuv\" (one of rgb, bgr, grey)");
  CHECK(PreprocessMessage("\"rgb\"", "3") == where + "color is not a string");
  CHECK(PreprocessMessage("\"bilinear\"", "\"cubic\"") ==
        where + "interpolation \"cubic\" (one of bilinear, bicubic)");
  CHECK(PreprocessMessage("\"crop\"", "\"zoom\"") == where + "resize \"zoom\" (one of crop, squash, fit)");
  for (const char* value : {"0", "-0.5", "1.01"}) {
    CHECK(PreprocessMessage("0.875", value) ==
          where + StrCat("crop_fraction ", value, " (above 0, at most 1)"));
  }
  CHECK(PreprocessMessage("0.875", "\"0.875\"") == where + "crop_fraction is not a number");
  CHECK(PreprocessMessage("\"crop_fraction\": 0.875, ", "") == where + "crop_fraction is not a number");
  CHECK(PreprocessMessage("\"mean\": [128, 128, 128]", "\"mean\": [128, 128]") ==
        where + "mean is not a list of 3 numbers");
  CHECK(PreprocessMessage("\"mean\": [128, 128, 128]", "\"mean\": [128, 128, \"128\"]") ==
        where + "mean is not a list of 3 numbers");
  CHECK(PreprocessMessage("\"mean\": [128, 128, 128]", "\"mean\": [1e300, 128, 128]") ==
        where + "mean 1e+300 (finite as a float)");
  CHECK(PreprocessMessage("\"std\": [128, 128, 128]", "\"std\": [128, 0, 128]") == where + "std 0 (above 0)");
  CHECK(PreprocessMessage("\"std\": [128, 128, 128]", "\"std\": [128, 1, -1]") == where + "std -1 (above 0)");
  CHECK(PreprocessMessage("\"std\": [128, 128, 128]", "\"standard\": [128, 128, 128]") ==
        where + "unknown key standard");
  CHECK(PreprocessMessage(", \"std\": [128, 128, 128]", "") == where + "std is not a list of 3 numbers");
  CHECK(PreprocessMessage("{\"color\": \"rgb\", ", "{\"color\": \"rgb\", \"color\": \"rgb\", ") ==
        where + "key color occurs twice");
  CHECK(MetadataMessage("mobilenet.preprocess", "[]") == where + "not a JSON object");
  CHECK(MetadataMessage("mobilenet.preprocess", "").find(where + "not valid JSON at byte ") == 0);
}

}  // namespace
}  // namespace mobilenet

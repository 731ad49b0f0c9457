// Layer lists from files: the builder makes of them what they say, and impossible ones are refused.
#include "models/layer_list.h"

#include <random>
#include <string>

#include "src/base/error.h"
#include "test/support/catch.h"
#include "test/support/text_mutation.h"

namespace mobilenet {
namespace {

const std::string kLayers = R"([
  {"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 8, "kernel": [3, 3], "stride": 2,
   "padding": "same", "activation": "relu6"},
  {"name": "left", "operator": "depthwise", "inputs": ["conv1"], "kernel": [5, 5], "padding": "same"},
  {"name": "right", "operator": "conv", "inputs": ["conv1"], "channels": 8, "kernel": [1, 3],
   "padding": [0, 0, 1, 1], "groups": 2, "activation": "relu"},
  {"name": "sum", "operator": "add", "inputs": ["left", "right"]},
  {"name": "join", "operator": "concat", "inputs": ["sum", "conv1"]},
  {"name": "pool", "operator": "avg_pool", "inputs": ["join"]},
  {"name": "logits", "operator": "fully_connected", "inputs": ["pool"], "channels": 5},
  {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])";

TEST_CASE("a list of layers is the network it says") {
  const Network network = ParseLayers(kLayers, {33, 33, 3}, "a file");
  REQUIRE(network.layers.size() == 8);
  CHECK(network.resolution == 33);
  CHECK(network.classes == 5);
  CHECK(network.layers[0].output == Shape{17, 17, 8});
  CHECK(network.layers[0].activation == Activation::kRelu6);
  CHECK(*WindowOf(network.layers[1]) == Window{5, 5, 1, {2, 2, 2, 2}});
  CHECK(*WindowOf(network.layers[2]) == Window{1, 3, 1, {0, 0, 1, 1}});
  CHECK(OperatorName(network.layers[2]) == "conv 1x3 s1 g2");
  CHECK(network.layers[3].inputs == std::vector<Value>{2, 3});
  CHECK(network.layers[4].output == Shape{17, 17, 16});
}

TEST_CASE("a list of layers may end with a sigmoid in place of the softmax") {
  std::string text = kLayers;
  text.replace(text.rfind("\"softmax\", \"inputs\""), 9, "\"sigmoid\"");
  const Network network = ParseLayers(text, {33, 33, 3}, "a file");
  CHECK(OperatorKind(network.layers.back()) == "sigmoid");
  CHECK(network.layers.back().output == Shape{1, 1, 5});
  CHECK(network.logits == 7);
  CHECK(network.classes == 5);
}

const std::string kPools = R"([
    {"name": "conv", "operator": "conv", "inputs": ["input"], "channels": 8, "kernel": [3, 3],
     "padding": "same", "activation": "tanh"},
    {"name": "lrn", "operator": "lrn", "inputs": ["conv"], "size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2},
    {"name": "max", "operator": "max_pool", "inputs": ["lrn"], "kernel": [3, 3], "stride": 2,
     "padding": [0, 1, 0, 1]},
    {"name": "mean", "operator": "average_pool", "inputs": ["max"], "kernel": [2, 2], "stride": 2,
     "padding": "same"},
    {"name": "logits", "operator": "fully_connected", "inputs": ["mean"], "channels": 5,
     "activation": "sigmoid"},
    {"name": "softmax", "operator": "softmax", "inputs": ["logits"]}])";

TEST_CASE("a list of layers has pools, local response normalisation, sigmoid and tanh") {
  const Network network = ParseLayers(kPools, {32, 32, 1}, "a file");
  CHECK(network.layers[0].input == Shape{32, 32, 1});
  CHECK(network.layers[0].activation == Activation::kTanh);
  const auto& lrn = std::get<Lrn>(network.layers[1].op);
  CHECK(lrn.size == 5);
  CHECK(lrn.alpha == 1e-4f);
  CHECK(lrn.beta == 0.75f);
  CHECK(lrn.k == 2.0f);
  CHECK(std::get<MaxPool>(network.layers[2].op).window == Window{3, 3, 2, {0, 1, 0, 1}});
  CHECK(network.layers[2].output == Shape{16, 16, 8});
  CHECK(std::get<AvgPool>(network.layers[3].op).window == Window{2, 2, 2, {}});
  CHECK(network.layers[4].activation == Activation::kSigmoid);
}

std::string Message(const std::string& text) {
  try {
    ParseLayers(text, {32, 32, 3}, "a file");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// kLayers with one text in place of another.
std::string With(const std::string& from, const std::string& to) {
  std::string text = kLayers;
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("layer lists that cannot be are refused with the rule") {
  CHECK(Message("{}") == "a file: not a JSON list");
  CHECK(Message("[]") == "a file: no layers");
  CHECK(Message("[1]") == "a file: layer 0 is not a JSON object");
  CHECK(Message(R"([{"operator": "add"}])") == "a file: layer 0: name is not a string");
  CHECK(Message(With("\"depthwise\"", "\"pool\"")) ==
        "a file: left: unknown operator \"pool\" (conv, depthwise, max_pool, average_pool, lrn, add, concat, "
        "avg_pool, fully_connected, softmax or sigmoid)");
  CHECK(Message(With("\"depthwise\"", "\"lrn\"")) == "a file: left: size is missing");
  // Each with the members left over from the depthwise layer.
  const auto lrn = [](const std::string& numbers) {
    return Message(With("\"depthwise\", \"inputs\": [\"conv1\"], \"kernel\": [5, 5], \"padding\": \"same\"",
                        "\"lrn\", \"inputs\": [\"conv1\"], " + numbers));
  };
  CHECK(lrn(R"("size": 5, "alpha": "1", "beta": 1, "k": 1)") == "a file: left: alpha is not a number");
  CHECK(lrn(R"("size": 5, "alpha": 1, "k": 1)") == "a file: left: beta is not a number");
  CHECK(lrn(R"("size": 5, "alpha": 1e300, "beta": 1, "k": 1)") == "a file: left: alpha inf (0...1000)");
  CHECK(lrn(R"("size": 5, "alpha": 1, "beta": 1, "k": 0)") == "a file: left: k 0 (0.001...1000)");
  CHECK(lrn(R"("size": 2000, "alpha": 1, "beta": 1, "k": 1)") == "a file: left: size 2000 (1...1024)");
  CHECK(lrn(R"("size": 5, "alpha": 1, "beta": 1, "k": 1, "kernel": [1, 1])") ==
        "a file: left: unknown key \"kernel\"");
  CHECK(
      Message(With("\"depthwise\", \"inputs\": [\"conv1\"], \"kernel\": [5, 5], \"padding\": \"same\"",
                   "\"max_pool\", \"inputs\": [\"conv1\"], \"kernel\": [2, 2], \"padding\": [0, 2, 0, 0]")) ==
      "a file: left: padding 2 (0...1)");
  // A cycle needs a layer that does not exist yet.
  CHECK(Message(With("[\"conv1\"], \"kernel\": [5, 5]", "[\"sum\"], \"kernel\": [5, 5]")) ==
        "a file: left: reads \"sum\", which is not an earlier layer");
  CHECK(Message(With("\"channels\": 8, \"kernel\": [3, 3]", "\"channels\": 1e99, \"kernel\": [3, 3]")) ==
        "a file: conv1: channels is not a whole number in 0...268435456");
  CHECK(Message(With("\"channels\": 5", "\"channels\": 268435456")) ==
        "a file: logits: weights [268435456, 16] (at most 2147483647 in a layer)");
  CHECK(Message(With("\"stride\": 2", "\"dilation\": 2")) == "a file: conv1: unknown key \"dilation\"");
  CHECK(Message(With("\"padding\": \"same\"", "\"padding\": \"valid\"")) ==
        "a file: conv1: padding \"valid\" (\"same\" or [top, bottom, left, right])");
  CHECK(Message(With("\"relu6\"", "\"swish\"")) ==
        "a file: conv1: activation \"swish\" (none, relu, relu6, sigmoid or tanh)");
  CHECK(Message(With("\"name\": \"right\"", "\"name\": \"left\"")) ==
        "a file: left: two layers have this name");
  CHECK(Message(With("[\"left\", \"right\"]", "[\"left\"]")) == "a file: sum: reads 1 values (2)");
  std::string many = "[";
  for (int i = 0; i < 1'000'000; ++i) many += "1,";
  CHECK(Message(many + "1]") == "a file: more than 500000 values");
}

TEST_CASE("200 mutations of a layer list end in a network or in a message") {
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    std::string text = i % 2 == 0 ? kLayers : kPools;
    for (unsigned change = 0; change <= random() % 3; ++change) test::MutateText(text, random);
    CAPTURE(i, text);
    size_t layers = 0;
    std::string message;
    try {
      layers = ParseLayers(text, {32, 32, 3}, "a file").layers.size();
    } catch (const Error& error) {
      message = error.what();
      ++refused;
    }
    CHECK(layers <= 100);
    CHECK((message.empty() || message.starts_with("a file: ")));
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace mobilenet

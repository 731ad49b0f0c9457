#include "models/layer_list.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/network_builder.h"
#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/json/json.h"

namespace mobilenet {
namespace {

// One object of the list, whose members are asked for by name; any member left over is an error.
class LayerReader {
 public:
  LayerReader(const Json& json, size_t index) : json_(json), where_(StrCat("layer ", index)) {
    if (!json.is_object()) Fail(where_, " is not a JSON object");
    name_ = Text("name");
    where_ = name_;
  }

  const std::string& name() const { return name_; }

  const std::string& Text(std::string_view key) {
    const Json* member = Find(key);
    if (!member || !member->String()) Fail(Excerpt(where_), ": ", key, " is not a string");
    return *member->String();
  }

  // A whole number that fits an int.
  int Integer(std::string_view key, std::optional<int> otherwise) {
    const Json* member = Find(key);
    if (!member && otherwise) return *otherwise;
    if (!member) Fail(Excerpt(where_), ": ", key, " is missing");
    return IntegerOf(*member, key);
  }

  // Infinite if a float cannot hold it.
  float Number(std::string_view key) {
    const Json* member = Find(key);
    const auto number = member ? member->Number() : std::nullopt;
    if (!number) Fail(Excerpt(where_), ": ", key, " is not a number");
    return static_cast<float>(*number);
  }

  std::vector<int> Integers(std::string_view key, size_t count) {
    const Json* member = Find(key);
    if (!member || !member->is_array() || member->elements.size() != count) {
      Fail(Excerpt(where_), ": ", key, " is not a list of ", count, " whole numbers");
    }
    std::vector<int> values;
    for (const Json& element : member->elements) values.push_back(IntegerOf(element, key));
    return values;
  }

  WindowSpec Window() {
    const std::vector<int> kernel = Integers("kernel", 2);
    WindowSpec window{kernel[0], kernel[1], Integer("stride", 1)};
    const Json* padding = Find("padding");
    if (padding && padding->String()) {
      if (*padding->String() != "same") {
        Fail(Excerpt(where_), ": padding \"", Excerpt(*padding->String()),
             "\" (\"same\" or [top, bottom, left, right])");
      }
      return window;
    }
    const std::vector<int> sides = Integers("padding", 4);
    window.padding = Padding{sides[0], sides[1], sides[2], sides[3]};
    return window;
  }

  Activation ActivationOf() {
    const Json* member = Find("activation");
    if (!member) return Activation::kNone;
    const std::string& text = Text("activation");
    for (Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6,
                                  Activation::kSigmoid, Activation::kTanh}) {
      if (ActivationName(activation) == text) return activation;
    }
    Fail(Excerpt(where_), ": activation \"", Excerpt(text), "\" (none, relu, relu6, sigmoid or tanh)");
  }

  std::vector<Value> Inputs(const std::map<std::string, Value, std::less<>>& values, size_t count) {
    const Json* member = Find("inputs");
    if (!member || !member->is_array()) Fail(Excerpt(where_), ": inputs is not a list of names");
    if (count != 0 && member->elements.size() != count) {
      Fail(Excerpt(where_), ": reads ", member->elements.size(), " values (", count, ")");
    }
    std::vector<Value> inputs;
    for (const Json& element : member->elements) {
      if (!element.String()) Fail(Excerpt(where_), ": inputs is not a list of names");
      const auto found = values.find(*element.String());
      if (found == values.end()) {
        Fail(Excerpt(where_), ": reads \"", Excerpt(*element.String()), "\", which is not an earlier layer");
      }
      inputs.push_back(found->second);
    }
    return inputs;
  }

  // Called after all members were asked for: a key that we don't know may change what the others mean.
  void CheckAllRead() const {
    for (const std::string& key : json_.keys) {
      if (std::find(read_.begin(), read_.end(), key) == read_.end()) {
        Fail(Excerpt(where_), ": unknown key \"", Excerpt(key), "\"");
      }
    }
  }

 private:
  const Json* Find(std::string_view key) {
    read_.push_back(key);
    return json_.Find(key);
  }

  int IntegerOf(const Json& value, std::string_view key) const {
    const int64_t* integer = value.Integer();
    if (!integer || *integer < 0 || *integer > kMaxFeatureMapElements) {
      Fail(Excerpt(where_), ": ", key, " is not a whole number in 0...", kMaxFeatureMapElements);
    }
    return static_cast<int>(*integer);
  }

  const Json& json_;
  std::string where_;
  std::string name_;
  std::vector<std::string_view> read_;
};

using Values = std::map<std::string, Value, std::less<>>;

Value AddLayer(NetworkBuilder& net, LayerReader& layer, const Values& values) {
  const std::string op = layer.Text("operator");
  const std::string& name = layer.name();
  Value value = 0;
  if (op == "conv") {
    const Value input = layer.Inputs(values, 1)[0];
    const int channels = layer.Integer("channels", std::nullopt);
    const WindowSpec window = layer.Window();
    const int groups = layer.Integer("groups", 1);
    value = net.Conv(name, input, channels, window, layer.ActivationOf(), groups);
  } else if (op == "depthwise") {
    const Value input = layer.Inputs(values, 1)[0];
    const WindowSpec window = layer.Window();
    value = net.Depthwise(name, input, window, layer.ActivationOf());
  } else if (op == "max_pool") {
    const Value input = layer.Inputs(values, 1)[0];
    value = net.MaxPool(name, input, layer.Window());
  } else if (op == "average_pool") {
    const Value input = layer.Inputs(values, 1)[0];
    value = net.AvgPool(name, input, layer.Window());
  } else if (op == "lrn") {
    const Value input = layer.Inputs(values, 1)[0];
    const int size = layer.Integer("size", std::nullopt);
    const float alpha = layer.Number("alpha");
    const float beta = layer.Number("beta");
    value = net.Lrn(name, input, {size, alpha, beta, layer.Number("k")});
  } else if (op == "add") {
    const std::vector<Value> inputs = layer.Inputs(values, 2);
    value = net.Add(name, inputs[0], inputs[1], layer.ActivationOf());
  } else if (op == "concat") {
    value = net.Concat(name, layer.Inputs(values, 0));
  } else if (op == "avg_pool") {
    value = net.GlobalAvgPool(name, layer.Inputs(values, 1)[0]);
  } else if (op == "fully_connected") {
    const Value input = layer.Inputs(values, 1)[0];
    const int channels = layer.Integer("channels", std::nullopt);
    value = net.FullyConnected(name, input, channels, layer.ActivationOf());
  } else if (op == "softmax") {
    value = net.Softmax(name, layer.Inputs(values, 1)[0]);
  } else if (op == "sigmoid") {
    value = net.Sigmoid(name, layer.Inputs(values, 1)[0]);
  } else {
    Fail(Excerpt(name), ": unknown operator \"", Excerpt(op),
         "\" (conv, depthwise, max_pool, average_pool, lrn, add, concat, avg_pool, fully_connected, "
         "softmax or sigmoid)");
  }
  layer.CheckAllRead();
  return value;
}

}  // namespace

Network ParseLayers(std::string_view text, const Shape& input, std::string_view where) {
  const Json json = ParseJson(text, where);
  if (!json.is_array()) Fail(where, ": not a JSON list");
  try {
    NetworkBuilder net(input);
    Values values = {{"input", net.kInput}};
    for (size_t i = 0; i < json.elements.size(); ++i) {
      LayerReader layer(json.elements[i], i);
      const Value value = AddLayer(net, layer, values);
      if (!values.emplace(layer.name(), value).second) {
        Fail(layer.name(), ": two layers have this name");
      }
    }
    return net.Build();
  } catch (const Error& error) {
    Fail(where, ": ", error.what());
  }
}

}  // namespace mobilenet

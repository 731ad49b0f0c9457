// Shapes and padding that the builder infers, and what it refuses.
#include "models/network_builder.h"

#include <cmath>
#include <functional>
#include <string>

#include "src/base/error.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

constexpr Activation kNone = Activation::kNone;

TEST_CASE("the builder infers shapes and resolves padding as TensorFlow does, the odd row at the bottom") {
  NetworkBuilder net({65, 33, 3});
  const Value conv = net.Conv("conv", net.kInput, 8, Square(5, 2), Activation::kRelu);
  CHECK(net.ShapeOf(conv) == Shape{33, 17, 8});
  const Value odd = net.Depthwise("odd", conv, {3, 5, 2}, kNone);
  CHECK(net.ShapeOf(odd) == Shape{17, 9, 8});
  const Value pooled = net.GlobalAvgPool("pool", odd);
  net.Softmax("softmax", net.FullyConnected("logits", pooled, 4));
  const Network network = net.Build();
  CHECK(*WindowOf(network.layers[0]) == Window{5, 5, 2, {2, 2, 2, 2}});
  CHECK(*WindowOf(network.layers[1]) == Window{3, 5, 2, {1, 1, 2, 2}});
  CHECK(network.classes == 4);
  CHECK(network.logits == 4);

  NetworkBuilder even({64, 224, 3});
  const Value x = even.Conv("conv", even.kInput, 8, Square(3, 2), kNone);
  even.Softmax("softmax", even.GlobalAvgPool("pool", x));
  CHECK(WindowOf(even.Build().layers[0])->padding == Padding{0, 1, 0, 1});
}

TEST_CASE("explicit padding leaves out the rows and columns that no window reaches") {
  NetworkBuilder net({224, 224, 3});
  CHECK(net.ShapeOf(net.Conv("vgg", net.kInput, 8, {3, 3, 1, Padding{1, 1, 1, 1}}, kNone)) ==
        Shape{224, 224, 8});
  CHECK(net.ShapeOf(net.Conv("resnet", net.kInput, 8, {7, 7, 2, Padding{3, 3, 3, 3}}, kNone)) ==
        Shape{112, 112, 8});
  CHECK(net.ShapeOf(net.Conv("alexnet", net.kInput, 8, {11, 11, 4, Padding{}}, kNone)) == Shape{54, 54, 8});
}

TEST_CASE("groups, sums, concatenations and fully connected layers have the weights and shapes they need") {
  NetworkBuilder net({8, 8, 6});
  const Value a = net.Conv("a", net.kInput, 4, Square(3), kNone, 2);
  const Value b = net.Conv("b", net.kInput, 5, Square(1), kNone);
  const Value joined = net.Concat("joined", {a, b, a});
  CHECK(net.ShapeOf(joined) == Shape{8, 8, 13});
  const Value sum = net.Add("sum", joined, joined, Activation::kRelu);
  const Value connected = net.FullyConnected("fc", sum, 10, Activation::kRelu6);
  net.Softmax("softmax", net.FullyConnected("logits", connected, 3));
  const Network network = net.Build();
  CHECK(WeightsShape(network.layers[0]) == Shape{4, 3, 3, 3});
  CHECK(MultAdds(network.layers[0]) == 4 * 3 * 3 * 3 * 8 * 8);
  CHECK(OperatorName(network.layers[0]) == "conv 3x3 s1 g2");
  CHECK(network.layers[2].inputs == std::vector<Value>{1, 2, 1});
  CHECK(OperatorName(network.layers[2]) == "concat");
  CHECK(Parameters(network.layers[3]) == 0);
  CHECK(WeightsShape(network.layers[4]) == Shape{10, 8 * 8 * 13});
}

TEST_CASE("pools of any window, and local response normalisation, have the shapes and names they need") {
  NetworkBuilder net({55, 55, 6});
  const Value normalised = net.Lrn("normalised", net.kInput, {5, 5e-4f, 0.75f, 2});
  CHECK(net.ShapeOf(normalised) == Shape{55, 55, 6});
  const Value overlapping = net.MaxPool("overlapping", normalised, Padded(3, 2, 0));
  CHECK(net.ShapeOf(overlapping) == Shape{27, 27, 6});
  const Value same = net.MaxPool("same", overlapping, Square(3));
  CHECK(net.ShapeOf(same) == Shape{27, 27, 6});
  const Value mean = net.AvgPool("mean", same, {2, 3, 2, Padding{1, 0, 1, 1}});
  CHECK(net.ShapeOf(mean) == Shape{14, 14, 6});
  net.Softmax("softmax", net.FullyConnected("logits", mean, 4, Activation::kTanh));
  const Network network = net.Build();
  CHECK(OperatorKind(network.layers[0]) == "lrn");
  CHECK(OperatorName(network.layers[0]) == "lrn 5");
  CHECK(std::get<Lrn>(network.layers[0].op).k == 2);
  CHECK(OperatorKind(network.layers[1]) == "max_pool");
  CHECK(OperatorName(network.layers[1]) == "max pool 3x3 s2");
  CHECK(*WindowOf(network.layers[2]) == Window{3, 3, 1, {1, 1, 1, 1}});
  CHECK(OperatorKind(network.layers[3]) == "average_pool");
  CHECK(OperatorName(network.layers[3]) == "avg pool 2x3 s2");
  CHECK(ActivationName(network.layers[4].activation) == "tanh");
  CHECK(WeightsShape(network.layers[4]) == Shape{4, 14 * 14 * 6});
  for (size_t i = 0; i < 4; ++i) {
    CAPTURE(network.layers[i].name);
    CHECK(Parameters(network.layers[i]) == 0);
    CHECK(MultAdds(network.layers[i]) == 0);
    CHECK(OperatorGroup(network.layers[i]) == "");
    CHECK(IsRowWise(network.layers[i]));
    CHECK((WindowOf(network.layers[i]) == nullptr) == (i == 0));
  }
}

// As in torch: a window that begins in the padding at the end does not count.
TEST_CASE("ceil mode adds the rows and columns that the last window needs") {
  struct Row {
    int64_t size;
    int kernel, stride, padding;
    int end;
    int64_t outputs;
  };
  const Row rows[] = {
      {112, 3, 2, 0, 1, 56}, {109, 3, 2, 0, 0, 54}, {54, 3, 2, 0, 1, 27}, {13, 3, 2, 0, 0, 6},
      {14, 2, 2, 0, 0, 7},   {7, 2, 2, 0, 1, 4},    {7, 3, 1, 1, 1, 7},   {6, 2, 4, 1, 0, 2},
      {5, 3, 3, 1, 0, 2},    {5, 2, 3, 0, 0, 2},    {4, 1, 3, 0, 0, 2},   {2, 3, 2, 0, 1, 1},
      {6, 3, 3, 1, 2, 3},    {3, 2, 3, 1, 1, 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.size, row.kernel, row.stride, row.padding);
    const Shape input = {row.size, 16, 1};
    const WindowSpec window = CeilMode(input, row.kernel, row.stride, row.padding);
    CHECK(window.padding->top == row.padding);
    CHECK(window.padding->bottom == row.end);
    NetworkBuilder net(input);
    CHECK(net.ShapeOf(net.MaxPool("pool", net.kInput, window))[0] == row.outputs);
  }
}

std::string Message(const std::function<void(NetworkBuilder&)>& build) {
  try {
    NetworkBuilder net({16, 16, 6});
    build(net);
    net.Build();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("what cannot be is refused with the rule") {
  struct Row {
    const char* message;
    std::function<void(NetworkBuilder&)> build;
  };
  const Value input = NetworkBuilder::kInput;
  const Row rows[] = {
      {"no layers", [](auto&) {}},
      {"a: reads value 1, which no earlier layer writes (0...0)",
       [](auto& net) { net.Conv("a", 1, 8, Square(1), kNone); }},
      {"a: reads value 7, which no earlier layer writes (0...0)",
       [=](auto& net) {
         net.Concat("a", {input, 7});
       }},
      {"layer 0: its name is not one to 100 letters, digits and _.-/ (\"block_1.expand\")",
       [=](auto& net) { net.GlobalAvgPool("\033[2J", input); }},
      {"layer 0: its name is not one to 100 letters, digits and _.-/ (\"block_1.expand\")",
       [=](auto& net) { net.GlobalAvgPool(std::string(101, 'a'), input); }},
      {"layer 0: its name is input (which stands for the network's input)",
       [=](auto& net) { net.GlobalAvgPool("input", input); }},
      {"a: kernel height 0 (1...64)",
       [=](auto& net) {
         net.Conv("a", input, 8, {0, 1, 1}, kNone);
       }},
      {"a: kernel width 65 (1...64)",
       [=](auto& net) {
         net.Depthwise("a", input, {1, 65, 1}, kNone);
       }},
      {"a: stride 17 (1...16)", [=](auto& net) { net.Conv("a", input, 8, Square(1, 17), kNone); }},
      {"a: padding 3 (0...2)",
       [=](auto& net) {
         net.Conv("a", input, 8, {3, 3, 1, Padding{1, 3, 1, 1}}, kNone);
       }},
      {"a: padding -1 (0...2)",
       [=](auto& net) {
         net.Conv("a", input, 8, {3, 3, 1, Padding{1, 1, -1, 1}}, kNone);
       }},
      {"a: a kernel of 19 rows on 18, padding included (the kernel must fit)",
       [=](auto& net) {
         net.Conv("a", input, 8, {19, 3, 1, Padding{1, 1, 1, 1}}, kNone);
       }},
      {"a: writes [16, 16, 0] (extents of 1 and more, at most 268435456 elements)",
       [=](auto& net) { net.Conv("a", input, 0, Square(1), kNone); }},
      {"a: writes [16, 16, 1048577] (extents of 1 and more, at most 268435456 elements)",
       [=](auto& net) { net.Conv("a", input, (1 << 20) + 1, Square(1), kNone); }},
      {"a: weights [268435456, 1536] (at most 2147483647 in a layer)",
       [=](auto& net) { net.FullyConnected("a", input, 1 << 28); }},
      {"a: writes [1, 1, 9223372036854775807] (extents of 1 and more, at most 268435456 elements)",
       [=](auto& net) { net.FullyConnected("a", input, INT64_MAX); }},
      {"a: 4 groups of 6 to 8 channels (their number must divide both)",
       [=](auto& net) { net.Conv("a", input, 8, Square(1), kNone, 4); }},
      {"a: groups 0 (1...6)", [=](auto& net) { net.Conv("a", input, 8, Square(1), kNone, 0); }},
      {"a: padding 2 (0...1)",
       [=](auto& net) {
         net.MaxPool("a", input, {2, 2, 2, Padding{0, 2, 0, 0}});
       }},
      {"a: padding 3 (0...2)",
       [=](auto& net) {
         net.AvgPool("a", input, {3, 3, 2, Padding{0, 0, 3, 0}});
       }},
      {"a: a kernel of 17 columns on 16, padding included (the kernel must fit)",
       [=](auto& net) {
         net.MaxPool("a", input, {3, 17, 1, Padding{}});
       }},
      {"a: stride 0 (1...16)", [=](auto& net) { net.AvgPool("a", input, Square(1, 0)); }},
      {"a: size 0 (1...1024)",
       [=](auto& net) {
         net.Lrn("a", input, {0, 1, 1, 1});
       }},
      {"a: alpha -1 (0...1000)",
       [=](auto& net) {
         net.Lrn("a", input, {5, -1, 1, 1});
       }},
      {"a: beta nan (0...4)",
       [=](auto& net) {
         net.Lrn("a", input, {5, 1, std::nanf(""), 1});
       }},
      {"a: k 0 (0.001...1000)",
       [=](auto& net) {
         net.Lrn("a", input, {5, 1, 1, 0});
       }},
      {"a: k inf (0.001...1000)",
       [=](auto& net) {
         net.Lrn("a", input, {5, 1, 1, INFINITY});
       }},
      {"b: adds [16, 16, 6] and [8, 8, 6] (two values of the same shape are needed)",
       [=](auto& net) { net.Add("b", input, net.Depthwise("a", input, Square(3, 2), kNone)); }},
      {"b: concatenates [16, 16, 6] and [8, 8, 6] (the same height and width are needed)",
       [=](auto& net) {
         net.Concat("b", {input, net.Depthwise("a", input, Square(3, 2), kNone)});
       }},
      {"a: concatenates 1 (at least 2 are needed)", [=](auto& net) { net.Concat("a", {input}); }},
      {"a: reads [16, 16, 6] ([1, 1, classes])", [=](auto& net) { net.Softmax("a", input); }},
      {"a: reads [16, 16, 6] ([1, 1, classes])", [=](auto& net) { net.Sigmoid("a", input); }},
      {"a: the last layer is neither a softmax nor a sigmoid (one of them is needed, at the end)",
       [=](auto& net) { net.GlobalAvgPool("a", input); }},
      {"b: a softmax, but not the last layer (one of them is needed, at the end)",
       [=](auto& net) { net.Softmax("c", net.Softmax("b", net.GlobalAvgPool("a", input))); }},
      {"b: a sigmoid, but not the last layer (one of them is needed, at the end)",
       [=](auto& net) { net.Softmax("c", net.Sigmoid("b", net.GlobalAvgPool("a", input))); }},
      {"a: two layers have this name", [=](auto& net) { net.Softmax("a", net.GlobalAvgPool("a", input)); }},
      {"b: no layer reads it",
       [=](auto& net) {
         const Value a = net.GlobalAvgPool("a", input);
         net.GlobalAvgPool("b", input);
         net.Softmax("c", a);
       }},
      {"layer_4096: more than 4096 layers",
       [=](auto& net) {
         Value x = input;
         for (int i = 0; i < 5000; ++i) x = net.Depthwise("layer_" + std::to_string(i), x, Square(1), kNone);
       }},
  };
  for (const Row& row : rows) CHECK(Message(row.build) == row.message);
  CHECK_THROWS_WITH(NetworkBuilder({1 << 16, 1 << 16, 3}),
                    "input: writes [65536, 65536, 3] (extents of 1 and more, at most 268435456 elements)");
}

TEST_CASE("mult-adds are limited, so that their sum is a number") {
  NetworkBuilder net({1 << 10, 1 << 10, 256});
  Value x = net.kInput;
  const auto add_layers = [&] {
    for (int i = 0; i < 100; ++i) x = net.Conv("a" + std::to_string(i), x, 256, Square(64), kNone);
  };
  CHECK_THROWS_WITH(add_layers(), "a3: more than 1000000000000000 mult-adds up to here");
}

}  // namespace
}  // namespace mobilenet

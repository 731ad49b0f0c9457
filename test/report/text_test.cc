#include "src/report/text.h"

#include "test/report/classify_row.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a row is printed for people, with its layers if it has any") {
  const std::string with_layers = TextReport(test::ParrotRow());
  CHECK("\n" + with_layers == R"(
photos/parrot.jpg (640 x 480)
   91.34 %  macaw  (class 89)
    3.12 %  lorikeet  (class 91)
  decode 5.21 ms, preprocess 1.00 ms, inference 20.12 ms

layer      operator               output      M mult-adds     ms      %  GFLOP/s  backend  kernel
conv1      conv 3x3 s2            112x112x32        10.84  1.500   74.9     14.5  xnnpack  convolution2d_nhwc_qc8
conv_dw_1  depthwise conv 3x3 s1  112x112x32         3.61  0.500   25.0     14.5  native   dwconv_qs8_scalar
softmax    softmax                1x1x1001                 0.002    0.1           native   softmax_f32_scalar
-----------------------------------------------------------------------------------------------------------------
total                                               14.45  2.002  100.0     14.4
1 mult-add = 2 FLOPs
xnnpack does not name its kernels: they are inferred from the layer's shape
)");
  ClassifyRow row = test::ParrotRow();
  row.layers.clear();
  const std::string without_layers = TextReport(row);
  CHECK(with_layers.rfind(without_layers + "\n", 0) == 0);
  row = test::ParrotRow();
  for (LayerRow& layer : row.layers) layer.backend = "native";
  CHECK(TextReport(row).ends_with("\n1 mult-add = 2 FLOPs\n"));
}

TEST_CASE("a damaged picture that was classified says so before its labels") {
  ClassifyRow row;
  row.path = "a.jpg";
  row.damaged = "truncated after 8 of 16 rows";
  row.predictions = {{1, "label", 1.0f}};
  CHECK(TextReport(row) ==
        "a.jpg (0 x 0)\n"
        "  damaged: truncated after 8 of 16 rows\n"
        "  100.00 %  label  (class 1)\n"
        "  decode 0.00 ms, preprocess 0.00 ms, inference 0.00 ms\n");
}

TEST_CASE("the model's name stands behind the size") {
  CHECK(TextReport(test::ParrotRow(), "efficientnet_lite0_f32")
            .starts_with("photos/parrot.jpg (640 x 480), efficientnet_lite0_f32\n   91.34 %"));
  CHECK(TextReport(test::ErrorRow(), "efficientnet_lite0_f32") == TextReport(test::ErrorRow()));
}

std::string WithoutEmphasis(std::string text) {
  for (const std::string sequence : {"\033[1m", "\033[0m"}) {
    for (size_t at; (at = text.find(sequence)) != std::string::npos;) text.erase(at, sequence.size());
  }
  return text;
}

TEST_CASE("on a terminal the first label and the slow layers are bold, and nothing else differs") {
  const std::string text = TextReport(test::ParrotRow(), "", {.has_emphasis = true});
  CHECK(text.find("\n\033[1m   91.34 %  macaw\033[0m  (class 89)\n") != std::string::npos);
  CHECK(text.find("\n    3.12 %  lorikeet  (class ") != std::string::npos);
  CHECK(text.find("\n\033[1mconv1 ") != std::string::npos);
  CHECK(text.find("\nconv_dw_1 ") != std::string::npos);
  CHECK(WithoutEmphasis(text) == TextReport(test::ParrotRow()));
}

TEST_CASE("the table of layers leaves out its last columns where a terminal is too narrow for them") {
  const std::string wide = TextReport(test::ParrotRow());
  CHECK(TextReport(test::ParrotRow(), "", {.columns = 200}) == wide);
  for (int columns : {112, 80, 40}) {
    const std::string narrow = TextReport(test::ParrotRow(), "", {.columns = columns});
    const std::string table = narrow.substr(narrow.find("\nlayer "));
    size_t begin = 1;
    for (size_t end; (end = table.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (table.compare(begin, 2, "a ") != 0) CHECK(end - begin <= static_cast<size_t>(columns));
    }
    CHECK(table.find("qc8") == std::string::npos);
    CHECK(table.find("\na terminal with 113 columns shows backends and kernels, too\n") != std::string::npos);
  }
  CHECK(TextReport(test::ParrotRow(), "", {.columns = 80}).find("%  GFLOP/s") != std::string::npos);
}

TEST_CASE("a row with an error prints its message") {
  CHECK(TextReport(test::ErrorRow()) ==
        "photos/parrot.jpg\n"
        "  error: photos/parrot.jpg: cannot decode image: unknown format (PNG and JPEG are read)\n");
}

TEST_CASE("control characters in paths and labels don't reach the terminal") {
  ClassifyRow row;
  row.path = "a\nb\x1b[2J\xe9.jpg";
  row.predictions = {{1, "la\tbel", 1.0f}};
  CHECK(TextReport(row) ==
        "a\\nb\\x1b[2J\\xe9.jpg (0 x 0)\n"
        "  100.00 %  la\\tbel  (class 1)\n"
        "  decode 0.00 ms, preprocess 0.00 ms, inference 0.00 ms\n");
}

TEST_CASE("layers that took no time have no rate and no share") {
  ClassifyRow row = test::ParrotRow();
  for (LayerRow& layer : row.layers) layer.latency_ms = 0;
  const std::string text = TextReport(row);
  CHECK(text.find("nan") == text.npos);
  CHECK(text.find("inf ") == text.npos);
}

}  // namespace
}  // namespace mobilenet

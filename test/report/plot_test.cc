// Plots are well-formed pictures that contain only shapes and text.
#include "src/report/plot.h"

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "src/report/svg.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"

namespace mobilenet {
namespace {

// What Python's parser makes of it: a line "tag attribute attribute" per element, and the text in it.
std::string Parsed(const std::string& svg) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "plot.svg";
  test::WriteFileBytes(path, svg);
  const auto result =
      test::RunCommand({"/usr/bin/python3", "-c",
                        "import sys, xml.etree.ElementTree as tree\n"
                        "for element in tree.parse(sys.argv[1]).iter():\n"
                        "    print(element.tag.split('}')[1], *sorted(element.attrib))\n"
                        "    if element.text and element.text.strip(): print('  ' + element.text)\n",
                        path},
                       {"PYTHONIOENCODING=utf-8"});
  CAPTURE(svg, result.err);
  REQUIRE(result.status == 0);
  return result.out;
}

// A text that would break out of any element or attribute, or not be XML at all.
const std::string kHostile = "</text><script>alert(1)</script>&\"'\x01\xff\xef\xbf\xbe ]]>";
const std::string kShown = "</text><script>alert(1)</script>&\"'\\x01\\xff\xef\xbf\xbd ]]>";

void CheckHarmless(const std::string& svg, const std::string& parsed) {
  std::istringstream lines(parsed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) continue;  // text
    CAPTURE(line);
    std::istringstream words(line);
    std::string word;
    words >> word;
    CHECK(std::set<std::string>{"svg", "title", "desc", "defs", "pattern", "rect", "path", "line", "text",
                                "circle", "polygon", "polyline"}
              .contains(word));
    while (words >> word) {
      CHECK(!word.starts_with("on"));
      CHECK(word.find("href") == std::string::npos);
      CHECK(word != "style");
    }
  }
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
  // Nothing is loaded: the only address is the name of the format.
  std::string rest = svg;
  const std::string name_space = "http://www.w3.org/2000/svg";
  rest.erase(rest.find(name_space), name_space.size());
  CHECK(rest.find("//") == std::string::npos);
  CHECK(std::regex_search(svg, std::regex("url\\((?!#)")) == false);
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

BarPlot Bars() {
  BarPlot plot;
  plot.title = "mobilenet_v1";
  plot.subtitle = "569 million";
  plot.panels = {"mult-adds (millions)", "weights (millions)"};
  plot.groups = {"Conv 1x1", "Conv DW 3x3"};
  plot.rows = {{"conv1", 0, {10.8, 0.000864}}, {"conv_dw_1", 1, {3.6, 0}}, {"logits", 0, {0, 1.024}}};
  return plot;
}

TEST_CASE("a plot of bars has a bar a value, axes with units, and a legend that needs no colour") {
  const std::string svg = BarPlotSvg(Bars());
  const std::string parsed = Parsed(svg);
  CheckHarmless(svg, parsed);
  // Two of six values are 0; two more are the legend's.
  CHECK(Count(svg, "<rect x=") == 4 + 2);
  CHECK(Count(svg, "url(#series0)") == 4);
  CHECK(Count(svg, "url(#series1)") == 2);
  for (const char* text : {"mobilenet_v1", "mult-adds (millions)", "weights (millions)", "Conv DW 3x3",
                           "10.8", "0.000864", "conv_dw_1"}) {
    CAPTURE(text);
    CHECK(parsed.find(std::string("  ") + text + "\n") != std::string::npos);
  }
  // Without colours, the first two groups differ by their hatching.
  CHECK(Count(parsed, "pattern height id") == static_cast<int>(kSeriesStyles));
}

PointPlot Points() {
  PointPlot plot;
  plot.title = "Accuracy over mult-adds";
  plot.x_title = "mult-adds (millions)";
  plot.y_title = "top-1 accuracy (%)";
  plot.is_x_log = true;
  plot.series = {{"mobilenet_v1", {{41, 49.8, "0.25"}, {569, 70.9, "1.0"}}, true},
                 {"alexnet", {{724, 57.2, "alexnet"}}, false}};
  return plot;
}

TEST_CASE("a plot of points has one shape per point, one line per series, and a label for each") {
  const std::string svg = PointPlotSvg(Points());
  const std::string parsed = Parsed(svg);
  CheckHarmless(svg, parsed);
  CHECK(Count(svg, "<circle") == 2 + 1);   // and the legend's
  CHECK(Count(svg, "<polygon") == 1 + 1);  // squares
  CHECK(Count(svg, "<polyline") == 1 + 1);
  for (const char* text : {"0.25", "1.0", "alexnet", "mult-adds (millions)", "top-1 accuracy (%)", "100"}) {
    CAPTURE(text);
    CHECK(parsed.find(std::string("  ") + text + "\n") != std::string::npos);
  }
}

TEST_CASE("labels do not cover each other") {
  // As close as networks lie to each other: V1's, V2's and others' between 40 million mult-adds and 20
  // billion.
  const struct {
    double x, y;
    const char* label;
  } points[] = {{41, 49.8, "mobilenet_v1_0.25"},
                {149, 63.3, "mobilenet_v1_0.5"},
                {325, 68.4, "mobilenet_v1_0.75"},
                {569, 70.9, "mobilenet_v1"},
                {97, 65.4, "mobilenet_v2_0.5"},
                {301, 71.8, "mobilenet_v2"},
                {582, 75.0, "mobilenet_v2_1.4"},
                {4867, 71.7, "mobilenet_v1_standard"},
                {307, 65.3, "mobilenet_v1_shallow"},
                {724, 57.2, "alexnet"},
                {1583, 69.8, "googlenet"},
                {1814, 69.8, "resnet18"},
                {3664, 73.3, "resnet34"},
                {3858, 75.3, "resnet50"},
                {4089, 76.1, "torchvision_resnet50"},
                {7801, 77.4, "torchvision_resnet101"},
                {11514, 78.3, "torchvision_resnet152"},
                {19632, 72.4, "vgg19"}};
  PointPlot plot = Points();
  plot.series.clear();
  for (const auto& point : points)
    plot.series.push_back({point.label, {{point.x, point.y, point.label}}, false});
  const std::string svg = PointPlotSvg(plot);
  struct Box {
    double left, top, right, bottom;
  };
  std::vector<Box> boxes;
  const std::regex text(
      "<text x=\"([0-9.]+)\" y=\"([0-9.]+)\" font-size=\"11\" [^>]*paint-order[^>]*>([^<]*)<");
  for (std::sregex_iterator match(svg.begin(), svg.end(), text), end; match != end; ++match) {
    const double x = std::stod((*match)[1]);
    const double y = std::stod((*match)[2]);
    boxes.push_back({x, y - 8, x + TextWidth((*match)[3].str(), 11), y + 2});
  }
  REQUIRE(boxes.size() == std::size(points));
  for (size_t i = 0; i < boxes.size(); ++i) {
    CHECK(boxes[i].right <= 960);
    for (size_t j = 0; j < i; ++j) {
      CAPTURE(points[i].label, points[j].label);
      const bool meet = boxes[i].left < boxes[j].right && boxes[j].left < boxes[i].right &&
                        boxes[i].top < boxes[j].bottom && boxes[j].top < boxes[i].bottom;
      CHECK(!meet);
    }
  }
}

TEST_CASE("every series has its own shape") {
  PointPlot plot = Points();
  plot.series.clear();
  for (size_t i = 0; i < 2 * kSeriesStyles; ++i) {
    plot.series.push_back({"series " + std::to_string(i), {{1.0 + static_cast<double>(i), 50, ""}}, false});
  }
  const std::string svg = PointPlotSvg(plot);
  CheckHarmless(svg, Parsed(svg));
  std::set<std::string> looks;
  for (size_t i = 0; i < kSeriesStyles; ++i) {
    Svg one(10, 10, "", "");
    const std::string empty = one.Finish();
    one.Marker({5, 5}, i);
    looks.insert(std::regex_replace(one.Finish().substr(empty.size() - 7), std::regex("#[0-9A-F]{6}"), ""));
  }
  CHECK(looks.size() == kSeriesStyles);
}

TEST_CASE("no name breaks out of a plot") {
  BarPlot bars = Bars();
  bars.title = bars.subtitle = bars.panels[0] = bars.groups[1] = bars.rows[0].label = kHostile;
  const std::string bar_svg = BarPlotSvg(bars);
  const std::string parsed = Parsed(bar_svg);
  CheckHarmless(bar_svg, parsed);
  CHECK(parsed.find("  " + kShown + "\n") != std::string::npos);

  PointPlot points = Points();
  points.title = points.subtitle = points.x_title = points.y_title = kHostile;
  points.series[0].name = points.series[0].points[0].label = kHostile;
  points.notes = {kHostile};
  const std::string point_svg = PointPlotSvg(points);
  CheckHarmless(point_svg, Parsed(point_svg));
}

TEST_CASE("plots of one value, of equal values and of many have their axes") {
  BarPlot bars = Bars();
  bars.rows = {{"only", 0, {0, 0}}};
  CheckHarmless(BarPlotSvg(bars), Parsed(BarPlotSvg(bars)));
  bars.rows.clear();
  CheckHarmless(BarPlotSvg(bars), Parsed(BarPlotSvg(bars)));
  PointPlot points = Points();
  points.series = {{"one", {{100, 50, std::string(300, 'x')}}, true}};
  CheckHarmless(PointPlotSvg(points), Parsed(PointPlotSvg(points)));
  points.series[0].points.clear();
  for (int i = 0; i < 200; ++i) points.series[0].points.push_back({100, 50, "the same place"});
  CheckHarmless(PointPlotSvg(points), Parsed(PointPlotSvg(points)));
}

}  // namespace
}  // namespace mobilenet

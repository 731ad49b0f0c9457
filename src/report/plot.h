// Plots as SVG pictures: bars, and points with labels and lines. What tells groups apart is a colour that
// colour-blind people see and, for print in black and white, hatching, shape and dashes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mobilenet {

// Bars from left to right, a row each; panels side by side show other quantities of the same rows. At the end
// of a bar stands its value.
struct BarPlot {
  struct Row {
    std::string label;
    size_t group = 0;
    std::vector<double> values;  // one a panel; finite, not below 0
  };
  std::string title;
  std::string subtitle;             // "" for none
  std::vector<std::string> panels;  // the quantity and its unit: "mult-adds (millions)"
  std::vector<std::string> groups;  // of the legend, which is left out for fewer than two
  std::vector<Row> rows;
};
std::string BarPlotSvg(const BarPlot& plot);

// Points of two quantities, each with its label where it finds room.
struct PointPlot {
  struct Point {
    double x = 0;  // above 0 where the axis is logarithmic; finite, as y is
    double y = 0;
    std::string label;           // "" for none
    bool is_label_shown = true;  // else only where one points at it
  };
  struct Series {
    std::string name;
    std::vector<Point> points;
    bool has_line = false;  // from point to point
  };
  std::string title;
  std::string subtitle;          // "" for none
  std::string x_title, y_title;  // with their units
  bool is_x_log = false;
  bool is_y_log = false;
  bool are_percent = false;        // both axes from 0 to 100
  bool is_y_from_zero = false;     // instead of around the values
  std::vector<Series> series;      // with one point at the least
  std::vector<std::string> notes;  // lines below the plot
};
std::string PointPlotSvg(const PointPlot& plot);

}  // namespace mobilenet

// Plots as SVG pictures: bars, and points with labels and lines. Groups differ by colours that colour-blind
// people can distinguish and, for printing in black and white, by hatching, shape and dashes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mobilenet {

// Bars from left to right, one row each; panels side by side show other quantities of the same rows. The
// value stands at the end of each bar.
struct BarPlot {
  struct Row {
    std::string label;
    size_t group = 0;
    std::vector<double> values;  // one per panel; finite, not below 0
  };
  std::string title;
  std::string subtitle;             // "" for none
  std::vector<std::string> panels;  // the quantity and its unit: "mult-adds (millions)"
  std::vector<std::string> groups;  // for the legend, which is left out for fewer than two
  bool are_counts = false;          // all values are whole numbers, and so are the ticks
  std::vector<Row> rows;
};
std::string BarPlotSvg(const BarPlot& plot);

// Points of two quantities, each with its label if there is room.
struct PointPlot {
  struct Point {
    double x = 0;  // above 0 if the axis is logarithmic; finite, like y
    double y = 0;
    std::string label;           // "" for none
    bool is_label_shown = true;  // false: only where one points at it
  };
  struct Series {
    std::string name;
    std::vector<Point> points;
    bool has_line = false;  // joins the points
  };
  std::string title;
  std::string subtitle;          // "" for none
  std::string x_title, y_title;  // with their units
  bool is_x_log = false;
  bool is_y_log = false;
  bool are_percent = false;        // both axes from 0 to 100
  bool is_y_from_zero = false;     // false: around the values
  std::vector<Series> series;      // with at least one point each
  std::vector<std::string> notes;  // lines below the plot
};
std::string PointPlotSvg(const PointPlot& plot);

}  // namespace mobilenet

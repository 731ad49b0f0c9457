#include "src/report/plot.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <string_view>

#include "src/base/number_text.h"
#include "src/base/utf8.h"
#include "src/report/axis.h"
#include "src/report/svg.h"

namespace mobilenet {
namespace {

constexpr double kWidth = 960;
constexpr double kMargin = 20;
constexpr double kTitleSize = 16;
constexpr double kTextSize = 12;
constexpr double kSmallSize = 11;
constexpr std::string_view kAxisColor = "#000";
constexpr std::string_view kGridColor = "#ccc";

// The text, or its beginning with "..." if it is wider.
std::string Shortened(const std::string& text, double size, double width) {
  if (TextWidth(text, size) <= width) return text;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view next = rest.substr(0, DecodeUtf8(rest).size_bytes);
    if (TextWidth(out + std::string(next) + "...", size) > width) break;
    out += next;
    rest.remove_prefix(next.size());
  }
  return out + "...";
}

// What stands above a plot: title, subtitle, and the legend in as many lines as it takes.
class Head {
 public:
  Head(const std::string& title, const std::string& subtitle, const std::vector<std::string>& legend)
      : title_(title), subtitle_(subtitle) {
    double y = kMargin + kTitleSize;
    title_y_ = y;
    if (!subtitle.empty()) y += kTextSize + 7;
    subtitle_y_ = y;
    if (legend.size() > 1) {
      y += kTextSize + 14;
      double x = kMargin;
      for (const std::string& name : legend) {
        const std::string shown = Shortened(name, kTextSize, kWidth / 2);
        const double width = kSwatch + kGap + TextWidth(shown, kTextSize) + 2 * kGap;
        if (x > kMargin && x + width > kWidth - kMargin) {
          x = kMargin;
          y += kTextSize + 8;
        }
        entries_.push_back({shown, {x, y}});
        x += width;
      }
    }
    bottom_ = y + 12;
  }

  double bottom() const { return bottom_; }

  // `swatch` draws a sample left of its text.
  template <typename Swatch>
  void Draw(Svg& svg, const Swatch& swatch) const {
    svg.Text({kMargin, title_y_}, Shortened(title_, kTitleSize, kWidth - 2 * kMargin),
             {.size = kTitleSize, .is_bold = true});
    if (!subtitle_.empty()) {
      svg.Text({kMargin, subtitle_y_}, Shortened(subtitle_, kTextSize, kWidth - 2 * kMargin));
    }
    for (size_t i = 0; i < entries_.size(); ++i) {
      const SvgPoint& at = entries_[i].at;
      swatch(i, SvgPoint{at.x, at.y - kTextSize + 2});
      svg.Text({at.x + kSwatch + kGap, at.y}, entries_[i].text);
    }
  }

  static constexpr double kSwatch = 28;  // wide

 private:
  static constexpr double kGap = 8;
  struct Entry {
    std::string text;
    SvgPoint at;
  };
  const std::string title_;
  const std::string subtitle_;
  double title_y_ = 0;
  double subtitle_y_ = 0;
  std::vector<Entry> entries_;
  double bottom_ = 0;
};

// Three significant digits, or all digits before the point.
std::string ValueText(double value) {
  if (value == 0) return "0";
  const int decimals = 2 - static_cast<int>(std::floor(std::log10(value)));
  return ShortFixedText(value, std::clamp(decimals, 0, 6));
}

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  bool Meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool Holds(const SvgPoint& point) const {
    return point.x > left && point.x < right && point.y > top && point.y < bottom;
  }
};

// Finds places for labels, each beside its point, where they cover neither points nor each other, nor lines
// if that can be avoided.
class LabelPlacer {
 public:
  explicit LabelPlacer(const Box& inside) : inside_(inside) {}

  void AddPoint(SvgPoint at) { taken_.push_back({at.x - 7, at.y - 7, at.x + 7, at.y + 7}); }
  void AddLine(SvgPoint from, SvgPoint to) {
    constexpr int kSamples = 100;
    for (int i = 0; i <= kSamples; ++i) {
      const double part = static_cast<double>(i) / kSamples;
      on_lines_.push_back({from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)});
    }
  }

  // Where the text begins, on its base line.
  struct Place {
    SvgPoint text;
    bool is_far = false;  // a line leads to the point
    SvgPoint near;        // where that line meets the text
  };
  Place Find(SvgPoint point, const std::string& label, double size) {
    const double width = TextWidth(label, size);
    constexpr SvgPoint kDirections[] = {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}};
    Place best;
    Box best_box;
    double least = std::numeric_limits<double>::infinity();
    for (const double distance : {10.0, 24.0, 40.0, 60.0, 85.0}) {
      for (const SvgPoint& direction : kDirections) {
        const double x = point.x + direction.x * distance - (1 - direction.x) / 2 * width;
        const double middle = point.y + direction.y * (distance + size / 2 - 3);
        const Box box{x - 1, middle - size / 2 - 1, x + width + 1, middle + size / 2 + 1};
        const double cost = Cost(box) + distance / 10;
        if (cost >= least) continue;
        least = cost;
        best_box = box;
        best = {{x, middle + size * 0.36},
                distance > 10,
                {point.x + direction.x * distance, middle - direction.y * size / 2}};
      }
    }
    taken_.push_back(best_box);
    return best;
  }

 private:
  double Cost(const Box& box) const {
    double cost = 0;
    if (box.left < inside_.left || box.right > inside_.right || box.top < inside_.top ||
        box.bottom > inside_.bottom) {
      cost += 1000;
    }
    for (const Box& other : taken_) cost += box.Meets(other) ? 200 : 0;
    const bool is_on_line = std::any_of(on_lines_.begin(), on_lines_.end(),
                                        [&](const SvgPoint& point) { return box.Holds(point); });
    return cost + (is_on_line ? 3 : 0);
  }

  const Box inside_;
  std::vector<Box> taken_;
  std::vector<SvgPoint> on_lines_;
};

}  // namespace

std::string BarPlotSvg(const BarPlot& plot) {
  constexpr double kRow = 17;
  constexpr double kBar = 12;
  constexpr double kMostLabel = 260;
  constexpr double kValueRoom = 52;  // right of the longest bar
  constexpr double kPanelGap = 16;
  constexpr double kAxisRoom = 52;  // for ticks and title below

  double label_width = 0;
  for (const BarPlot::Row& row : plot.rows) {
    assert(row.values.size() == plot.panels.size());
    label_width = std::max(label_width, TextWidth(row.label, kSmallSize));
  }
  label_width = std::min(label_width, kMostLabel);
  const Head head(plot.title, plot.subtitle, plot.groups);
  const double top = head.bottom();
  const double bottom = top + kRow * static_cast<double>(plot.rows.size()) + 6;
  const double left = kMargin + label_width + 8;
  const auto panels = static_cast<double>(plot.panels.size());
  const double panel = (kWidth - kMargin - left - kPanelGap * (panels - 1)) / panels;

  Svg svg(kWidth, bottom + kAxisRoom, plot.title, plot.subtitle);
  head.Draw(svg, [&](size_t group, SvgPoint at) { svg.Bar(at, Head::kSwatch, kBar, group); });
  const auto row_top = [&](size_t i) { return top + 3 + kRow * static_cast<double>(i); };
  for (size_t i = 0; i < plot.rows.size(); ++i) {
    svg.Text({left - 6, row_top(i) + kBar - 2}, Shortened(plot.rows[i].label, kSmallSize, label_width),
             {.size = kSmallSize, .anchor = Anchor::kEnd});
  }
  for (size_t p = 0; p < plot.panels.size(); ++p) {
    double most = 0;
    for (const BarPlot::Row& row : plot.rows) most = std::max(most, row.values[p]);
    const Axis axis = AxisFromZero(most, plot.are_counts ? 1 : 0);
    const double begin = left + static_cast<double>(p) * (panel + kPanelGap);
    const double length = panel - kValueRoom;
    const auto x_of = [&](double value) { return begin + length * axis.Position(value); };
    for (const Tick& tick : axis.ticks) {
      svg.Line({x_of(tick.value), top}, {x_of(tick.value), bottom}, kGridColor);
      svg.Line({x_of(tick.value), bottom}, {x_of(tick.value), bottom + 4}, kAxisColor);
      svg.Text({x_of(tick.value), bottom + 17}, tick.label, {.size = kSmallSize, .anchor = Anchor::kMiddle});
    }
    for (size_t i = 0; i < plot.rows.size(); ++i) {
      const BarPlot::Row& row = plot.rows[i];
      const std::string value = ValueText(row.values[p]);
      if (row.values[p] > 0) {
        svg.Bar({begin, row_top(i)}, x_of(row.values[p]) - begin, kBar, row.group, row.label + ": " + value);
      }
      svg.Text({x_of(row.values[p]) + 4, row_top(i) + kBar - 2}, value,
               {.size = kSmallSize, .has_halo = true});
    }
    svg.Line({begin, top}, {begin, bottom}, kAxisColor);
    svg.Line({begin, bottom}, {begin + length, bottom}, kAxisColor);
    svg.Text({begin + length / 2, bottom + 38}, plot.panels[p], {.anchor = Anchor::kMiddle});
  }
  return svg.Finish();
}

std::string PointPlotSvg(const PointPlot& plot) {
  constexpr double kPlotHeight = 480;
  constexpr double kLeft = 76;
  constexpr double kRight = 34;  // half of the last tick's label
  constexpr double kAxisRoom = 56;
  constexpr double kNoteLine = 16;

  std::vector<std::string> names;
  double least_x = std::numeric_limits<double>::infinity(), most_x = -least_x;
  double least_y = least_x, most_y = -least_x;
  for (const PointPlot::Series& series : plot.series) {
    names.push_back(series.name);
    for (const PointPlot::Point& point : series.points) {
      least_x = std::min(least_x, point.x);
      most_x = std::max(most_x, point.x);
      least_y = std::min(least_y, point.y);
      most_y = std::max(most_y, point.y);
    }
  }
  assert(std::isfinite(least_x));
  const auto axis = [&](bool is_log, double least, double most) {
    if (plot.are_percent) return AxisFromZero(100);
    return is_log ? LogAxisAround(least, most) : AxisAround(least, most);
  };
  const Axis x_axis = axis(plot.is_x_log, least_x, most_x);
  const Axis y_axis = plot.is_y_from_zero ? AxisFromZero(most_y) : axis(plot.is_y_log, least_y, most_y);

  const Head head(plot.title, plot.subtitle, names);
  const Box box{kLeft, head.bottom() + 4, kWidth - kRight, head.bottom() + 4 + kPlotHeight};
  const double height = box.bottom + kAxisRoom + kNoteLine * static_cast<double>(plot.notes.size());
  const auto at = [&](double x, double y) {
    return SvgPoint{box.left + (box.right - box.left) * x_axis.Position(x),
                    box.bottom - (box.bottom - box.top) * y_axis.Position(y)};
  };

  Svg svg(kWidth, height, plot.title, plot.subtitle);
  head.Draw(svg, [&](size_t series, SvgPoint corner) {
    const double y = corner.y + 6;
    if (plot.series[series].has_line) {
      const SvgPoint ends[] = {{corner.x, y}, {corner.x + Head::kSwatch, y}};
      svg.SeriesLine(ends, series);
    }
    svg.Marker({corner.x + Head::kSwatch / 2, y}, series);
  });
  for (const Tick& tick : x_axis.ticks) {
    const double x = at(tick.value, y_axis.min).x;
    svg.Line({x, box.top}, {x, box.bottom}, kGridColor);
    svg.Line({x, box.bottom}, {x, box.bottom + 4}, kAxisColor);
    svg.Text({x, box.bottom + 18}, tick.label, {.anchor = Anchor::kMiddle});
  }
  for (const Tick& tick : y_axis.ticks) {
    const double y = at(x_axis.min, tick.value).y;
    svg.Line({box.left, y}, {box.right, y}, kGridColor);
    svg.Line({box.left - 4, y}, {box.left, y}, kAxisColor);
    svg.Text({box.left - 8, y + 4}, tick.label, {.anchor = Anchor::kEnd});
  }
  svg.Line({box.left, box.top}, {box.left, box.bottom}, kAxisColor);
  svg.Line({box.left, box.bottom}, {box.right, box.bottom}, kAxisColor);
  svg.Text({(box.left + box.right) / 2, box.bottom + 40}, plot.x_title, {.anchor = Anchor::kMiddle});
  svg.Text({kMargin + 4, (box.top + box.bottom) / 2}, plot.y_title,
           {.anchor = Anchor::kMiddle, .is_upright = true});

  LabelPlacer placer(box);
  for (size_t s = 0; s < plot.series.size(); ++s) {
    const PointPlot::Series& series = plot.series[s];
    std::vector<SvgPoint> points;
    for (const PointPlot::Point& point : series.points) points.push_back(at(point.x, point.y));
    for (const SvgPoint& point : points) placer.AddPoint(point);
    if (!series.has_line || points.size() < 2) continue;
    for (size_t i = 1; i < points.size(); ++i) placer.AddLine(points[i - 1], points[i]);
    svg.SeriesLine(points, s);
  }
  // Labels that find no room beside their point lie further away; their lines go below everything else.
  struct Label {
    std::string text;
    LabelPlacer::Place place;
  };
  std::vector<Label> labels;
  for (const PointPlot::Series& series : plot.series) {
    for (const PointPlot::Point& point : series.points) {
      if (point.label.empty() || !point.is_label_shown) continue;
      const std::string text = Shortened(point.label, kSmallSize, kWidth / 3);
      const SvgPoint place = at(point.x, point.y);
      labels.push_back({text, placer.Find(place, text, kSmallSize)});
      if (labels.back().place.is_far) svg.Line(place, labels.back().place.near, "#666", 0.75);
    }
  }
  for (size_t s = 0; s < plot.series.size(); ++s) {
    for (const PointPlot::Point& point : plot.series[s].points) {
      svg.Marker(at(point.x, point.y), s,
                 (point.label.empty() ? names[s] : point.label) + ": " + ValueText(point.x) + ", " +
                     ValueText(point.y));
    }
  }
  for (const Label& label : labels) {
    svg.Text(label.place.text, label.text, {.size = kSmallSize, .has_halo = true});
  }
  for (size_t i = 0; i < plot.notes.size(); ++i) {
    svg.Text({kMargin, box.bottom + kAxisRoom + kNoteLine * static_cast<double>(i)},
             Shortened(plot.notes[i], kSmallSize, kWidth - 2 * kMargin), {.size = kSmallSize});
  }
  return svg.Finish();
}

}  // namespace mobilenet

// An SVG picture (SVG 1.1), element by element: text cannot break out of it, there are no scripts, and
// nothing is loaded from elsewhere. Knows nothing of plots (plot.h).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace mobilenet {

struct SvgPoint {
  double x = 0;
  double y = 0;
};

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 12;  // pixels
  Anchor anchor = Anchor::kStart;
  bool is_bold = false;
  bool is_upright = false;  // from bottom to top
  bool has_halo = false;    // a white edge, to be readable on lines
};

// How a series of bars, points or a line looks: a colour that colour-blind people can distinguish from the
// others and, without any colour, a hatching, a shape, a dash pattern. The second half repeats the looks of
// the first with white inside; after kSeriesStyles they repeat.
inline constexpr size_t kSeriesStyles = 16;

class Svg {
 public:
  // In pixels. `title` and `description` are read aloud to those who don't see the picture.
  Svg(double width, double height, std::string_view title, std::string_view description);

  void Line(SvgPoint from, SvgPoint to, std::string_view color, double width = 1);
  // Text from outside is written as by TerminalText.
  void Text(SvgPoint at, std::string_view text, const TextStyle& style = {});
  // In the look of a series; browsers show the tooltip.
  void Bar(SvgPoint corner, double width, double height, size_t series, std::string_view tooltip = {});
  void Marker(SvgPoint at, size_t series, std::string_view tooltip = {});
  void SeriesLine(std::span<const SvgPoint> points, size_t series);

  // The whole picture.
  std::string Finish() const;

 private:
  void Tooltip(std::string_view text);

  std::string text_;
};

// Whole pictures made by Svg, one below the other.
std::string StackedSvg(std::span<const std::string> pictures, std::string_view title);

// How wide the text is at most, in the fonts that the pictures ask for.
double TextWidth(std::string_view text, double size);

}  // namespace mobilenet

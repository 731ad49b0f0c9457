// An SVG picture (SVG 1.1), element by element: text that nothing can break out of, no scripts, nothing
// loaded from elsewhere. Knows nothing of plots (plot.h).
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
  bool has_halo = false;    // white around it, to be read on lines
};

// How a series of bars, points or a line looks: a colour that colour-blind people tell from the others, and
// without any colour a hatching, a shape, a dash pattern. In the second half the looks of the first have
// white inside; after kSeriesStyles they begin anew.
inline constexpr size_t kSeriesStyles = 16;

class Svg {
 public:
  // In pixels. `title` and `description` are read out to those who don't see the picture.
  Svg(double width, double height, std::string_view title, std::string_view description);

  void Line(SvgPoint from, SvgPoint to, std::string_view color, double width = 1);
  // Text from outside comes out as TerminalText does.
  void Text(SvgPoint at, std::string_view text, const TextStyle& style = {});
  // In the look of a series; the tooltip is a text that browsers show.
  void Bar(SvgPoint corner, double width, double height, size_t series, std::string_view tooltip = {});
  void Marker(SvgPoint at, size_t series, std::string_view tooltip = {});
  void SeriesLine(std::span<const SvgPoint> points, size_t series);

  // The whole picture.
  std::string Finish() const;

 private:
  void Tooltip(std::string_view text);

  std::string text_;
};

// Whole pictures of Svg, one below the other.
std::string StackedSvg(std::span<const std::string> pictures, std::string_view title);

// How wide the text is at most, in the fonts that the pictures ask for.
double TextWidth(std::string_view text, double size);

}  // namespace mobilenet

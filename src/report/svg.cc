#include "src/report/svg.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/parse_number.h"
#include "src/base/str_cat.h"
#include "src/base/utf8.h"
#include "src/report/terminal_text.h"
#include "src/report/xml_text.h"

namespace mobilenet {
namespace {

enum class MarkerShape { kCircle, kSquare, kTriangle, kDiamond, kTriangleDown, kPlus, kCross, kPentagon };

struct SeriesStyle {
  std::string_view color;
  std::string_view hatching;  // path within a tile of 8 x 8
  std::string_view dashes;    // stroke-dasharray; "" for a line without gaps
  MarkerShape shape;
};

// The colours of Okabe and Ito (Color Universal Design, 2008), the darker ones first.
constexpr SeriesStyle kStyles[] = {
    {"#0072B2", "", "", MarkerShape::kCircle},
    {"#E69F00", "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", "7,3", MarkerShape::kSquare},
    {"#009E73", "M0,2 H8 M0,6 H8", "2,3", MarkerShape::kTriangle},
    {"#D55E00", "M0,0 l8,8 M0,8 l8,-8", "9,3,2,3", MarkerShape::kDiamond},
    {"#56B4E9", "M2,0 V8 M6,0 V8", "4,4", MarkerShape::kTriangleDown},
    {"#CC79A7", "M0,2 H8 M0,6 H8 M2,0 V8 M6,0 V8", "12,3", MarkerShape::kPlus},
    {"#777777", "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4", "9,3,2,3,2,3", MarkerShape::kPentagon},
    {"#F0E442", "M1,2 h2 M5,6 h2", "8,2", MarkerShape::kCross},
};
constexpr size_t kHalf = std::size(kStyles);
static_assert(kSeriesStyles == 2 * kHalf);

const SeriesStyle& StyleOf(size_t series) {
  return kStyles[series % kHalf];
}

bool IsHollow(size_t series) {
  return series % kSeriesStyles >= kHalf;
}

constexpr double kMarkerRadius = 5;

std::string Number(double value) {
  assert(std::isfinite(value));
  return ShortFixedText(value, 2);
}

// The corners of a shape around a point.
std::vector<SvgPoint> Corners(MarkerShape shape, SvgPoint at) {
  const auto around = [&](int corners, double first_degrees, double radius) {
    constexpr double kPi = 3.14159265358979323846;
    std::vector<SvgPoint> points;
    for (int i = 0; i < corners; ++i) {
      const double angle = (first_degrees + 360.0 * i / corners) * kPi / 180;
      points.push_back({at.x + radius * std::cos(angle), at.y + radius * std::sin(angle)});
    }
    return points;
  };
  switch (shape) {
    case MarkerShape::kSquare:
      return around(4, 45, kMarkerRadius * 1.3);
    case MarkerShape::kTriangle:
      return around(3, -90, kMarkerRadius * 1.35);
    case MarkerShape::kTriangleDown:
      return around(3, 90, kMarkerRadius * 1.35);
    case MarkerShape::kDiamond:
      return around(4, 0, kMarkerRadius * 1.3);
    case MarkerShape::kPentagon:
      return around(5, -90, kMarkerRadius * 1.2);
    case MarkerShape::kCircle:
    case MarkerShape::kPlus:
    case MarkerShape::kCross:
      break;
  }
  return {};
}

std::string PointsText(std::span<const SvgPoint> points) {
  return StrJoin(points, " ", [](const SvgPoint& point) { return Number(point.x) + "," + Number(point.y); });
}

}  // namespace

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  text_ = StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"", Number(width),
                 "\" height=\"", Number(height), "\" viewBox=\"0 0 ", Number(width), " ", Number(height),
                 "\" role=\"img\" font-family=\"'DejaVu Sans', Arial, Helvetica, sans-serif\">\n<title>",
                 XmlText(title), "</title>\n<desc>", XmlText(description), "</desc>\n<defs>\n");
  for (size_t i = 0; i < kSeriesStyles; ++i) {
    const SeriesStyle& style = StyleOf(i);
    text_ += StrCat("<pattern id=\"series", i,
                    "\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" "
                    "height=\"8\" fill=\"",
                    IsHollow(i) ? "#fff" : style.color, "\"/>");
    if (!style.hatching.empty()) {
      text_ += StrCat("<path d=\"", style.hatching, "\" stroke=\"", IsHollow(i) ? style.color : "#000",
                      "\" stroke-width=\"", IsHollow(i) ? 2 : 1, "\" fill=\"none\"/>");
    }
    text_ += "</pattern>\n";
  }
  text_ += StrCat("</defs>\n<rect width=\"", Number(width), "\" height=\"", Number(height),
                  "\" fill=\"#fff\"/>\n");
}

void Svg::Line(SvgPoint from, SvgPoint to, std::string_view color, double width) {
  text_ +=
      StrCat("<line x1=\"", Number(from.x), "\" y1=\"", Number(from.y), "\" x2=\"", Number(to.x), "\" y2=\"",
             Number(to.y), "\" stroke=\"", color, "\" stroke-width=\"", Number(width), "\"/>\n");
}

void Svg::Text(SvgPoint at, std::string_view text, const TextStyle& style) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  text_ += StrCat("<text x=\"", Number(at.x), "\" y=\"", Number(at.y), "\" font-size=\"", Number(style.size),
                  "\" text-anchor=\"", kAnchors[static_cast<size_t>(style.anchor)], "\"");
  if (style.is_bold) text_ += " font-weight=\"bold\"";
  if (style.is_upright) {
    text_ += StrCat(" transform=\"rotate(-90 ", Number(at.x), " ", Number(at.y), ")\"");
  }
  if (style.has_halo) text_ += " stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"";
  text_ += StrCat(">", XmlText(text), "</text>\n");
}

void Svg::Tooltip(std::string_view text) {
  if (!text.empty()) text_ += StrCat("<title>", XmlText(text), "</title>");
}

void Svg::Bar(SvgPoint corner, double width, double height, size_t series, std::string_view tooltip) {
  text_ += StrCat("<rect x=\"", Number(corner.x), "\" y=\"", Number(corner.y), "\" width=\"", Number(width),
                  "\" height=\"", Number(height), "\" fill=\"url(#series", series % kSeriesStyles,
                  ")\" stroke=\"#000\" stroke-width=\"0.5\">");
  Tooltip(tooltip);
  text_ += "</rect>\n";
}

void Svg::Marker(SvgPoint at, size_t series, std::string_view tooltip) {
  const SeriesStyle& style = StyleOf(series);
  const std::string_view inside = IsHollow(series) ? "#fff" : style.color;
  const std::string filled =
      StrCat("fill=\"", inside, "\" stroke=\"", IsHollow(series) ? style.color : "#000", "\" stroke-width=\"",
             IsHollow(series) ? 2 : 1, "\"><title>", XmlText(tooltip), "</title>");
  constexpr double kArm = kMarkerRadius;
  switch (style.shape) {
    case MarkerShape::kCircle:
      text_ += StrCat("<circle cx=\"", Number(at.x), "\" cy=\"", Number(at.y), "\" r=\"",
                      Number(kMarkerRadius), "\" ", filled, "</circle>\n");
      return;
    case MarkerShape::kPlus:
    case MarkerShape::kCross: {
      const bool is_plus = style.shape == MarkerShape::kPlus;
      const SvgPoint arm = is_plus ? SvgPoint{kArm, 0} : SvgPoint{kArm * 0.8, kArm * 0.8};
      const SvgPoint other = is_plus ? SvgPoint{0, kArm} : SvgPoint{kArm * 0.8, -kArm * 0.8};
      const auto stroke = [&](std::string_view color, double width) {
        for (const SvgPoint& end : {arm, other}) {
          Line({at.x - end.x, at.y - end.y}, {at.x + end.x, at.y + end.y}, color, width);
        }
      };
      stroke(IsHollow(series) ? style.color : "#000", 5);
      stroke(inside, IsHollow(series) ? 2 : 3);
      return;
    }
    default:
      text_ +=
          StrCat("<polygon points=\"", PointsText(Corners(style.shape, at)), "\" ", filled, "</polygon>\n");
  }
}

void Svg::SeriesLine(std::span<const SvgPoint> points, size_t series) {
  const SeriesStyle& style = StyleOf(series);
  text_ += StrCat("<polyline points=\"", PointsText(points), "\" fill=\"none\" stroke=\"", style.color,
                  "\" stroke-width=\"1.5\"");
  if (!style.dashes.empty()) text_ += StrCat(" stroke-dasharray=\"", style.dashes, "\"");
  text_ += "/>\n";
}

std::string Svg::Finish() const {
  return text_ + "</svg>\n";
}

std::string StackedSvg(std::span<const std::string> pictures, std::string_view title) {
  // As the constructor writes it: <?xml ...?>, then <svg ... width="W" height="H" ...
  constexpr std::string_view kBegin = "<svg ";
  const auto number_of = [](std::string_view picture, std::string_view name) {
    const size_t at = picture.find(name) + name.size();
    return ParseNumber<double>(picture.substr(at, picture.find('"', at) - at)).value_or(0);
  };
  double width = 0;
  double height = 0;
  std::string inside;
  for (const std::string& picture : pictures) {
    inside +=
        StrCat("<svg y=\"", Number(height), "\" ", picture.substr(picture.find(kBegin) + kBegin.size()));
    width = std::max(width, number_of(picture, " width=\""));
    height += number_of(picture, " height=\"");
  }
  return StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" ",
                "version=\"1.1\" width=\"", Number(width), "\" height=\"", Number(height),
                "\" viewBox=\"0 0 ", Number(width), " ", Number(height), "\" role=\"img\">\n<title>",
                XmlText(title), "</title>\n", inside, "</svg>\n");
}

double TextWidth(std::string_view text, double size) {
  const std::string visible = TerminalText(text);
  double width = 0;
  for (std::string_view rest = visible; !rest.empty();) {
    const Utf8Char c = DecodeUtf8(rest);
    rest.remove_prefix(c.size_bytes);
    // Measured for DejaVu Sans, the widest of the fonts: letters are up to 0.64 wide, with few exceptions,
    // and from Hangul on mostly square.
    width += c.code_point >= 0x1100 ? 1.0 : 0.62;
  }
  return width * size;
}

}  // namespace mobilenet

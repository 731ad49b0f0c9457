#include "src/image/draw_text.h"

#include <algorithm>
#include <cstring>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

namespace mobilenet {
namespace {

constexpr int kLineHeight = 12;  // of stb_easy_font, before scaling
constexpr int kMargin = 3;

// The layout that stb_easy_font writes.
struct Vertex {
  float x, y, z;
  unsigned char colour[4];
};

void Fill(Image& image, int left, int top, int right, int bottom, uint8_t value) {
  right = std::min(right, image.width);
  bottom = std::min(bottom, image.height);
  for (int y = std::max(top, 0); y < bottom; ++y) {
    uint8_t* const row = image.pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(image.width) * 3;
    for (int x = 3 * std::max(left, 0); x < 3 * right; ++x) row[x] = value;
  }
}

// The part of a line that the font has; what does not fit into this many of its pixels is replaced by "...".
std::string Drawable(const std::string& line, int width) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const bool continues = (byte & 0xC0) == 0x80;  // within a character of several bytes
    if (!continues) text += byte >= 0x20 && byte < 0x7F ? line[i] : '?';
  }
  text.resize(std::min(text.size(),
                       static_cast<size_t>(std::max(width, 0)) + 1));  // a character takes at least a pixel
  if (stb_easy_font_width(text.data()) <= width) return text;
  while (!text.empty() && stb_easy_font_width((text + "...").data()) > width) text.pop_back();
  return text + "...";
}

}  // namespace

void DrawText(Image& image, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  const int scale = std::max(1, std::min(image.width, image.height) / 200);
  std::string text;
  for (const std::string& line : lines) text += Drawable(line, image.width / scale - 2 * kMargin) + '\n';
  std::vector<Vertex> vertices(text.size() * 64);  // a character has at most 16 bars of 4 corners
  const int bars = stb_easy_font_print(0, 0, text.data(), nullptr, vertices.data(),
                                       static_cast<int>(vertices.size() * sizeof(Vertex)));
  const int width = stb_easy_font_width(text.data());
  const int height = static_cast<int>(lines.size()) * kLineHeight;
  Fill(image, 0, 0, (width + 2 * kMargin) * scale, (height + 2 * kMargin) * scale, 0);
  for (int i = 0; i < bars; ++i) {
    const Vertex& from = vertices[static_cast<size_t>(4 * i)];
    const Vertex& to = vertices[static_cast<size_t>(4 * i + 2)];  // the opposite corner
    const auto at = [scale](float position) { return (static_cast<int>(position) + kMargin) * scale; };
    Fill(image, at(from.x), at(from.y), at(to.x), at(to.y), 255);
  }
}

}  // namespace mobilenet

#include "src/report/xml_text.h"

#include "src/base/utf8.h"
#include "src/report/terminal_text.h"

namespace mobilenet {

std::string XmlText(std::string_view text) {
  const std::string visible = TerminalText(text);
  std::string out;
  for (std::string_view rest = visible; !rest.empty();) {
    const std::string_view bytes = rest.substr(0, DecodeUtf8(rest).size_bytes);
    rest.remove_prefix(bytes.size());
    if (bytes == "&") {
      out += "&amp;";
    } else if (bytes == "<") {
      out += "&lt;";
    } else if (bytes == ">") {
      out += "&gt;";
    } else if (bytes == "\"") {
      out += "&quot;";
    } else if (bytes == "'") {
      out += "&#39;";
    } else if (bytes == "\xef\xbf\xbe" || bytes == "\xef\xbf\xbf") {
      out += "\xef\xbf\xbd";  // U+FFFE and U+FFFF, which XML does not allow
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace mobilenet

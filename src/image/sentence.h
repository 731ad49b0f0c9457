// Other programs' messages inside ours.
#pragma once

#include <cctype>
#include <string>

namespace mobilenet {

// "Premature end of JPEG file" as the middle of a sentence: "premature end of JPEG file"; "JPEG ..." stays as
// it is. libheif's messages may have several lines, with parts of the file in them.
inline std::string InSentence(std::string message) {
  for (char& c : message) {
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = ' ';
  }
  message.erase(message.find_last_not_of(' ') + 1);
  if (message.size() > 1 && std::islower(static_cast<unsigned char>(message[1]))) {
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  }
  return message;
}

}  // namespace mobilenet

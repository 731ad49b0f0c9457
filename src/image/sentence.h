// Other people's messages inside ours.
#pragma once

#include <cctype>
#include <string>

namespace mobilenet {

// "Premature end of JPEG file" as the middle of a sentence: "premature end of JPEG file"; "JPEG ..." stays.
inline std::string InSentence(std::string message) {
  if (message.size() > 1 && std::islower(static_cast<unsigned char>(message[1]))) {
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  }
  return message;
}

}  // namespace mobilenet

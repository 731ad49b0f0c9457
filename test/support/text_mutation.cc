#include "test/support/text_mutation.h"

namespace mobilenet::test {

void MutateText(std::string& text, std::mt19937& random) {
  const size_t at = random() % text.size();
  switch (random() % 4) {
    case 0:
      text[at] = static_cast<char>(random() % 256);
      break;
    case 1:
      text.erase(at, random() % 20);
      break;
    case 2:
      text.insert(at, text.substr(random() % text.size(), random() % 30));
      break;
    default:
      text.insert(at, std::to_string(random()));
  }
}

}  // namespace mobilenet::test

// The class of a network that is meant by a name somebody gave a class: its label, one of the names in the
// label, or the synset id of ImageNet. Labels decide, not numbers: networks with and without background have
// the same classes at different places.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mobilenet {

class ClassNames {
 public:
  explicit ClassNames(std::span<const std::string> labels);

  // The classes that the name may mean: none if it is unknown, several if it is ambiguous. Capitals, and
  // underscores instead of spaces, make no difference; in a name with a synset id at its beginning or end
  // (n01534433_junco) only the id counts.
  std::vector<int> Find(std::string_view name) const;

  // The classes except background, in their order: the numbering that users' numbers refer to.
  const std::vector<int>& numbered() const { return numbered_; }

 private:
  using Classes = std::map<std::string, std::vector<int>, std::less<>>;

  Classes labels_;   // whole, normalised
  Classes parts_;    // between the commas, normalised
  Classes synsets_;  // of ImageNet's labels
  std::vector<int> numbered_;
};

// The synset id (n and eight digits) that the name begins or ends with, "" if none: "n01534433_junco",
// "ILSVRC2012_val_00000293_n01534433".
std::string_view SynsetIn(std::string_view name);

}  // namespace mobilenet

// Which class of a network a name means that somebody gave a class: its label, one of the names in it, or the
// synset id of ImageNet. Labels decide, not numbers: a network with background and one without have the same
// classes at other places.
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

  // The classes that the name may mean: none where it is unknown, several where it is ambiguous. Capitals and
  // underscores for spaces do not count; of a name with a synset id at its beginning or end (n01534433_junco)
  // the id counts alone.
  std::vector<int> Find(std::string_view name) const;

  // The classes but background, in their order: what numbers count.
  const std::vector<int>& numbered() const { return numbered_; }

 private:
  using Classes = std::map<std::string, std::vector<int>, std::less<>>;

  Classes labels_;   // whole, normalised
  Classes parts_;    // between the commas, normalised
  Classes synsets_;  // of ImageNet's labels
  std::vector<int> numbered_;
};

// The synset id (n and eight digits) that the name begins or ends with, "" for none: "n01534433_junco",
// "ILSVRC2012_val_00000293_n01534433".
std::string_view SynsetIn(std::string_view name);

}  // namespace mobilenet

// Which class each image of a data set belongs to, as a class of the network. All images are looked at first,
// so that mistakes are found before the first of them is read. Images below kOthersFolder belong to the
// class kUnknownLabel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/eval/class_names.h"
#include "src/eval/csv_truth.h"

namespace mobilenet {

struct TruthOptions {
  std::string dataset = {};              // the folder; "" if unknown, as for records
  std::string file = {};                 // CSV (csv_truth.h) instead of the names of folders and files
  std::optional<int> first_number = {};  // if classes are numbers: the number of the first class, 0 or 1
  bool ignores_unknown = false;          // leaves out images whose class the network does not have
};

class Truth {
 public:
  // Throws Error if the file cannot be read.
  Truth(const TruthOptions& options, std::span<const std::string> labels);

  // Looks at an image, whose path begins with the data set's.
  void Note(const std::string& path);
  // All images have been looked at. Throws Error if names match no label, or several, if it is unclear what
  // numbers count, and if no image has a class.
  void Settle();

  // To be called after Settle; none for an image that is to be left out.
  std::optional<int> ClassOf(const std::string& path) const;

 private:
  std::vector<std::string> NamesFor(const std::string& path) const;
  std::vector<int> Classes(const std::vector<std::string>& names) const;
  std::optional<int> Numbered(int64_t number) const;
  void SettleNumbers();

  const TruthOptions options_;
  const std::vector<std::string> labels_;
  const ClassNames names_;
  std::optional<CsvTruth> file_;
  int64_t images_ = 0;
  int64_t known_ = 0;
  std::map<std::string, int64_t> unknown_;  // the names, and how many images have each
  std::map<std::string, int64_t> ambiguous_;
  std::map<int64_t, int64_t> numbers_;  // images by number
  int64_t first_number_ = 0;
};

}  // namespace mobilenet

// Which class each image of a data set belongs to, as a class of the network. First all images are looked at,
// so that what cannot be is found before the first of them is read. Images below kOthersFolder are of the
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
  std::string dataset = {};              // the folder; "" where it is not known, of records
  std::string file = {};                 // CSV (csv_truth.h) instead of the names of folders and files
  std::optional<int> first_number = {};  // classes that are numbers: which one the first class has, 0 or 1
  bool ignores_unknown = false;          // images whose class is none of the network's are left out
};

class Truth {
 public:
  // Throws Error for a file that cannot be read.
  Truth(const TruthOptions& options, std::span<const std::string> labels);

  // Looks at an image, whose path begins with the data set's.
  void Note(const std::string& path);
  // All images were looked at. Throws Error where names match no label, or several, or numbers leave open
  // what they count, and where there is no image with a class.
  void Settle();

  // After Settle; none for an image that is to be left out.
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
  std::map<std::string, int64_t> unknown_;  // names, and how many images have each
  std::map<std::string, int64_t> ambiguous_;
  std::map<int64_t, int64_t> numbers_;  // images by number
  int64_t first_number_ = 0;
};

}  // namespace mobilenet

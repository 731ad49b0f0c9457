// What a model is taught with: the photographs in FILE.features that count.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/teach/examples.h"
#include "src/teach/survey.h"

namespace mobilenet {

struct Lesson {
  Examples examples;
  std::vector<std::string> labels;   // in the byte order of the names
  std::vector<int64_t> photographs;  // of each class
  int64_t failed = 0;                // photographs of the survey that could not be read

  // The photographs by label.
  std::map<std::string, int64_t> Counts() const;
};

// Records count if the survey has their photographs; with `keeps_earlier`, also those of photographs outside
// of its folder, which an earlier run was taught with. Throws Error if the file cannot be read, and for
// records of another model.
Lesson ReadLesson(const std::string& features, const Survey& survey, bool keeps_earlier);

}  // namespace mobilenet

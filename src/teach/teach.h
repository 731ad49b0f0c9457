// A model of one's own classes: its head, trained on what the trunk of another model gives for photographs.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "models/network.h"
#include "src/engine/new_head.h"
#include "src/report/teaching.h"
#include "src/teach/lesson.h"
#include "src/weights/model_file.h"

namespace mobilenet {

enum class TeachStep { kComparing, kChoosingCost, kCrossValidating, kTraining };

struct TeachSettings {
  int threads = 1;       // at the most: as many as the memory has room for
  bool rejects = false;  // the model says kUnknownLabel below a score
  std::string output;    // what stands for the model's path
  std::function<void(TeachStep)> on_step;
  std::function<bool()> is_stopped;  // asked often, by several threads at once
};

struct Taught {
  ModelFile model;        // in memory
  TeachingReport report;  // without its paths and sizes
};

// None where is_stopped said so. Throws Error where the memory is too small.
std::optional<Taught> Teach(const ModelFile& file, const Network& network, const Trunk& trunk,
                            const Lesson& lesson, const TeachSettings& settings);

}  // namespace mobilenet

// A model of one's own classes: its head, trained on features that another model's trunk gives.
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
  int threads = 1;       // at most: as many as there is memory for
  bool rejects = false;  // the model answers kUnknownLabel below a score
  std::string output;    // stands for the model's path
  std::function<void(TeachStep)> on_step;
  std::function<bool()> is_stopped;  // called often, by several threads at once
};

struct Taught {
  ModelFile model;        // in memory
  TeachingReport report;  // without its paths and sizes
};

// None if is_stopped returned true. Throws Error if there is not enough memory.
std::optional<Taught> Teach(const ModelFile& file, const Network& network, const Trunk& trunk,
                            const Lesson& lesson, const TeachSettings& settings);

}  // namespace mobilenet

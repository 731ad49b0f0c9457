// mobilenet classify IMAGE...: labels, times and, if asked for, the latency of every layer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/preprocess_spec.h"
#include "src/cli/engine_options.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct ClassifyOptions {
  std::vector<std::string> images;
  EngineOptions engine;
  int top_k = 5;
  bool layers = false;
  OutputFormat format = OutputFormat::kText;
  std::optional<ResizeMode> resize;  // instead of the model file's
  int64_t max_pixels = 100'000'000;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddClassifyCommand(CLI::App& app, const std::function<void(const ClassifyOptions&)>& run);

// Classifies one image after the other. An image that cannot be read gets a line on stderr (and, in JSON, a
// record with its error), and the rest are done. The exit status. Throws Error where nothing can be done.
int RunClassify(const ClassifyOptions& options, StandardOutput& output);

}  // namespace mobilenet

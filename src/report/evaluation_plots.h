// How often a model is right, as a picture.
#pragma once

#include <string>

#include "src/report/evaluation.h"

namespace mobilenet {

// SVG: the share of right answers over the score (reliability), and below it the most confused classes.
std::string EvaluationPlot(const EvaluationReport& report);

}  // namespace mobilenet

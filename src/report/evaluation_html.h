// How often a model is right, as one HTML file that needs nothing else: no scripts, nothing loaded from
// elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/report/evaluation.h"

namespace mobilenet {

// What distinguishes such a file from others.
inline constexpr std::string_view kEvaluationHtmlMark =
    "<meta name=\"generator\" content=\"mobilenet eval\">";

// Everything that EvaluationText and EvaluationPlot have. `thumbnails`: for each mistake the source of an
// <img> ("data:image/jpeg;base64,..."), "" for none. A figure that is shown rounded has all its digits, those
// of EvaluationJson, as data-raw.
std::string EvaluationHtml(const EvaluationReport& report, const std::vector<std::string>& thumbnails);

}  // namespace mobilenet

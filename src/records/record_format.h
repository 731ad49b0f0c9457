// How records are written: text for people, JSON lines or CSV.
#pragma once

namespace mobilenet {

enum class RecordFormat { kText, kJson, kCsv };

}  // namespace mobilenet

#include "tests/unit/debezium/golden_records.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace sluice::debezium {
namespace {

std::optional<std::string> Text(simdjson::dom::element element) {
  if (element.is_null()) return std::nullopt;
  return std::string(std::string_view(element));
}

}  // namespace

std::filesystem::path GoldenFolder() {
  const char* source = std::getenv("SLUICE_SOURCE_DIR");
  return std::filesystem::path(source != nullptr ? source : ".") / "tests/golden/debezium";
}

std::vector<std::filesystem::path> GoldenFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(GoldenFolder())) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<OwnedRecord> ReadGolden(const std::filesystem::path& file) {
  std::vector<OwnedRecord> records;
  simdjson::dom::parser parser;
  for (const simdjson::dom::element line : parser.load_many(file.string(), 1U << 22)) {
    OwnedRecord record;
    record.stream.topic = std::string(std::string_view(line["topic"]));
    record.stream.partition = static_cast<int32_t>(int64_t(line["partition"]));
    record.offset = Offset{int64_t(line["offset"])};
    record.key = Text(line["key"]);
    record.value = Text(line["value"]);
    for (const simdjson::dom::array header : line["headers"]) {
      record.headers.push_back({std::string(std::string_view(header.at(0))), Text(header.at(1))});
    }
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<OwnedRecord> AllGolden() {
  std::vector<OwnedRecord> all;
  for (const auto& file : GoldenFiles()) {
    for (OwnedRecord& record : ReadGolden(file)) all.push_back(std::move(record));
  }
  return all;
}

}  // namespace sluice::debezium

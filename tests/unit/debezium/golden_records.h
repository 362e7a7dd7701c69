#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/record.h"

namespace sluice::debezium {

/// tests/golden/debezium: records that real connectors wrote.
[[nodiscard]] std::filesystem::path GoldenFolder();
/// Its .jsonl files, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> GoldenFiles();
[[nodiscard]] std::vector<OwnedRecord> ReadGolden(const std::filesystem::path& file);
/// The records of all files.
[[nodiscard]] std::vector<OwnedRecord> AllGolden();

}  // namespace sluice::debezium

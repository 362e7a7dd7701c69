#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/operations/index/plan_document.h"

namespace sluice::elasticsearch {

/// What a soft delete leaves in the place of a document: its version, and nothing of the row.
///
///   stub = {"sluice_deleted":true,"sluice_partition":N}   ; N: of the topic
///
/// Readers do not see it: the alias leaves it out of searches. A GET by id shows it.
inline constexpr std::string_view kStubHead = R"({"sluice_deleted":true,"sluice_partition":)";
static_assert(kStubHead.find(kDeletedField) != std::string_view::npos &&
              kStubHead.find(kPartitionField) != std::string_view::npos);
/// The same for the mapping, as members of `properties`.
inline constexpr std::string_view kStubFields =
    R"("sluice_deleted":{"type":"boolean"},"sluice_partition":{"type":"integer"})";
/// What the alias leaves to readers.
inline constexpr std::string_view kStubFilter =
    R"({"bool":{"must_not":{"term":{"sluice_deleted":true}}}})";

[[nodiscard]] inline std::string StubOf(int32_t partition) {
  return std::string(kStubHead) + std::to_string(partition) + "}";
}
[[nodiscard]] inline bool IsStub(std::string_view document) {
  return document.starts_with(kStubHead);
}

}  // namespace sluice::elasticsearch

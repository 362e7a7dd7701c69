#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/change_event.h"
#include "core/model/record.h"

namespace sluice::debezium {

/// A record with a key and a value, at offset 0 of slot 0. Absent: null.
[[nodiscard]] Record MakeRecord(std::optional<std::string_view> key,
                                std::optional<std::string_view> value, uint32_t slot = 0);

/// The event on one line: kind, rule or reason, key parts, times, unchanged names, size and hash of
/// `after`.
[[nodiscard]] std::string EventText(const ChangeEvent& event);

/// FNV-1a, 64 bits.
[[nodiscard]] uint64_t HashText(std::string_view text);

/// The seed of this run: SLUICE_SEED, else one drawn here. Printed, so that a run can be repeated.
[[nodiscard]] uint64_t TestSeed();

}  // namespace sluice::debezium

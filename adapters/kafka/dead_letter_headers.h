#pragma once

#include <string>
#include <vector>

#include "adapters/kafka/settings.h"
#include "core/model/record.h"
#include "core/ports/dead_letters.h"

namespace sluice::kafka {

/// The headers of a dead letter: the record's own first, then Connect's names, so that existing
/// tools read it, then ours. README.md lists them.
std::vector<Header> DeadLetterHeaders(const DeadLetter& letter, const DeadLetterSettings& settings);

/// At most `bytes` bytes of `text`, cut between characters, with "…" where something was cut.
std::string Truncated(std::string_view text, size_t bytes);

}  // namespace sluice::kafka

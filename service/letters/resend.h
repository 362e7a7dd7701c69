#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/kafka/dead_letter_record.h"
#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::letters {

/// Where a dead letter of a delivery goes, to be sent after all: behind what is parked for its
/// destination, in its package's partition, with the key by which the destination knows repeats.
struct Resend {
  std::string stream;
  uint32_t partition = 0;
  std::string origin;  ///< Its offset in the topic that is delivered.
  std::string idempotency_key;

  bool operator==(const Resend&) const = default;
};

/// The error says why the letter is left, and what to do instead. One that was refused because
/// nobody knew whom it is for is read again, by what the configuration says now.
[[nodiscard]] Result<Resend> PlanResend(const config::Config& config,
                                        const kafka::StoredLetter& letter);

/// Writes them in their order, and returns when the brokers have acknowledged all. `sluice deliver`
/// may run meanwhile. A letter that is written twice has one key: its destination knows the repeat.
/// Errors: the brokers did not answer within `go_on`'s patience; what was written is not known.
[[nodiscard]] Status WriteResends(const config::Config& config,
                                  const std::vector<kafka::StoredLetter>& letters,
                                  const std::vector<Resend>& resends,
                                  const std::function<bool()>& go_on);

}  // namespace sluice::letters

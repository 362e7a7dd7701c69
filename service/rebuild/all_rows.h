#pragma once

#include <string>
#include <utility>

#include "adapters/postgres/connection.h"
#include "core/model/position.h"
#include "core/model/result.h"
#include "core/model/source_position.h"
#include "service/config/config.h"

namespace sluice::rebuild {

/// Has `sluice capture` tell all rows of one table once more, while it streams.
///
/// Threads:   one call at a time.
/// Ownership: borrows the configuration; owns its connection.
/// Time:      each call waits for the database and the brokers, some seconds each.
/// Errors:    in the results, with the cure.
class AllRows {
 public:
  AllRows(const config::Config& config, std::string topic)
      : config_(config), topic_(std::move(topic)) {}

  /// Whether the topic is fed by `sluice capture` of this configuration: its position is recorded.
  [[nodiscard]] Result<bool> Answers() const;
  /// Asks. The place in the database's log behind the question.
  [[nodiscard]] Result<Lsn> Ask();
  /// Whether all rows that were asked for before `asked` were told and acknowledged.
  [[nodiscard]] Result<bool> Told(Lsn asked);

 private:
  [[nodiscard]] Status FindTable();

  const config::Config& config_;
  const std::string topic_;
  postgres::Connection connection_;
  std::string schema_;
  std::string name_;
};

/// Whether a source at that position has nothing left to read of the table that it was asked for
/// before `asked`. Pure.
[[nodiscard]] bool HasTold(const SourcePosition& position, Lsn asked, const std::string& pattern,
                           const std::string& schema, const std::string& name);

}  // namespace sluice::rebuild

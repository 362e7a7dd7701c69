#pragma once

#include <string>
#include <utility>

#include "core/ports/event_encoder.h"

namespace sluice::testing {

/// Renders changes as short texts: the key as the values of its columns, a row as
/// `c <- | id=1 v=x`, markers by name.
///
/// Threads:   one call at a time.
/// Ownership: views are valid until the next call of the same method.
/// Time:      never blocks.
/// Errors:    `failed`, for the key `inexact_key`.
class FakeEventEncoder : public EventEncoder {
 public:
  std::optional<std::string_view> Key(const Table& table, Row row) override;
  std::string_view Value(RowOperation operation, const Table& table, std::optional<Row> before,
                         std::optional<Row> after, const ChangeContext& context) override;
  std::string_view Truncate(const Table& table, const ChangeContext& context) override;
  std::string_view MessageKey(std::string_view prefix) override;
  std::string_view Message(std::string_view prefix, std::string_view content,
                           const ChangeContext& context) override;
  std::string_view TransactionKey(uint32_t transaction_id, Lsn lsn) override;
  std::string_view TransactionBegin(uint32_t transaction_id, Lsn lsn, int64_t ts_ms) override;
  std::string_view TransactionEnd(uint32_t transaction_id, Lsn lsn, int64_t ts_ms,
                                  std::span<const TableCount> tables) override;
  std::string_view HeartbeatKey() override { return "heartbeat"; }
  std::string_view Heartbeat(int64_t ts_ms) override;
  std::string_view KeyHeader(const Table& table, Row row) override;
  std::optional<std::string_view> OutboxKey(const OutboxShape& shape, const Table& table,
                                            Row row) override;
  /// `route: payload name=field`; where it is to be expanded, one without a brace is as_text.
  OutboxValue OutboxEvent(const OutboxShape& shape, const Table& table, Row row,
                          std::string_view route) override;
  std::optional<std::string_view> PlainText(const Table& table, uint32_t column, Row row) override;
  /// The text as a number.
  std::optional<int64_t> MillisOf(const Table& table, uint32_t column, Row row) override;
  AlteredValues TakeAltered() override { return std::exchange(altered, {}); }

  const Failure& failure() const override { return failed; }

  AlteredValues altered;  ///< To be taken.
  std::string inexact_key;
  Failure failed;

 private:
  void Judge(const std::string& key);

  std::string key_;
  std::string value_;
  std::string header_;
  std::string plain_;
};

}  // namespace sluice::testing

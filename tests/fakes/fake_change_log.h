#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/change_source.h"
#include "core/ports/chunk_reader.h"

namespace sluice::testing {

/// In a new row: a large value that the change has not touched, and does not tell.
inline constexpr const char* kGap = "<gap>";

/// A change with memory of its own.
struct StoredChange {
  ChangeKind kind = ChangeKind::kInsert;
  const Table* table = nullptr;
  std::optional<std::vector<std::optional<std::string>>> before;
  std::optional<std::vector<std::optional<std::string>>> after;
  bool transactional = true;
  std::string prefix;
  std::string content;
};

/// A database in memory: tables of two text columns, `id` the key, and a log of transactions.
class FakeChangeLog {
 public:
  FakeChangeLog();

  /// Appends a committed transaction and applies it to rows(). One that is `hidden` stands in the
  /// log and is not yet seen by others: the database waits, say, for a standby.
  void Commit(const std::vector<StoredChange>& changes, bool hidden = false);
  /// Makes everything hidden visible.
  void Reveal();
  [[nodiscard]] StoredChange Insert(const std::string& id, const std::string& value) const;
  [[nodiscard]] StoredChange Update(const std::string& old_id, const std::string& id,
                                    const std::string& value) const;
  [[nodiscard]] StoredChange Delete(const std::string& id) const;
  [[nodiscard]] StoredChange Truncate() const;
  [[nodiscard]] static StoredChange Message(const std::string& prefix, const std::string& content);

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] const std::map<std::string, std::string>& rows() const { return rows_; }
  /// What a reader beside the stream sees, and which transactions it sees.
  [[nodiscard]] const std::map<std::string, std::string>& visible_rows() const {
    return visible_rows_;
  }
  [[nodiscard]] VisibleTransactions Visible() const;
  /// Keys that hidden transactions hold locks on.
  [[nodiscard]] bool IsLocked(const std::string& id) const;
  [[nodiscard]] Lsn end() const { return end_; }

 private:
  friend class FakeChangeSource;
  struct Transaction {
    uint32_t id = 0;
    Lsn commit;
    Lsn end;
    std::vector<std::pair<Lsn, StoredChange>> changes;
  };

  Table table_;
  std::deque<Transaction> transactions_;
  void Apply(const std::vector<StoredChange>& changes,
             std::map<std::string, std::string>& rows) const;

  std::map<std::string, std::string> rows_;
  std::map<std::string, std::string> visible_rows_;
  std::map<uint32_t, std::vector<StoredChange>> hidden_;  ///< By transaction.
  Lsn end_{1000};
  uint32_t next_id_ = 700;
};

/// Tells the changes of a FakeChangeLog from a position on, as a replication slot does.
///
/// Threads:   one call at a time.
/// Ownership: borrows the log.
/// Time:      never blocks.
/// Errors:    FailNow() makes the next call fail.
class FakeChangeSource : public ChangeSource {
 public:
  FakeChangeSource(const FakeChangeLog& log, Lsn start) : log_(log), start_(start) {}

  Progress Next(SourceChange& change) override;
  [[nodiscard]] const Failure& failure() const override { return failure_; }
  [[nodiscard]] Lsn log_end() const override { return log_.end(); }
  void Acknowledge(Lsn flushed) override { flushed_ = flushed; }
  void KeepAlive() override { ++keep_alives_; }

  void FailNow(Failure failure) { failure_ = std::move(failure); }
  /// Nothing arrives while set.
  void Stall(bool stalled) { stalled_ = stalled; }
  [[nodiscard]] Lsn flushed() const { return flushed_; }
  [[nodiscard]] uint64_t keep_alives() const { return keep_alives_; }

 private:
  void FillRow(const std::vector<std::optional<std::string>>& texts,
               std::vector<ColumnValue>& values);

  const FakeChangeLog& log_;
  Lsn start_;
  Lsn flushed_;
  size_t transaction_ = 0;
  size_t change_ = 0;  ///< 0: the begin; then one more than the change's number.
  Lsn told_;
  bool stalled_ = false;
  uint64_t keep_alives_ = 0;
  Failure failure_;
  std::vector<ColumnValue> before_;
  std::vector<ColumnValue> after_;
};

}  // namespace sluice::testing

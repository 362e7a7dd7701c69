#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "adapters/elasticsearch/document_reader.h"
#include "adapters/kafka/admin.h"
#include "adapters/postgres/connection.h"
#include "core/model/control.h"
#include "service/composition/descriptor_waiter.h"
#include "service/composition/system_clock.h"
#include "service/config/config.h"
#include "service/verify/database_rows.h"
#include "service/verify/ports.h"

namespace sluice::verify {

/// The documents behind an alias of the search cluster.
class IndexDocuments : public DocumentSide {
 public:
  IndexDocuments(elasticsearch::DocumentReader& reader, std::string index)
      : reader_(reader), index_(std::move(index)) {}

  [[nodiscard]] Result<std::vector<StoredDocument>> Get(std::span<const std::string> ids) override;
  [[nodiscard]] Status ScanIds(
      const std::function<Status(std::vector<std::string>)>& take) override {
    return reader_.ScanIds(index_, take);
  }

 private:
  elasticsearch::DocumentReader& reader_;
  const std::string index_;
};

/// How far the slot of a source and the group of `sluice index` are.
class PipelineHorizon : public Horizon {
 public:
  struct Parts {
    postgres::Connection& connection;
    const kafka::Admin& admin;
    std::string slot;
    std::string group;
    std::string topic;
    const ControlRecord& control;  ///< Of the index.
    DatabaseRows& rows;
    uint64_t version_bias;                          ///< Of our own source.
    int64_t wait_us;                                ///< For each AwaitPassed().
    int64_t window_us;                              ///< Of `sluice index`.
    std::function<void(const std::string&)> waits;  ///< Told what is waited for.
  };

  explicit PipelineHorizon(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] Status AwaitPassed(Lsn place) override;
  [[nodiscard]] Result<int64_t> NextVersion() override;

 private:
  [[nodiscard]] Status AwaitSlot(Lsn place, int64_t until_us);
  [[nodiscard]] Status AwaitGroup(int64_t until_us);

  const Parts parts_;
  service::SystemClock clock_;
  service::DescriptorWaiter waiter_;
};

/// Asks the source for rows, and deletes documents by tombstones in its topic.
///
/// A tombstone is a promise that no row is there. It is written while the table is locked against
/// writers and after it was looked at: whatever a row of that key is told by comes later into the
/// same partition (docs/adr/0005-what-verify-believes.md).
class SourceMender : public Mender {
 public:
  struct Parts {
    const config::Config& config;
    DatabaseRows& rows;
    const kafka::Admin& admin;
    std::string topic;
    VersionMode version_mode;  ///< Of the index.
    /// Of our own source, as it was recorded last; none: another feeds the topics.
    std::optional<int64_t> epoch;
  };

  explicit SourceMender(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] Status Refresh(std::span<const Key> keys) override;
  [[nodiscard]] Status Forget(std::span<const DocumentName> names) override;

 private:
  [[nodiscard]] Status CheckPartition() const;
  [[nodiscard]] Result<std::vector<std::string>> TombstoneKeys(std::span<const DocumentName> names);
  [[nodiscard]] Status Publish(const std::vector<std::string>& keys);

  const Parts parts_;
  service::SystemClock clock_;
  uint64_t signals_ = 0;
};

}  // namespace sluice::verify

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "adapters/kafka/record_publisher.h"
#include "adapters/postgres/keyed_rows.h"
#include "core/operations/change_header.h"
#include "core/operations/change_version.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/source_signal.h"
#include "service/verify/live_sides.h"

namespace sluice::verify {
namespace {

constexpr int64_t kPublishUs = 15'000'000;
constexpr std::chrono::milliseconds kLook{50};

/// Ends the lock whatever ends the work.
class TableLock {
 public:
  explicit TableLock(postgres::KeyedRows& rows) : rows_(rows) {}
  ~TableLock() { [[maybe_unused]] const Status ended = rows_.Unlock(); }
  TableLock(const TableLock&) = delete;
  TableLock& operator=(const TableLock&) = delete;

 private:
  postgres::KeyedRows& rows_;
};

}  // namespace

Status SourceMender::Refresh(std::span<const Key> keys) {
  const Table& table = parts_.rows.table();
  service::SourceSignal signal;
  signal.id = "verify-" + std::to_string(clock_.WallMs()) + "-" + std::to_string(++signals_);
  signal.type = "execute-snapshot";
  signal.tables = {service::PatternOf(table.schema, table.name)};
  signal.filter = parts_.rows.rows().Condition(parts_.rows.key_columns(), keys);
  postgres::Connection& connection = parts_.rows.rows().connection();
  if (parts_.epoch) return service::SendToCapture(signal, parts_.config, connection);
  if (!parts_.config.signal_data_collection.empty()) {
    return service::SendToSignalTable(signal, parts_.config, connection);
  }
  return Error{"topic " + parts_.topic + " is not fed by sluice capture (nothing is recorded in " +
                   parts_.config.capture_positions_topic + " for " +
                   service::PositionName(parts_.config) + "), and no signal table is set",
               "set signal.data.collection as the connector has it, or topic.prefix and slot.name "
               "as sluice capture has them"};
}

/// A tombstone in another partition than its rows would have a version that orders nothing.
Status SourceMender::CheckPartition() const {
  if (parts_.epoch) return {};  // the same encoder and partitioner as the source's
  if (parts_.version_mode == VersionMode::kHeader) {
    return Error{"nothing is recorded of the source in " + parts_.config.capture_positions_topic +
                     " for " + service::PositionName(parts_.config) +
                     ", so that a tombstone could not tell a version",
                 "set topic.prefix and slot.name as sluice capture has them"};
  }
  const auto topic = parts_.admin.DescribeTopic(parts_.topic);
  if (!topic) return topic.error();
  if (topic->partitions == 1) return {};
  return Error{
      "documents without a row are not deleted where another source than sluice capture "
      "feeds a topic of several partitions: into which of them it writes a key is not "
      "known for certain",
      "insert and delete a row of that key"};
}

Result<std::vector<std::string>> SourceMender::TombstoneKeys(std::span<const DocumentName> names) {
  std::vector<std::string> keys;
  const Table& table = parts_.rows.table();
  for (const DocumentName& name : names) {
    if (auto key = parts_.rows.renderer().TombstoneKey(table, name)) {
      keys.push_back(std::move(*key));
    }
  }
  if (keys.size() == names.size()) return keys;
  return Error{std::to_string(names.size() - keys.size()) + " documents have ids that no key of " +
                   table.schema + "." + table.name +
                   " is written as, or that do not tell the key in the database's own text, as " +
                   names.front().id,
               "delete them by hand: nothing in the log is about them"};
}

Status SourceMender::Forget(std::span<const DocumentName> names) {
  if (Status status = CheckPartition(); !status) return status;
  std::vector<DocumentName> tellable;
  std::vector<DocumentName> rest;
  for (const DocumentName& name : names) {
    (TombstoneKeys({&name, 1}) ? tellable : rest).push_back(name);
  }
  const Table& table = parts_.rows.table();
  const TableLock lock(parts_.rows.rows());
  if (Status status = parts_.rows.rows().Lock(); !status) {
    return Error{status.error().ToString(),
                 "a tombstone is only written while no row of its key can come: grant the user "
                 "UPDATE or DELETE on " +
                     table.schema + "." + table.name + ", or insert and delete a row of that key"};
  }
  std::vector<std::string> with_row;
  if (Status status = parts_.rows.FindByName(
          tellable, [&](const ShownRow& row) { with_row.push_back(row.name.id); });
      !status) {
    return status;
  }
  std::erase_if(tellable, [&](const DocumentName& name) {
    return std::find(with_row.begin(), with_row.end(), name.id) != with_row.end();
  });
  const auto keys = TombstoneKeys(tellable);
  if (!keys) return keys.error();
  if (Status status = Publish(*keys); !status) return status;
  if (rest.empty()) return {};
  return TombstoneKeys(rest).error();
}

Status SourceMender::Publish(const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  const auto place = parts_.rows.rows().LogEnd();
  if (!place) return place.error();
  auto publisher = kafka::RecordPublisher::Make(
      service::KafkaSettings(parts_.config), service::PublisherSettingsOf(parts_.config), clock_);
  if (!publisher) return publisher.error();
  std::string words;
  std::vector<HeaderView> headers;
  if (parts_.epoch) {
    // Below all that is committed from now on, and above all that was.
    const uint64_t bias = service::RelaySettingsOf(parts_.config).version_bias;
    AppendChangeHeader(words, ChangeVersion(*place, bias, kRankOfSnapshot), *parts_.epoch);
    headers.push_back({kChangeHeaderName, words});
  }
  const StreamSlot stream = (*publisher)->Open(parts_.topic);
  service::DescriptorWaiter waiter;
  waiter.Watch({(*publisher)->descriptor()});
  std::vector<PublishAck> acks;
  uint64_t answered = 0;
  size_t sent = 0;
  const int64_t until_us = clock_.NowUs() + kPublishUs;
  while (answered < keys.size()) {
    while (sent < keys.size() &&
           (*publisher)->Publish({stream, keys[sent], std::nullopt, headers, 0})) {
      ++sent;
    }
    (*publisher)->Poll(acks);
    for (const PublishAck& ack : acks) {
      if (ack.failure.verdict.disposition != Disposition::kDone) {
        return Error{"topic " + parts_.topic + ": " + ack.failure.detail, ""};
      }
      answered += ack.count;
    }
    acks.clear();
    if (answered == keys.size()) break;
    if (clock_.NowUs() >= until_us) {
      return Error{"the brokers have not acknowledged tombstones in topic " + parts_.topic + ": " +
                       (*publisher)->trouble().detail,
                   "see whether they can be reached"};
    }
    waiter.Wait(kLook);
  }
  return {};
}

}  // namespace sluice::verify

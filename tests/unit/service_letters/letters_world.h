#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/debezium/unchanged_merger.h"
#include "core/operations/index/plan_write.h"
#include "service/letters/replay.h"

namespace sluice::letters {

inline constexpr const char* kTopic = "t";

/// A topic of one partition, its index, and what is refused, all in memory.
class LettersWorld : public ReplaySides {
 public:
  struct Document {
    int64_t version = 0;
    std::string text;
  };

  LettersWorld() : LettersWorld(PipelineSettings{}) {}
  explicit LettersWorld(const PipelineSettings& settings)
      : planner{inspect::PlannerSettings{{}, settings, {}}}, mode_(settings.version_mode) {}

  /// Appends a record; `after` empty: a delete; none: a tombstone.
  int64_t Append(int id, const std::optional<std::string>& after, std::string header = "") {
    OwnedRecord record;
    record.key = "{\"id\":" + std::to_string(id) + "}";
    if (after) {
      const bool removes = after->empty();
      record.value = "{\"before\":null,\"after\":" + (removes ? "null" : *after) +
                     ",\"source\":{\"ts_ms\":1},\"op\":\"" + (removes ? "d" : "u") +
                     "\",\"ts_ms\":1}";
    }
    return Append(std::move(record), std::move(header));
  }
  int64_t AppendTruncate(std::string header = "") {
    OwnedRecord record;
    record.value = R"({"before":null,"after":null,"source":{"ts_ms":1},"op":"t","ts_ms":1})";
    return Append(std::move(record), std::move(header));
  }
  /// The dead letter of the record at that offset.
  kafka::StoredLetter LetterOf(int64_t offset, int32_t of = 1) {
    kafka::StoredLetter letter;
    letter.place = {"letters", 0};
    letter.at = Offset{static_cast<int64_t>(refused.size())};
    letter.record = *log[static_cast<size_t>(offset)];
    letter.index = kTopic;
    letter.version = planner.Plan(letter.record, static_cast<uint16_t>(of)).version;
    const std::string& key = *letter.record.key;
    letter.id = key.substr(6, key.size() - 7);
    refused.emplace(letter.record.stream, offset);
    return letter;
  }
  /// "written", "superseded: …", by id of the letter, in the order in which they were told.
  std::vector<std::string> Replay(std::vector<kafka::StoredLetter> letters, bool dry_run = false) {
    std::vector<std::string> told;
    Replayer replayer(*this, planner, merger_, {dry_run}, [&](const ReplayOutcome& outcome) {
      told.push_back(outcome.letter.id + " " + ReplayResultName(outcome.result) +
                     (outcome.why.empty() ? "" : ": " + outcome.why));
    });
    const Status status = replayer.Run(std::move(letters), refused);
    if (!status) told.push_back("error: " + status.error().ToString());
    return told;
  }

  // What the replay asks.
  Result<std::optional<History>> Look(const std::string& index) override {
    if (unknown.contains(index)) return std::optional<History>();
    History history;
    ControlRecord record;
    record.index = index;
    record.destination = {true, index + "-000001", "uuid", "", {"0:h"}, 0};
    record.group = "g";
    record.topic = kTopic;
    record.partitions = 1;
    record.incarnation = incarnation;
    record.version_mode = history.seen.version_mode = mode_;
    record.starts = {0};
    if (floor > 0) record.floors = {floor};
    history.recorded = record;
    history.seen.index = index;
    history.seen.group = "g";
    history.seen.destination = record.destination;
    history.seen.destination.operations = 1;
    history.seen.stream.topic = kTopic;
    const auto end = static_cast<int64_t>(log.size());
    history.seen.stream.partitions = {{0, end, end}};
    return std::optional(history);
  }
  Status Scan(const TopicPartition& stream, Offset from,
              const std::function<void(const OwnedRecord&)>& take) override {
    for (auto i = static_cast<size_t>(from.value); i < log.size(); ++i)
      if (log[i]) take(*log[i]);
    if (on_scanned) std::exchange(on_scanned, nullptr)();
    static_cast<void>(stream);
    return {};
  }
  Result<LookupResult> Get(const std::string&, const std::string& id) override {
    LookupResult result;
    const auto found = documents.find(id);
    if (found == documents.end()) return result;
    result.document = found->second.text;
    result.version = found->second.version;
    return result;
  }
  Result<std::optional<Divergence>> Divergent(const std::string&, const std::string& id) override {
    const auto found = divergent.find(id);
    if (found == divergent.end()) return std::optional<Divergence>();
    return std::optional<Divergence>(found->second);
  }
  elasticsearch::WriteAnswer Write(const std::string&, const DocumentWrite& write) override {
    elasticsearch::WriteAnswer answer;
    const std::string id(write.id);
    answer.doubted = doubts;
    const auto found = documents.find(id);
    if (found != documents.end() && found->second.version >= write.version) {
      answer.stored_version = found->second.version;
      answer.failure.verdict.result = found->second.version == write.version
                                          ? WriteResult::kConflictEqual
                                          : WriteResult::kConflictHigher;
      return answer;
    }
    if (write.action == WriteAction::kDelete) {
      documents.erase(id);
      ++deletes;
      return answer;
    }
    if (write.document.find("bad") != std::string::npos) {
      answer.failure = {
          {Disposition::kReject, FailureReason::kDocumentRefused, {}}, "bad_type", ""};
      return answer;
    }
    documents[id] = {write.version, std::string(write.document)};
    return answer;
  }
  Status Heal(const std::string&, const std::string& id, int64_t version) override {
    healed[id] = version;
    return {};
  }
  void AwaitWindow() override { ++windows; }

  inspect::WritePlanner planner;
  std::vector<std::optional<OwnedRecord>> log;
  std::set<std::pair<TopicPartition, int64_t>> refused;
  std::map<std::string, Document> documents;
  std::map<std::string, Divergence> divergent;
  std::map<std::string, int64_t> healed;
  std::function<void()> on_scanned;  ///< Once, when the log has been looked at.
  int32_t incarnation = 1;
  int64_t floor = 0;  ///< Stubs of deletes below it were removed.
  int deletes = 0;
  int windows = 0;
  bool doubts = false;
  std::set<std::string> unknown;  ///< Indices of which nobody knows.

 private:
  int64_t Append(OwnedRecord record, std::string header) {
    record.stream = {kTopic, 0};
    record.offset = Offset{static_cast<int64_t>(log.size())};
    if (!header.empty()) record.headers = {{"sluice", std::move(header)}};
    log.push_back(record);
    return record.offset.value;
  }

  const VersionMode mode_;
  debezium::UnchangedMerger merger_;
};

}  // namespace sluice::letters

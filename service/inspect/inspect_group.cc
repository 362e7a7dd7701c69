#include "service/inspect/inspect_group.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/group_consumer.h"
#include "core/operations/group/commit_note.h"
#include "service/inspect/group_reader.h"
#include "service/inspect/record_teller.h"
#include "service/inspect/render.h"

namespace sluice::inspect {
namespace {

constexpr std::chrono::seconds kAnswerLongest{10};
constexpr int kWaitLongestMs = 200;
constexpr int64_t kStopLongestUs = 10'000'000;

/// What `sluice index` has committed it alone may go on from: records that are printed here would
/// be missing in its index.
Status CheckGroup(const GroupOptions& options) {
  Result<kafka::Admin> admin = kafka::Admin::Open(options.inspect.kafka, kAnswerLongest);
  if (!admin) return admin.error();
  const std::string& group = options.consumer.group_id;
  const auto committed = admin->Committed(group);
  if (!committed) {
    return Error{"brokers " + options.inspect.kafka.brokers + ": " + committed.error().ToString(),
                 ""};
  }
  const bool indexes = std::any_of(committed->begin(), committed->end(), [](const auto& entry) {
    return IsCommitNote(entry.second.note);
  });
  if (!indexes) return {};
  return Error{"group " + group +
                   " is one of sluice index or sluice deliver: what is read here would be "
                   "missing there",
               "give --group another name"};
}

kafka::ConsumerSettings ConsumerOf(const GroupOptions& options) {
  kafka::ConsumerSettings consumer = options.consumer;
  const bool is_regex = options.inspect.is_regex;
  consumer.topics = is_regex ? std::vector<std::string>() : options.inspect.topics;
  consumer.topics_regex = is_regex ? JoinTopics(options.inspect) : "";
  return consumer;
}

void Wait(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  poll(&one, 1, kWaitLongestMs);
}

/// Until the group was left, or that has taken too long: then the brokers notice its silence.
void LeaveGroup(GroupReader& reader, const Clock& clock, int descriptor) {
  const int64_t until_us = clock.NowUs() + kStopLongestUs;
  reader.Stop();
  while (!reader.closed() && clock.NowUs() < until_us) {
    if (!reader.Turn()) Wait(descriptor);
  }
}

InspectEnd EndOf(const GroupReader& reader, std::ostream& err) {
  if (!reader.failure()) return InspectEnd::kDone;
  err << "sluice inspect: " << reader.failure()->detail << "\n";
  return reader.failure()->verdict.reason == FailureReason::kGroupTaken ? InspectEnd::kRefused
                                                                        : InspectEnd::kFailed;
}

}  // namespace

InspectEnd RunInspectGroup(const GroupOptions& options, Clock& clock,
                           const std::function<bool()>& go_on, std::ostream& out,
                           std::ostream& err) {
  const auto fail = [&err](const std::string& text) {
    err << "sluice inspect: " << text << "\n";
    return InspectEnd::kFailed;
  };
  if (!options.inspect.is_regex) {
    if (Status status = CheckTopics(options.inspect); !status)
      return fail(status.error().ToString());
  }
  if (Status status = CheckGroup(options); !status) return fail(status.error().ToString());
  auto consumer = kafka::GroupConsumer::Open(options.inspect.kafka, ConsumerOf(options), clock,
                                             WarningsTo(err));
  if (!consumer) return fail(consumer.error().ToString());
  std::unique_ptr<SoleSource> sole;
  if (IsSole(options.consumer.mode))
    sole = std::make_unique<SoleSource>(**consumer, clock, options.sole);
  RecordSource& source = sole ? static_cast<RecordSource&>(*sole) : **consumer;

  RecordTeller teller({options.inspect.planner, options.inspect.json, options.inspect.seen}, out);
  uint64_t told = 0;
  const auto take = [&](const OwnedRecord& record) {
    teller.Tell(record);
    return ++told < options.inspect.records_max && out.good();
  };
  GroupReader reader(source, clock, take, err);
  while (go_on() && reader.wants_more()) {
    const bool any = reader.Turn();
    teller.TellNewlySeen();
    out.flush();
    if (!any && reader.wants_more()) Wait((*consumer)->descriptor());
  }
  LeaveGroup(reader, clock, (*consumer)->descriptor());
  teller.TellSeen();
  out.flush();
  return EndOf(reader, err);
}

}  // namespace sluice::inspect

#include "core/operations/outbox/outbox_writer.h"

#include <utility>

#include "core/model/change_event.h"
#include "core/model/lsn_text.h"

namespace sluice {
namespace {

constexpr size_t kShownBytesMax = 100;
/// Many texts may mean one stream, so that these are not bounded by the number of streams.
constexpr size_t kRoutesMax = 4'096;

Failure Halt(std::string text) {
  return {{Disposition::kHalt, FailureReason::kDatabaseUnsuitable, WriteResult::kCreated},
          "",
          std::move(text)};
}

std::string PlaceOf(const SourceChange& change) {
  return "outbox " + change.table->schema + "." + change.table->name + ", the row at " +
         LsnText(change.lsn);
}

/// For people: not longer than it takes, and without what moves a terminal's cursor.
std::string Shown(std::string_view text) {
  std::string shown = "\"";
  for (const char byte : text.substr(0, kShownBytesMax)) {
    const auto code = static_cast<unsigned char>(byte);
    shown += code < 0x20 || code == 0x7f ? '?' : byte;
  }
  return shown + (text.size() > kShownBytesMax ? "…\"" : "\"");
}

}  // namespace

OutboxWriter::OutboxWriter(OutboxSettings settings, EventEncoder& encoder,
                           EventPublisher& publisher)
    : settings_(std::move(settings)),
      encoder_(encoder),
      publisher_(publisher),
      streams_(settings_.reserved, settings_.streams_max) {}

bool OutboxWriter::IsOutbox(const Table& table) const {
  return settings_.is_outbox && settings_.is_outbox(table);
}

Result<OutboxPlan> OutboxWriter::Plan(const Table& table) const {
  return PlanOutbox(table, settings_);
}

bool OutboxWriter::RetellsRekeyed(const Table& table) const {
  return settings_.retells_rekeyed && settings_.retells_rekeyed(table);
}

OutboxWriter::Answer OutboxWriter::Fill(const OutboxPlan& plan, const SourceChange& change,
                                        const StreamOwners& owners, OutgoingEvent& event,
                                        std::vector<HeaderView>& headers) {
  const Table& table = *change.table;
  const Row row = *change.after;
  Answer answer;
  if (!FindStream(plan, change, owners, answer)) return answer;
  if (plan.partition && !FindPartition(*plan.partition, change, event, answer)) return answer;
  if (plan.timestamp && !FindTime(*plan.timestamp, change, event, answer)) return answer;
  event.stream = stream_->slot;
  event.key = encoder_.OutboxKey(plan.shape, table, row);
  if (settings_.tombstones_on_empty && IsEmptyPayload(row[plan.shape.payload])) {
    event.value.reset();
    answer.fate = OutboxFate::kTombstone;
  } else {
    const OutboxValue value = encoder_.OutboxEvent(plan.shape, table, row, route_);
    event.value = value.bytes;
    if (value.as_text) answer.fate = OutboxFate::kAsText;
  }
  AddHeaders(plan, change, headers);
  return answer;
}

bool OutboxWriter::FindStream(const OutboxPlan& plan, const SourceChange& change,
                              const StreamOwners& owners, Answer& answer) {
  const auto text = encoder_.PlainText(*change.table, plan.route, *change.after);
  if (!text) {
    answer = Unroutable(change, settings_.route_column + " is null, and names no topic");
    return false;
  }
  route_ = *text;
  if (const auto known = by_route_.find(route_); known != by_route_.end()) {
    stream_ = known->second;
    return true;
  }
  name_ = settings_.stream_of ? settings_.stream_of(route_) : route_;
  const std::string fault = streams_.Admit(name_, owners);
  if (!fault.empty()) {
    answer = Unroutable(change, settings_.route_column + " is " + Shown(route_) +
                                    " and gives the topic " + Shown(name_) + ", " + fault);
    return false;
  }
  stream_ = &by_name_.emplace(name_, Stream{publisher_.Open(name_)}).first->second;
  if (by_route_.size() == kRoutesMax) by_route_.clear();
  by_route_.emplace(route_, stream_);
  return true;
}

bool OutboxWriter::FindPartition(uint32_t column, const SourceChange& change, OutgoingEvent& event,
                                 Answer& answer) {
  const ColumnValue& value = (*change.after)[column];
  if (value.kind == ColumnValue::Kind::kNull) return true;
  const std::string& name = change.table->columns[column].name;
  const auto partition = PartitionOf(value.text);
  if (!partition) {
    answer = Unroutable(change, name + " is no partition's number");
    return false;
  }
  // There may be more than when it was last asked.
  if (*partition >= stream_->partitions) {
    const uint32_t partitions = publisher_.CountPartitions(stream_->slot);
    if (partitions == 0) {
      answer.kind = Answer::Kind::kWait;
      return false;
    }
    stream_->partitions = partitions;
  }
  if (*partition >= stream_->partitions) {
    answer = Unroutable(change, name + " is " + std::to_string(*partition) + ", and the topic of " +
                                    Shown(route_) + " has " + std::to_string(stream_->partitions) +
                                    " partitions");
    return false;
  }
  event.partition = partition;
  return true;
}

bool OutboxWriter::FindTime(uint32_t column, const SourceChange& change, OutgoingEvent& event,
                            Answer& answer) {
  if ((*change.after)[column].kind == ColumnValue::Kind::kNull) return true;
  event.timestamp_ms = encoder_.MillisOf(*change.table, column, *change.after);
  if (event.timestamp_ms && *event.timestamp_ms > 0) return true;
  answer =
      Unroutable(change, change.table->columns[column].name +
                             " is no time that a record can have: after 1970-01-01, and finite");
  return false;
}

void OutboxWriter::AddHeaders(const OutboxPlan& plan, const SourceChange& change,
                              std::vector<HeaderView>& headers) {
  header_texts_.resize(plan.headers.size() + 1);
  for (size_t i = 0; i < header_texts_.size(); ++i) {
    const uint32_t place = i == 0 ? plan.id : plan.headers[i - 1].place;
    const auto text = encoder_.PlainText(*change.table, place, *change.after);
    header_texts_[i] = text ? std::optional<std::string>(*text) : std::nullopt;
    headers.push_back(
        {i == 0 ? kEventIdHeader : std::string_view(plan.headers[i - 1].name), header_texts_[i]});
  }
}

OutboxWriter::Answer OutboxWriter::Unroutable(const SourceChange& change, const std::string& what) {
  failure_ = Halt(PlaceOf(change) + ": " + what +
                  "; it stands in the log, and deleting it there is no cure. Give it a topic by "
                  "outbox.route.topic.regex and outbox.route.topic.replacement, or set "
                  "outbox.route.unroutable to envelope, which tells such rows in the topic of "
                  "their table");
  return {Answer::Kind::kUnroutable, OutboxFate::kUnroutable};
}

Failure OutboxWriter::UpdateFailure(const SourceChange& change) const {
  return Halt(PlaceOf(change) +
              " was changed, and rows of an outbox are only to be inserted and deleted; with "
              "outbox.table.op.invalid.behavior warn or error such changes are passed over");
}

}  // namespace sluice

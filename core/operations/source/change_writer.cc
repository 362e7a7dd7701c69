#include "core/operations/source/change_writer.h"

#include <algorithm>
#include <utility>

#include "core/operations/change_header.h"
#include "core/operations/change_version.h"

namespace sluice {
namespace {

constexpr std::string_view kNewKeyHeader = "__debezium.newkey";
constexpr std::string_view kOldKeyHeader = "__debezium.oldkey";

Failure Halt(FailureReason reason, std::string text) {
  return {{Disposition::kHalt, reason, WriteResult::kCreated}, "", std::move(text)};
}

Failure TakenByEvents(const Table& table, const std::string& stream) {
  return Halt(FailureReason::kDatabaseUnsuitable,
              "the table \"" + table.schema + "\".\"" + table.name +
                  "\" would write to the topic " + stream +
                  ", which takes events of an outbox; give it another topic by topic.routing.regex "
                  "and topic.routing.replacement, or the events by outbox.route.topic.replacement");
}

}  // namespace

bool ChangeWriter::Write(const RecordPlan& plan, const SourceChange& change,
                         const ChangeContext& context, int64_t version, uint64_t token,
                         std::optional<uint32_t> partition) {
  const Table& table = *change.table;
  const Route& route = RouteOf(table);
  if (route.clash.verdict.disposition != Disposition::kDone) {
    failure_ = route.clash;
    return false;
  }
  OutgoingEvent event;
  event.stream = route.stream;
  event.token = token;
  event.partition = partition;

  headers_.clear();
  AddLink(plan, change);
  if (route.fixed_headers) {
    for (const FixedHeader& header : settings_.fixed_headers) {
      headers_.push_back({header.name, header.value});
    }
  }
  std::optional<OutboxFate> fate;
  if (route.outbox && !FillEvent(route, change, event, fate)) return false;
  if (fate == OutboxFate::kUnroutable) event.stream = publisher_.Open(names_.Of(table));
  const bool as_row = !fate || *fate == OutboxFate::kUnroutable;
  if (as_row && !FillRow(plan, change, context, event)) return false;
  AddOwnHeader(table, plan.shows_after ? &*change.after : nullptr, version);
  event.headers = headers_;
  if (!publisher_.Publish(event)) return false;
  if (fate) ++stats_[route.stats].events[static_cast<size_t>(*fate)];
  return true;
}

bool ChangeWriter::FillEvent(const Route& route, const SourceChange& change, OutgoingEvent& event,
                             std::optional<OutboxFate>& fate) {
  OutgoingEvent made = event;
  const OutboxWriter::Answer answer = outbox_.Fill(route.plan, change, owners_, made, headers_);
  switch (answer.kind) {
    case OutboxWriter::Answer::Kind::kFilled: event = made; break;
    case OutboxWriter::Answer::Kind::kWait: return false;
    case OutboxWriter::Answer::Kind::kUnroutable:
      if (!outbox_.settings().halts_on_unroutable) break;
      failure_ = outbox_.failure();
      return false;
  }
  fate = answer.fate;
  return true;
}

bool ChangeWriter::FillRow(const RecordPlan& plan, const SourceChange& change,
                           const ChangeContext& context, OutgoingEvent& event) {
  const Table& table = *change.table;
  const bool of_before = plan.key_of == RecordPlan::KeyOf::kBefore;
  if (plan.key_of != RecordPlan::KeyOf::kNone) {
    event.key = encoder_.Key(table, of_before ? *change.before : *change.after);
  }
  if (encoder_.failure().verdict.disposition != Disposition::kDone) [[unlikely]] {
    failure_ = encoder_.failure();
    return false;
  }
  switch (plan.kind) {
    case RecordPlan::Kind::kRow:
      event.value =
          encoder_.Value(plan.operation, table, plan.shows_before ? change.before : std::nullopt,
                         plan.shows_after ? change.after : std::nullopt, context);
      break;
    case RecordPlan::Kind::kTruncate: event.value = encoder_.Truncate(table, context); break;
    case RecordPlan::Kind::kTombstone: break;
  }
  return true;
}

bool ChangeWriter::Keeps(const RecordPlan& plan, const SourceChange& change) {
  const Route& route = RouteOf(*change.table);
  if (!route.outbox) return true;
  auto& events = stats_[route.stats].events;
  switch (DecideOutbox(plan, change.kind, route.retold)) {
    case OutboxAction::kRoute: return true;
    case OutboxAction::kPart: break;
    case OutboxAction::kDelete: ++events[static_cast<size_t>(OutboxFate::kDeleted)]; break;
    case OutboxAction::kUpdate:
      if (outbox_.settings().halts_on_update) {
        failure_ = outbox_.UpdateFailure(change);
      } else {
        ++events[static_cast<size_t>(OutboxFate::kUpdated)];
      }
      break;
  }
  return false;
}

uint64_t ChangeWriter::KeyHash(const Table& table, Row row) {
  const Route& route = RouteOf(table);
  if (route.outbox) {
    const uint32_t key = route.plan.shape.key;
    return StableEventHash(key < row.size() ? row[key] : ColumnValue{});
  }
  return StableKeyHash(route.hash, table, row);
}

uint32_t ChangeWriter::PlacesOfTruncate(const Table& table) {
  if (settings_.tells_truncates_once && settings_.tells_truncates_once(table)) return 1;
  return publisher_.CountPartitions(RouteOf(table).stream);
}

void ChangeWriter::AddLink(const RecordPlan& plan, const SourceChange& change) {
  switch (plan.link) {
    case RecordPlan::Link::kNone: return;
    case RecordPlan::Link::kNewKey:
      link_ = encoder_.KeyHeader(*change.table, *change.after);
      headers_.push_back({kNewKeyHeader, link_});
      return;
    case RecordPlan::Link::kOldKey:
      link_ = encoder_.KeyHeader(*change.table, *change.before);
      headers_.push_back({kOldKeyHeader, link_});
      return;
  }
}

void ChangeWriter::AddOwnHeader(const Table& table, const Row* row, int64_t version) {
  own_header_.clear();
  AppendChangeHeader(own_header_, version, settings_.epoch);
  if (row != nullptr) {
    bool first = true;
    for (size_t i = 0; i < row->size(); ++i) {
      if (!(*row)[i].unchanged()) continue;
      AppendUnchangedColumn(own_header_, table.columns[i].name, first);
      first = false;
    }
  }
  headers_.push_back({kChangeHeaderName, own_header_});
}

TableStats& ChangeWriter::StatsOf(const Table& table) {
  return stats_[RouteOf(table).stats];
}

const ChangeWriter::Route& ChangeWriter::RouteOf(const Table& table) {
  if (table.number < routes_.size() && routes_[table.number].open) return routes_[table.number];
  if (table.number >= routes_.size()) routes_.resize(table.number + 1);
  Route& route = routes_[table.number];
  const std::string stream = names_.Of(table);
  route.open = true;
  route.clash = owners_.Claim({table.id, table.schema, table.name}, stream);
  if (outbox_.streams().Takes(stream)) {
    route.clash = TakenByEvents(table, stream);
  } else if (outbox_.IsOutbox(table)) {
    OpenOutbox(table, route);
  }
  // An outbox's own stream is made when a row has to be told there.
  if (!route.outbox) route.stream = publisher_.Open(stream);
  // By the table's own name: a changed routing must not change ranks.
  route.hash = StableHash(table.schema, StableHash(table.name, 0));
  route.fixed_headers = settings_.has_fixed_headers && settings_.has_fixed_headers(table);
  const auto known = std::find_if(stats_.begin(), stats_.end(), [&](const TableStats& stats) {
    return stats.schema == table.schema && stats.name == table.name;
  });
  route.stats = static_cast<size_t>(known - stats_.begin());
  if (known == stats_.end()) stats_.push_back({table.schema, table.name, {}, {}});
  stats_[route.stats].outbox = route.outbox;
  return route;
}

void ChangeWriter::OpenOutbox(const Table& table, Route& route) {
  route.outbox = true;
  route.retold = outbox_.RetellsRekeyed(table);
  Result<OutboxPlan> plan = outbox_.Plan(table);
  if (plan) {
    route.plan = std::move(*plan);
  } else {
    route.clash = Halt(FailureReason::kDatabaseUnsuitable, plan.error().ToString());
  }
}

}  // namespace sluice

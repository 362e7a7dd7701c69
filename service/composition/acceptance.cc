#include "service/composition/acceptance.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/kafka/compacted_topic.h"
#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/sql_text.h"
#include "adapters/postgres/table_shape.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_look.h"
#include "service/composition/capture_settings.h"
#include "service/composition/capture_topics.h"
#include "service/composition/descriptor_waiter.h"
#include "service/composition/outbox_settings.h"
#include "service/composition/position_record.h"
#include "service/composition/recorded.h"
#include "service/composition/system_clock.h"
#include "service/text/nearest.h"

namespace sluice::service {
namespace {

constexpr std::chrono::milliseconds kBrokerTimeout{15'000};
/// How often, and after which pause, a source that has just ended is looked for again: 5 s.
constexpr int kEndingTries = 25;
constexpr std::chrono::milliseconds kEndingPause{200};

Error NotCaptured(const std::string& name, const postgres::TableList& tables) {
  std::vector<std::string> names;
  for (const postgres::CatalogueTable* table : tables) names.push_back(postgres::FullName(*table));
  const std::vector<std::string_view> words(names.begin(), names.end());
  const std::string nearest(NearestWord(name, words));
  return {name + " is not a captured table" +
              (nearest.empty() ? "" : "; did you mean " + nearest + "?"),
          "tables are named schema.table, partitions as publish.via.partition.root has them told; "
          "table.include.list and table.exclude.list say what is captured"};
}

Error NotPublished(const postgres::PublicationSettings& publication,
                   const postgres::CatalogueTable& table) {
  return {"the publication " + publication.name + " does not have " + postgres::FullName(table),
          "ALTER PUBLICATION " + postgres::QuoteName(publication.name) + " ADD TABLE " +
              postgres::QuoteName(table.schema, table.name) + ", and accept it then"};
}

/// Records how the publication has it under each name by which it is known.
void AcceptOne(const postgres::CatalogueTable& table, const postgres::Membership& now,
               Acceptance& acceptance) {
  bool changes = false;
  for (auto& [name, entry] : acceptance.tables) {
    if (entry.id != table.id || entry.had == now) continue;
    entry.had = now;
    changes = true;
  }
  (changes ? acceptance.accepted : acceptance.unchanged).push_back(postgres::FullName(table));
}

/// Whether rows of a table are events, whose topics no table tells.
Result<bool> HasOutbox(const config::Config& config, const postgres::TableList& tables) {
  const auto is_outbox = IsOutboxOf(config);
  if (!is_outbox) return is_outbox.error();
  return std::any_of(tables.begin(), tables.end(), [&](const postgres::CatalogueTable* table) {
    return (*is_outbox)(postgres::NamedTable(*table));
  });
}

/// The topics that were recorded, without those of `wanted` that have lost their records, which
/// are told in `accepted`. No `wanted`: all.
Result<kafka::TopicIds> AcceptTopics(const config::Config& config,
                                     const postgres::TableList& tables,
                                     const std::vector<std::string>& wanted,
                                     std::vector<std::string>& accepted) {
  const auto names = StreamNamesOf(config);
  if (!names) return names.error();
  auto recorded = RecordedTopics(config);
  if (!recorded) return recorded.error();
  if (!*recorded) return kafka::TopicIds();
  postgres::TableList chosen;
  for (const postgres::CatalogueTable* table : tables) {
    const std::string name = postgres::FullName(*table);
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) {
      chosen.push_back(table);
    }
  }
  std::vector<std::string> asked = TopicsOf(config, chosen, *names);
  const auto outboxes = HasOutbox(config, chosen);
  if (!outboxes) return outboxes.error();
  if (*outboxes) {
    const auto routed = OtherTopics(**recorded, TopicsOf(config, tables, *names));
    asked.insert(asked.end(), routed.begin(), routed.end());
  }
  const auto lost = FindLostTopics(KafkaSettings(config), **recorded, asked);
  if (!lost) return lost.error();
  for (const auto& [topic, sentence] : *lost) {
    (*recorded)->erase(topic);  // the next start makes it, or takes it as it is
    accepted.push_back(topic);
  }
  return std::move(**recorded);
}

Status StoreRecorded(const config::Config& config, const Acceptance& acceptance,
                     const kafka::TopicIds& topics) {
  auto topic = kafka::CompactedTopic::Open(KafkaSettings(config), config.capture_positions_topic,
                                           kBrokerTimeout);
  if (!topic) return topic.error();
  SystemClock clock;
  PositionRecord record(std::move(*topic), PositionName(config), clock);
  Failure failure = record.StoreTablesAndWait(acceptance.tables);
  if (failure.verdict.disposition == Disposition::kDone && !acceptance.topics.empty()) {
    failure = record.StoreTopicsAndWait(topics);
  }
  if (failure.verdict.disposition == Disposition::kDone) return {};
  return Error{failure.detail, ""};
}

/// Keeps a source from starting as long as `connection` stands. One that has just ended is waited
/// for: the server takes a moment until it notices.
Status KeepSourceOut(postgres::Connection& connection, const std::string& slot_name) {
  DescriptorWaiter waiter;
  for (int left = kEndingTries; true; --left) {
    const auto locked = TakeCaptureLock(connection, slot_name);
    if (!locked) return locked.error();
    const auto slot = postgres::DescribeSlot(connection, slot_name);
    if (!slot) return slot.error();
    if (*locked && !(*slot && (*slot)->active)) return {};
    if (left == 0) break;
    waiter.Wait(kEndingPause);
  }
  return Error{"a source works with slot " + slot_name + " now",
               "stop it: what it knows of its tables would be recorded over what is accepted"};
}

}  // namespace

Acceptance AcceptTables(const std::vector<std::string>& wanted,
                        const postgres::PublicationSettings& publication,
                        const postgres::TableList& tables, const postgres::Coverage& coverage,
                        const postgres::KnownTables& known) {
  Acceptance acceptance;
  acceptance.tables = known;
  const postgres::TableList away = postgres::TablesAway(tables, coverage, known);
  if (!coverage.publication && !away.empty()) {
    acceptance.problems.push_back(
        {postgres::LostTables(publication, coverage, known, away).detail, ""});
    return acceptance;
  }
  const Failure unfit = postgres::UnfitPublication(publication, coverage);
  if (unfit.verdict.disposition != Disposition::kDone) {
    acceptance.problems.push_back({unfit.detail, ""});
    return acceptance;
  }
  postgres::TableList chosen = wanted.empty() ? away : postgres::TableList();
  for (const std::string& name : wanted) {
    const auto it = std::find_if(tables.begin(), tables.end(),
                                 [&](const auto* t) { return postgres::FullName(*t) == name; });
    if (it == tables.end()) {
      acceptance.problems.push_back(NotCaptured(name, tables));
    } else if (std::find(chosen.begin(), chosen.end(), *it) == chosen.end()) {
      chosen.push_back(*it);
    }
  }
  for (const postgres::CatalogueTable* table : chosen) {
    if (const auto now = coverage.Of(table->id)) {
      AcceptOne(*table, *now, acceptance);
    } else {
      acceptance.problems.push_back(NotPublished(publication, *table));
    }
  }
  return acceptance;
}

Result<Acceptance> AcceptRecorded(const config::Config& config,
                                  const std::vector<std::string>& wanted, bool dry_run) {
  const auto filter = postgres::TableFilter::Make(FilterSettingsOf(config));
  if (!filter) return filter.error();
  const postgres::PublicationSettings publication = PublicationSettingsOf(config);
  postgres::Connection connection;
  if (Status status = connection.Open(DatabaseSettings(config), postgres::Connection::Kind::kPlain);
      !status) {
    return status.error();
  }
  if (Status status = KeepSourceOut(connection, config.slot_name); !status) return status.error();
  const auto known = RecordedTables(config);
  if (!known) return known.error();
  if (!*known) {
    return Error{"no tables are recorded in " + config.capture_positions_topic + " for " +
                     PositionName(config),
                 "a start has nothing to compare with and halts for none; see `sluice capture "
                 "status`"};
  }
  const auto all = postgres::Catalogue(connection).ReadTables();
  if (!all) return all.error();
  const postgres::TableList tables =
      postgres::CapturedTables(*all, *filter, publication.via_partition_root);
  const auto coverage = postgres::ReadCoverage(connection, publication.name, tables);
  if (!coverage) return coverage.error();
  Acceptance acceptance = AcceptTables(wanted, publication, tables, *coverage, **known);
  const auto topics = AcceptTopics(config, tables, wanted, acceptance.topics);
  if (!topics) return topics.error();
  const bool any = !acceptance.accepted.empty() || !acceptance.topics.empty();
  if (dry_run || !acceptance.problems.empty() || !any) return acceptance;
  if (Status status = StoreRecorded(config, acceptance, *topics); !status) return status.error();
  return acceptance;
}

}  // namespace sluice::service

#include <array>
#include <iterator>

#include "service/config/option_table.h"

namespace sluice::config {
namespace {

constexpr std::array<Section, 31> kSections = {{
    {"kafka", "kafka", "The log, and the consumer group that shares it."},
    {"event", "event", "How records are understood."},
    {"version", "version", "Where the versions of documents come from."},
    {"truncate", "truncate", "What a TRUNCATE of a table does."},
    {"elasticsearch", "elasticsearch", "The search cluster: Elasticsearch or OpenSearch."},
    {"index", "index", "The indices that are written, and how they are created when missing."},
    {"control", "control", "What is remembered of the history of each index."},
    {"divergent", "divergent", "Ids whose documents may lack a value or a change."},
    {"bulk", "bulk", "The size, the age and the number of bulk requests."},
    {"pipeline", "pipeline", "Workers and their limits."},
    {"memory", "memory", "The sum of all limits."},
    {"retry", "retry", "Waiting before something is tried again."},
    {"commit", "commit", "Acknowledging to the consumer group."},
    {"delivery", "delivery", "What late copies of writes could do, and for how long."},
    {"dead_letters", "dead_letters", "Where records go that cannot be applied."},
    {"shutdown", "shutdown", "Stopping."},
    {"on_halt", "on_halt", "When going on could lose data."},
    {"http", "http", "Metrics, health and status for machines and people."},
    {"log", "log", "The log on standard error."},
    {"database", "database", "The PostgreSQL database whose changes are captured."},
    {"replication", "plugin slot publication publish status heartbeat retriable",
     "How the database hands out its changes, and how far it may forget them."},
    {"tables", "schema table column message",
     "Which tables and columns are captured. Names are matched whole by regular expressions as "
     "Java "
     "has them, letters of either case being equal (beyond ASCII too). PCRE2 does the matching; "
     "what it understands otherwise than Java is refused: `&&` and classes within classes, of "
     "`\\p{…}` all but general categories such as `\\p{L}`, flags other than i, m and s."},
    {"snapshot", "snapshot incremental signal", "Rows that exist before their changes are read."},
    {"topic", "topic", "The topics that are written."},
    {"events", "key value tombstones skipped provide compat", "What records are made of."},
    {"outbox", "outbox",
     "Tables whose new rows are events, which go to topics of their own, as Debezium's outbox "
     "event "
     "router has it (docs/OUTBOX.md). The names behind outbox. are the router's."},
    {"values", "decimal time interval binary hstore money unavailable include",
     "How the values of columns are written."},
    {"producer", "producer", "How records reach the brokers."},
    {"capture", "capture", "What the source keeps and watches."},
    {"changelog", "changelog",
     "Changes of rows, one row of its own for each field that a change touched, in a file, or in a "
     "topic that is indexed as documents (docs/CHANGELOG-ROWS.md). Without changelog.fields there "
     "is "
     "none. It understands records as event.* says, and its dead letters are those of "
     "dead_letters.*."},
    {"deliver", "deliver",
     "Records that are sent to their destinations' HTTP servers (docs/DELIVERIES.md)."},
}};

}  // namespace

const std::vector<Option>& Options() {
  static const std::vector<Option> table = [] {
    std::vector<Option> options = IndexOptions();
    for (std::vector<Option> (*const part)() : {SourceOptions, EventOptions, OutboxOptions}) {
      for (Option& option : part()) {
        option.sides = Sides::kCapture;
        options.push_back(std::move(option));
      }
    }
    for (Option& option : ChangelogOptions()) {
      option.sides = Sides::kChangelog;
      options.push_back(std::move(option));
    }
    for (Option& option : DeliverOptions()) {
      option.sides = Sides::kDeliver;
      options.push_back(std::move(option));
    }
    return options;
  }();
  return table;
}

std::span<const Section> Sections() {
  return kSections;
}

}  // namespace sluice::config

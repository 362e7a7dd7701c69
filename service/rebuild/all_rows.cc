#include "service/rebuild/all_rows.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/lsn_text.h"
#include "core/operations/source/stream_names.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/recorded.h"
#include "service/composition/source_signal.h"
#include "service/composition/system_clock.h"

namespace sluice::rebuild {

bool HasTold(const SourcePosition& position, Lsn asked, const std::string& pattern,
             const std::string& schema, const std::string& name) {
  if (position.flushed < asked) return false;
  const IncrementalProgress& left = position.incremental;
  const bool wanted =
      std::any_of(left.wanted.begin(), left.wanted.end(),
                  [&](const SnapshotTarget& target) { return target.pattern == pattern; });
  const bool reading = std::any_of(left.tables.begin(), left.tables.end(),
                                   [&](const IncrementalProgress::Entry& entry) {
                                     return entry.schema == schema && entry.name == name;
                                   });
  return !wanted && !reading;
}

Result<bool> AllRows::Answers() const {
  const auto position = service::RecordedPosition(config_);
  if (!position) return position.error();
  return position->has_value();
}

Status AllRows::FindTable() {
  if (!name_.empty()) return {};
  auto filter = postgres::TableFilter::Make(service::FilterSettingsOf(config_));
  if (!filter) return filter.error();
  const auto names = service::StreamNamesOf(config_);
  if (!names) return names.error();
  if (Status opened =
          connection_.Open(service::DatabaseSettings(config_), postgres::Connection::Kind::kPlain);
      !opened)
    return opened;
  postgres::Catalogue catalogue(connection_);
  const auto tables = catalogue.ReadTables();
  if (!tables) return tables.error();
  for (const postgres::CatalogueTable* table :
       postgres::CapturedTables(*tables, *filter, config_.publish_via_partition_root)) {
    if (names->Of(postgres::NamedTable(*table)) != topic_) continue;
    schema_ = table->schema;
    name_ = table->name;
    return {};
  }
  return Error{"no captured table of the database is told to topic " + topic_,
               "see table.include.list, topic.prefix and database.dbname"};
}

Result<Lsn> AllRows::Ask() {
  if (Status found = FindTable(); !found) return found.error();
  service::SourceSignal signal;
  signal.id = "rebuild-" + std::to_string(service::SystemClock().WallMs());
  signal.type = "execute-snapshot";
  signal.tables = {service::PatternOf(schema_, name_)};
  if (Status sent = service::SendToCapture(signal, config_, connection_); !sent)
    return sent.error();
  const auto place = connection_.Query("SELECT pg_catalog.pg_current_wal_insert_lsn()",
                                       "asking for the end of the log");
  if (!place) return place.error();
  const auto lsn = ParseLsn(place->Text(0, 0));
  if (!lsn) return Error{"the end of the database's log is not understood", ""};
  return *lsn;
}

Result<bool> AllRows::Told(Lsn asked) {
  if (Status found = FindTable(); !found) return found.error();
  const auto position = service::RecordedPosition(config_);
  if (!position) return position.error();
  if (!*position) return false;
  return HasTold(**position, asked, service::PatternOf(schema_, name_), schema_, name_);
}

}  // namespace sluice::rebuild

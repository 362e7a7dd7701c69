#include "service/verify/run_verify.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/elasticsearch/control_client.h"
#include "adapters/elasticsearch/index_names.h"
#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/table_shape.h"
#include "core/operations/source/stream_names.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/outbox_settings.h"
#include "service/composition/recorded.h"
#include "service/telemetry/progress_bar.h"
#include "service/verify/live_sides.h"
#include "service/verify/table_verifier.h"
#include "service/verify/wait_text.h"

namespace sluice::verify {
namespace {

using postgres::CatalogueTable;

constexpr std::chrono::seconds kBrokerLongest{10};
constexpr std::chrono::seconds kSearchLongest{10};
constexpr int64_t kShownEachUs = 100'000;

std::string NameOf(const CatalogueTable& table) {
  return table.schema + "." + table.name;
}

/// What all tables share.
class Verification {
 public:
  Verification(const config::Config& config, const VerifyOptions& options)
      : config_(config),
        options_(options),
        database_(service::DatabaseSettings(config)),
        kafka_(service::KafkaSettings(config)),
        reader_(service::SearchSettings(config), clock_),
        controls_(service::SearchSettings(config), clock_, kSearchLongest),
        bar_(clock_.NowUs()) {}

  Status Open(const std::string& version);
  /// The tables that were asked for, each with its report begun.
  [[nodiscard]] Result<std::vector<TableReport>> Tables();
  void Compare(TableReport& report);

 private:
  [[nodiscard]] Status CheckSlot();
  [[nodiscard]] Status ReadEpoch();
  [[nodiscard]] Status CompareTable(TableReport& report);
  [[nodiscard]] Status Work(TableVerifier& verifier, const SourceMender::Parts& parts);
  void Show(const TableResult& result);

  const config::Config& config_;
  const VerifyOptions& options_;
  const postgres::Settings database_;
  const kafka::Settings kafka_;
  service::SystemClock clock_;
  elasticsearch::DocumentReader reader_;
  elasticsearch::ControlClient controls_;
  const telemetry::ProgressBar bar_;
  postgres::Connection connection_;
  std::optional<postgres::TableFilter> filter_;
  std::optional<StreamNames> names_;
  std::optional<kafka::Admin> admin_;
  std::optional<int64_t> epoch_;
  std::vector<CatalogueTable> catalogue_;
  RenderSettings render_;
  CaptureStats progress_;
  uint64_t rows_before_ = 0;
  int64_t shown_us_ = 0;
};

Status Verification::Open(const std::string& version) {
  auto filter = postgres::TableFilter::Make(service::FilterSettingsOf(config_));
  if (!filter) return filter.error();
  filter_.emplace(std::move(*filter));
  auto names = service::StreamNamesOf(config_);
  if (!names) return names.error();
  names_.emplace(std::move(*names));
  auto encoder = service::EncoderOptionsOf(config_, version, *names_);
  if (!encoder) return encoder.error();
  render_ = {std::move(*encoder), service::StreamOptionsOf(config_).envelopes};
  auto admin = kafka::Admin::Open(kafka_, kBrokerLongest);
  if (!admin) return admin.error();
  admin_.emplace(std::move(*admin));
  if (Status status = connection_.Open(database_, postgres::Connection::Kind::kPlain); !status) {
    return status;
  }
  if (Status status = CheckSlot(); !status) return status;
  return options_.repair ? ReadEpoch() : Status();
}

Status Verification::CheckSlot() {
  const auto slot = postgres::DescribeSlot(connection_, config_.slot_name);
  if (!slot) return slot.error();
  if (*slot) return {};
  return Error{"slot " + config_.slot_name +
                   " does not exist: nothing feeds the topics, and what "
                   "differs could never be told from what is on its way",
               "set slot.name as the source has it, or start the source"};
}

Status Verification::ReadEpoch() {
  const auto position = service::RecordedPosition(config_);
  if (!position) return position.error();
  if (*position) epoch_ = (*position)->epoch;
  return {};
}

Result<std::vector<TableReport>> Verification::Tables() {
  postgres::Catalogue catalogue(connection_);
  auto tables = catalogue.ReadTables();
  if (!tables) return tables.error();
  catalogue_ = std::move(*tables);
  const auto captured =
      postgres::CapturedTables(catalogue_, *filter_, config_.publish_via_partition_root);
  const auto is_outbox = service::IsOutboxOf(config_);
  if (!is_outbox) return is_outbox.error();
  std::vector<TableReport> reports;
  const auto wanted = [&](const std::string& name) {
    return options_.tables.empty() ||
           std::find(options_.tables.begin(), options_.tables.end(), name) != options_.tables.end();
  };
  for (const CatalogueTable* table : captured) {
    const std::string name = NameOf(*table);
    if (name == config_.signal_data_collection || !wanted(name)) continue;
    const Table named = postgres::NamedTable(*table);
    auto index = elasticsearch::IndexNameOf(names_->Of(named), config_.index_names);
    if (!index) return index.error();
    if (!options_.index.empty() && *index != options_.index) continue;
    TableReport& report = reports.emplace_back();
    report.table = name;
    report.index = std::move(*index);
    const bool keyed = !postgres::RangeKey(*table).empty();
    if ((*is_outbox)(named)) {
      report.skipped = "it is an outbox: its rows are told as events, and are in no index";
    } else if (!keyed) {
      report.skipped = "it has no primary key, nor another in whose order to read it";
    }
    progress_.snapshot_rows_known += static_cast<uint64_t>(std::max<int64_t>(table->rows, 0));
  }
  for (const std::string& name : options_.tables) {
    const auto known = std::find_if(reports.begin(), reports.end(), [&](const TableReport& report) {
      return report.table == name;
    });
    if (known != reports.end()) continue;
    return Error{"the table " + name + " is not captured by this configuration",
                 "see table.include.list; names are SCHEMA.NAME, in their own letters"};
  }
  progress_.snapshot_tables = reports.size();
  return reports;
}

void Verification::Show(const TableResult& result) {
  const int64_t now_us = clock_.NowUs();
  if (now_us - shown_us_ < kShownEachUs) return;
  shown_us_ = now_us;
  progress_.snapshot_rows = rows_before_ + result.rows;
  bar_.Show(progress_, now_us);
}

void Verification::Compare(TableReport& report) {
  const int64_t began_us = clock_.NowUs();
  if (report.skipped.empty()) {
    if (Status status = CompareTable(report); !status) report.error = status.error().ToString();
  }
  report.took_us = clock_.NowUs() - began_us;
  rows_before_ += report.result.rows;
  ++progress_.snapshot_tables_done;
}

Status Verification::CompareTable(TableReport& report) {
  DatabaseRows rows(database_, *filter_, render_);
  const size_t dot = report.table.find('.');
  const auto table =
      std::find_if(catalogue_.begin(), catalogue_.end(),
                   [&](const CatalogueTable& known) { return NameOf(known) == report.table; });
  if (dot == std::string::npos || table == catalogue_.end()) return Error{"it is gone", ""};
  if (Status status = rows.Open(table->schema, table->name); !status) return status;
  const auto exists = reader_.Exists(report.index);
  if (!exists) return exists.error();
  if (!*exists) {
    const auto first = rows.NextRange([](const ShownRow&) {});
    if (!first) return first.error();
    if (*first == 0) return {};
    return Error{"there is no index " + report.index + ", and the table has rows",
                 "let `sluice index` create and fill it"};
  }
  const auto control = controls_.Look(report.index);
  if (!control) return control.error();
  const ControlRecord recorded = control->record.value_or(ControlRecord());
  IndexDocuments documents(reader_, report.index);
  const std::string topic = names_->Of(rows.table());
  PipelineHorizon horizon({connection_, *admin_, config_.slot_name, config_.kafka_group_id, topic,
                           recorded, rows, service::RelaySettingsOf(config_).version_bias,
                           options_.wait_us > 0 ? options_.wait_us : DefaultWait(config_),
                           service::PipelineSettingsOf(config_).window_us,
                           [&](const std::string& text) {
                             if (options_.waits) options_.waits(report.table + ": " + text);
                           }});
  service::DescriptorWaiter waiter;
  TableVerifier verifier({rows, documents, horizon, clock_,
                          [&](std::chrono::milliseconds time) { waiter.Wait(time); },
                          [&](const TableResult& result) { Show(result); }});
  const Status status =
      Work(verifier, {config_, rows, *admin_, topic, recorded.version_mode, epoch_});
  report.result = verifier.result();
  return status;
}

Status Verification::Work(TableVerifier& verifier, const SourceMender::Parts& parts) {
  if (Status status = verifier.Verify(); !status) return status;
  if (!options_.repair || verifier.result().differing() == 0) return {};
  SourceMender mender(parts);
  return verifier.Repair(mender);
}

}  // namespace

int64_t DefaultWait(const config::Config& config) {
  return DefaultWaitUs(
      {service::PipelineSettingsOf(config).window_us, config.kafka_session_timeout_us});
}

Result<std::vector<TableReport>> RunVerify(const config::Config& config,
                                           const VerifyOptions& options, const std::string& version,
                                           const std::function<void(const TableReport&)>& told) {
  Verification verification(config, options);
  if (Status status = verification.Open(version); !status) return status.error();
  auto reports = verification.Tables();
  if (!reports) return reports.error();
  for (TableReport& report : *reports) {
    verification.Compare(report);
    told(report);
  }
  return reports;
}

}  // namespace sluice::verify

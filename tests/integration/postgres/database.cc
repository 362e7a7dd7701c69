#include "tests/integration/postgres/database.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>

#include "core/model/lsn_text.h"

namespace sluice::testing {
namespace {

constexpr int64_t kPatienceUs = 20'000'000;

int& Counter() {
  static int counter = 0;
  return counter;
}

}  // namespace

postgres::Settings ServerSettings() {
  postgres::Settings settings;
  const char* url = std::getenv("SLUICE_TEST_POSTGRES");
  if (url == nullptr) {
    ADD_FAILURE() << "SLUICE_TEST_POSTGRES is not set: start a server with `scripts/stack up "
                     "postgres` and set it to postgresql://USER@HOST:PORT";
    return settings;
  }
  PQconninfoOption* options = PQconninfoParse(url, nullptr);
  for (const PQconninfoOption* option = options; option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    const std::string name = option->keyword;
    if (name == "host") settings.host = option->val;
    if (name == "port") settings.port = static_cast<uint16_t>(std::atoi(option->val));
    if (name == "user") settings.user = option->val;
    if (name == "password") settings.password = option->val;
  }
  PQconninfoFree(options);
  settings.database = "postgres";
  return settings;
}

Database::Database(const std::string& options) : settings_(ServerSettings()) {
  const std::string name = Unique("sluice");
  postgres::Connection server;
  const Status opened = server.Open(settings_, postgres::Connection::Kind::kUnlimited);
  if (!opened) throw std::runtime_error(opened.error().ToString());
  const Status made = server.Run("CREATE DATABASE " + name + " " + options, "creating");
  if (!made) throw std::runtime_error(made.error().ToString());
  settings_.database = name;
  const Status status = connection_.Open(settings_, postgres::Connection::Kind::kUnlimited);
  if (!status) throw std::runtime_error(status.error().ToString());
  Run("SET search_path TO public");
}

Database::~Database() {
  connection_.Close();
  postgres::Settings settings = settings_;
  settings.database = "postgres";
  postgres::Connection server;
  if (!server.Open(settings, postgres::Connection::Kind::kUnlimited)) return;
  const std::string of_this =
      " FROM pg_replication_slots WHERE NOT temporary AND database = '" + settings_.database + "'";
  (void)server.Query("SELECT pg_terminate_backend(active_pid)" + of_this + " AND active", "ending");
  // Sessions that were closed just now may still hold slots.
  Status dropped;
  for (int attempt = 0; attempt < 200; ++attempt) {
    (void)server.Query("SELECT pg_drop_replication_slot(slot_name)" + of_this, "dropping");
    dropped = server.Run("DROP DATABASE " + settings_.database + " WITH (FORCE)", "dropping");
    if (dropped) return;
    usleep(20'000);
  }
  ADD_FAILURE() << dropped.error().ToString();
}

std::string Database::Run(const std::string& sql) {
  // By the simple protocol, for tests give several statements at once.
  const postgres::Rows rows(PQexec(connection_.handle(), sql.c_str()));
  EXPECT_TRUE(rows.Succeeded()) << sql << ": " << PQerrorMessage(connection_.handle());
  return rows.Succeeded() && !rows.empty() ? rows.String(0, 0) : "";
}

std::string Database::Unique(const std::string& stem) {
  return stem + "_" + std::to_string(getpid()) + "_" + std::to_string(++Counter());
}

Lsn Database::LogEnd() {
  return ParseLsn(Run("SELECT pg_current_wal_flush_lsn()")).value_or(Lsn());
}

KeptChange Keep(const SourceChange& change) {
  KeptChange kept{change.kind,
                  change.lsn,
                  change.end,
                  change.transaction_id,
                  change.commit_us,
                  change.table,
                  change.transactional,
                  {"<none>"},
                  {"<none>"},
                  "",
                  ""};
  const auto keep = [](const std::optional<Row>& row, std::vector<std::string>& values) {
    if (!row) return;
    values.clear();
    for (const ColumnValue& value : *row) {
      switch (value.kind) {
        case ColumnValue::Kind::kNull: values.emplace_back("<null>"); break;
        case ColumnValue::Kind::kText: values.emplace_back(value.text); break;
        case ColumnValue::Kind::kUnchanged: values.emplace_back("<unchanged>"); break;
        case ColumnValue::Kind::kAbsent: values.emplace_back("<absent>"); break;
      }
    }
  };
  keep(change.before, kept.before);
  keep(change.after, kept.after);
  kept.prefix = change.prefix;
  kept.content = change.content;
  return kept;
}

Reader::Reader(Database& database, const postgres::FilterSettings& filter,
               const postgres::PublicationSettings& publication)
    : database_(database),
      filter_(std::move(*postgres::TableFilter::Make(filter))),
      publication_(publication),
      slot_(database.Unique("slot")) {
  stream_settings_.status_interval_ms = 200;
  stream_settings_.on_key_changed = [this](const std::string& sentence) {
    key_changes_.push_back(sentence);
  };
  stream_settings_.on_untyped = [this](const std::string& sentence) {
    untyped_.push_back(sentence);
  };
}

void Reader::Create() {
  postgres::Catalogue catalogue(database_.connection());
  auto tables = catalogue.ReadTables();
  ASSERT_TRUE(tables.ok()) << tables.error().ToString();
  const auto captured =
      postgres::CapturedTables(tables.value(), filter_, publication_.via_partition_root);
  const Status published =
      postgres::EnsurePublication(database_.connection(), publication_, captured);
  ASSERT_TRUE(published.ok()) << published.error().ToString();
  postgres::Connection replication;
  ASSERT_TRUE(
      replication.Open(database_.settings(), postgres::Connection::Kind::kReplication).ok());
  const auto slot = postgres::CreateSlot(replication, {slot_, false, false, false});
  ASSERT_TRUE(slot.ok()) << slot.error().ToString();
  Open();
}

void Reader::Open(Lsn from) {
  stream_ = std::make_unique<postgres::ReplicationStream>(postgres::ReplicationStream::Parts{
      database_.settings(), stream_settings_, filter_, *book_, clock_});
  const Status status = stream_->Open(slot_, publication_.name, from);
  ASSERT_TRUE(status.ok()) << status.error().ToString();
}

std::vector<KeptChange> Reader::ReadUntil(const std::function<bool(const KeptChange&)>& done,
                                          bool positions) {
  std::vector<KeptChange> changes;
  const int64_t end_us = clock_.NowUs() + kPatienceUs;
  SourceChange change;
  while (clock_.NowUs() < end_us) {
    stream_->KeepAlive();
    switch (stream_->Next(change)) {
      case ChangeSource::Progress::kFailed:
        ADD_FAILURE() << stream_->failure().detail;
        return changes;
      case ChangeSource::Progress::kNothing: {
        pollfd wanted{stream_->descriptor(), POLLIN, 0};
        poll(&wanted, 1, 50);
        break;
      }
      case ChangeSource::Progress::kChange: {
        KeptChange kept = Keep(change);
        if (kept.kind == ChangeKind::kPosition && !positions) break;
        changes.push_back(std::move(kept));
        if (done(changes.back())) return changes;
        break;
      }
    }
  }
  ADD_FAILURE() << "what was waited for has not come";
  return changes;
}

std::vector<KeptChange> Reader::ReadCommits(int count) {
  bool empty = true;
  return ReadUntil([&](const KeptChange& change) {
    const bool ends = change.kind == ChangeKind::kCommit;
    const bool counts = ends && !empty;
    empty = ends || (empty && change.kind == ChangeKind::kBegin);
    return counts && --count == 0;
  });
}

std::vector<KeptChange> Reader::ReadRows(int commits) {
  std::vector<KeptChange> rows;
  for (KeptChange& change : ReadCommits(commits)) {
    if (change.table != nullptr) rows.push_back(std::move(change));
  }
  return rows;
}

bool Reader::TurnUntil(const std::function<bool()>& done, bool adopt) {
  const int64_t end_us = clock_.NowUs() + kPatienceUs;
  SourceChange change;
  while (!done()) {
    if (clock_.NowUs() > end_us) return false;
    stream_->KeepAlive();
    if (stream_->Next(change) == ChangeSource::Progress::kChange) {
      if (adopt && change.kind == ChangeKind::kPosition) stream_->Acknowledge(change.end);
      continue;
    }
    pollfd wanted{stream_->descriptor(), POLLIN, 0};
    poll(&wanted, 1, 20);
  }
  return true;
}

Lsn Reader::confirmed() {
  auto slot = postgres::DescribeSlot(database_.connection(), slot_);
  return slot && slot->has_value() ? slot.value()->confirmed : Lsn();
}

}  // namespace sluice::testing

#include "adapters/postgres/server_checks.h"

#include <algorithm>
#include <set>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

using Weight = Finding::Weight;

constexpr int kVersionMin = 130'000;
constexpr int kVersionUnit = 10'000;
constexpr int64_t kSenderTimeoutMinMs = 10'000;

/// A managed service gives the right to replicate by a role of its own.
constexpr std::string_view kFacts = R"(
SELECT pg_catalog.current_setting('wal_level'), pg_catalog.current_setting('server_encoding'),
       current_user, r.rolsuper,
       r.rolreplication OR EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname IN
         ('rds_replication', 'cloudsqlsuperuser', 'azure_pg_admin')
         AND pg_catalog.pg_has_role(current_user, m.oid, 'member')),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('max_replication_slots')::int8,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots),
       pg_catalog.current_setting('max_wal_senders')::int8,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication),
       (SELECT setting::int8 FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'),
       (SELECT setting::int8 FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size')
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)";

constexpr std::string_view kUnreadable = R"(
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')) ORDER BY 1)";

constexpr std::string_view kUnreadableLeaves = R"(
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relispartition AND c.oid <> ALL ($1::oid[])
  AND pg_catalog.pg_partition_root(c.oid) = ANY ($1::oid[])
  AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT')
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')) ORDER BY 1)";

/// Tables that a snapshot reads, the leaves of a partitioned one among them, and those that are
/// read while streaming, of which row security hides rows from this user. It is in force however
/// the session has set row_security.
constexpr std::string_view kFiltered = R"(
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relrowsecurity AND (c.oid = ANY ($1::oid[]) OR (c.relkind = 'r' AND c.relispartition
    AND pg_catalog.pg_partition_root(c.oid) = ANY ($1::oid[])))
  AND pg_catalog.row_security_active(c.oid) ORDER BY 1)";

class Findings {
 public:
  void Block(FailureReason reason, std::string what, std::string cure) {
    list_.push_back({Weight::kBlocks, reason, std::move(what), std::move(cure)});
  }
  void Warn(std::string what, std::string cure) {
    list_.push_back({Weight::kWarns, FailureReason::kNone, std::move(what), std::move(cure)});
  }
  void Take(Finding finding) { list_.push_back(std::move(finding)); }
  void Note(std::string what, std::string cure) {
    list_.push_back({Weight::kNotes, FailureReason::kNone, std::move(what), std::move(cure)});
  }
  [[nodiscard]] std::vector<Finding> Take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

/// The columns that the log tells of old rows; none: all of them, or the database refuses to change
/// and delete rows.
std::vector<int32_t> LoggedColumns(const CatalogueTable& table) {
  switch (IdentityOf(table.identity)) {
    case ReplicaIdentity::kDefault:
      return table.primary_key_deferrable ? std::vector<int32_t>() : table.primary_key;
    case ReplicaIdentity::kIndex: return table.identity_index;
    case ReplicaIdentity::kFull:
    case ReplicaIdentity::kNothing: break;
  }
  return {};
}

/// Names of the key's columns that the log does not tell of old rows of `holder`.
std::string LackingOf(const CatalogueTable& holder, std::span<const std::string> key) {
  const std::vector<int32_t> logged = LoggedColumns(holder);
  std::string lacking;
  if (logged.empty()) return lacking;
  for (const std::string& name : key) {
    const bool told =
        std::any_of(holder.columns.begin(), holder.columns.end(), [&](const auto& column) {
          return column.name == name &&
                 std::find(logged.begin(), logged.end(), column.number) != logged.end();
        });
    if (!told) lacking += (lacking.empty() ? "" : ", ") + name;
  }
  return lacking;
}

/// More tables than these are counted, and granted by their schemas.
constexpr size_t kTablesNamedMax = 50;

/// Of `schema.table` as quote_ident() writes both.
std::string SchemaOf(const std::string& table) {
  bool quoted = false;
  for (size_t at = 0; at < table.size(); ++at) {
    if (table[at] == '"') quoted = !quoted;
    if (table[at] == '.' && !quoted) return table.substr(0, at);
  }
  return table;
}

std::string Of(int64_t used, int64_t max) {
  return std::to_string(used) + " of " + std::to_string(max);
}

void JudgeRoom(const ServerFacts& facts, bool creates_slot, Findings& findings) {
  const std::string restart = " and restart the server";
  if (creates_slot && facts.slots_used >= facts.slots_max) {
    findings.Block(FailureReason::kDatabaseUnsuitable,
                   "no replication slot is free (" + Of(facts.slots_used, facts.slots_max) + ")",
                   "ALTER SYSTEM SET max_replication_slots = " +
                       std::to_string(facts.slots_max + 5) + restart +
                       ", or drop a slot that nobody needs: SELECT slot_name, active FROM "
                       "pg_replication_slots");
  }
  if (facts.senders_used >= facts.senders_max) {
    findings.Block(
        FailureReason::kDatabaseUnsuitable,
        "no WAL sender is free (" + Of(facts.senders_used, facts.senders_max) + ")",
        "ALTER SYSTEM SET max_wal_senders = " + std::to_string(facts.senders_max + 5) + restart);
  }
  if (facts.wal_sender_timeout_ms > 0 && facts.wal_sender_timeout_ms < kSenderTimeoutMinMs) {
    findings.Warn("wal_sender_timeout is " + std::to_string(facts.wal_sender_timeout_ms) +
                      " ms: a short stall ends the connection",
                  "ALTER SYSTEM SET wal_sender_timeout = '60s'; SELECT pg_reload_conf()");
  }
  if (facts.slot_keep_size_mb < 0) {
    findings.Note(
        "max_slot_wal_keep_size is not limited: while nothing reads the slot, the server's disk "
        "fills",
        "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf()");
  }
}

}  // namespace

Result<ServerFacts> ReadServerFacts(Connection& connection,
                                    std::span<const CatalogueTable* const> tables) {
  constexpr std::string_view kDoing = "checking the server";
  auto rows = connection.Query(std::string(kFacts), kDoing);
  if (!rows) return rows.error();
  if (rows->empty()) return Error{"checking the server: the user is no role", ""};
  ServerFacts facts;
  facts.version = connection.server_version();
  facts.wal_level = rows->String(0, 0);
  facts.encoding = rows->String(0, 1);
  facts.user = rows->String(0, 2);
  facts.superuser = rows->Flag(0, 3);
  facts.may_replicate = facts.superuser || rows->Flag(0, 4);
  facts.in_recovery = rows->Flag(0, 5);
  facts.slots_max = rows->Number(0, 6);
  facts.slots_used = rows->Number(0, 7);
  facts.senders_max = rows->Number(0, 8);
  facts.senders_used = rows->Number(0, 9);
  facts.wal_sender_timeout_ms = rows->Number(0, 10);
  facts.slot_keep_size_mb = rows->Number(0, 11);
  std::vector<uint32_t> ids;
  for (const CatalogueTable* table : tables) ids.push_back(table->id);
  const std::string numbers = NumberArray(ids);
  const auto names = [&](std::string_view sql, std::vector<std::string>& list) -> Status {
    auto found = connection.Query(std::string(sql), kDoing, {&numbers, 1});
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row) list.push_back(found->String(row, 0));
    return {};
  };
  if (Status status = names(kUnreadable, facts.unreadable); !status) return status.error();
  if (Status status = names(kUnreadableLeaves, facts.unreadable_leaves); !status)
    return status.error();
  if (Status status = names(kFiltered, facts.filtered); !status) return status.error();
  return facts;
}

std::vector<Finding> JudgeServer(const ServerFacts& facts, bool creates_slot) {
  Findings findings;
  if (facts.version < kVersionMin) {
    findings.Block(FailureReason::kDatabaseUnsuitable,
                   "PostgreSQL " + std::to_string(facts.version / kVersionUnit) + " is too old",
                   "use PostgreSQL 13 or later");
  }
  if (facts.encoding != "UTF8") {
    findings.Block(FailureReason::kDatabaseUnsuitable,
                   "the database is encoded in " + facts.encoding + ", not in UTF8",
                   "move it into a database made by CREATE DATABASE name ENCODING 'UTF8' TEMPLATE "
                   "template0");
  }
  if (facts.wal_level != "logical") {
    findings.Block(FailureReason::kDatabaseUnsuitable,
                   "wal_level is " + facts.wal_level + ", not logical",
                   "ALTER SYSTEM SET wal_level = 'logical' and restart the server (on RDS: "
                   "rds.logical_replication = 1)");
  }
  if (!facts.may_replicate) {
    findings.Block(FailureReason::kUnauthorized, "the user " + facts.user + " may not replicate",
                   "ALTER ROLE " + QuoteName(facts.user) +
                       " REPLICATION (on RDS: GRANT rds_replication TO " + QuoteName(facts.user) +
                       ")");
  }
  if (auto unreadable = JudgeReading(facts, false)) findings.Take(std::move(*unreadable));
  for (const std::string& table : facts.filtered) {
    findings.Block(FailureReason::kUnauthorized,
                   "row-level security hides rows of the table " + table + " from the user " +
                       facts.user + ": a snapshot would lack them, and the stream has them",
                   "ALTER ROLE " + QuoteName(facts.user) +
                       " BYPASSRLS; or leave the table out: take it out of table.include.list, or "
                       "add it to table.exclude.list");
  }
  if (facts.in_recovery) {
    findings.Block(FailureReason::kDatabaseUnsuitable, "the server is a standby",
                   "connect to the primary");
  }
  JudgeRoom(facts, creates_slot, findings);
  return findings.Take();
}

std::optional<Finding> JudgeReading(const ServerFacts& facts, bool reads_leaves) {
  std::vector<std::string> tables = facts.unreadable;
  if (tables.empty() && (!reads_leaves || facts.unreadable_leaves.empty())) return std::nullopt;
  // Both at once, so that it is granted once.
  tables.insert(tables.end(), facts.unreadable_leaves.begin(), facts.unreadable_leaves.end());
  std::set<std::string> schemas;
  for (const std::string& table : tables) schemas.insert(SchemaOf(table));
  const std::string in_schemas = Joined(std::vector<std::string>(schemas.begin(), schemas.end()));
  const std::string user = QuoteName(facts.user);
  std::string cure = "GRANT USAGE ON SCHEMA " + in_schemas + " TO " + user + "; GRANT SELECT ON ";
  cure += tables.size() > kTablesNamedMax ? "ALL TABLES IN SCHEMA " + in_schemas : Joined(tables);
  cure += " TO " + user;
  std::string what = "the user " + facts.user + " may not read the table" +
                     (tables.size() == 1 ? " " : "s ") +
                     Joined(std::span(tables).first(std::min(tables.size(), kTablesNamedMax)));
  if (tables.size() > kTablesNamedMax) {
    what += " and " + std::to_string(tables.size() - kTablesNamedMax) + " more";
  }
  if (facts.unreadable.empty()) {
    what +=
        ": the first snapshot reads partitions one by one, and a new one has the rights of "
        "its own alone";
  }
  return Finding{Weight::kBlocks, FailureReason::kUnauthorized, std::move(what), std::move(cure)};
}

std::vector<Finding> JudgeTable(const CatalogueTable& table, bool asked_key) {
  Findings findings;
  const std::string name = QuoteName(table.schema, table.name);
  const std::string full = "ALTER TABLE " + name + " REPLICA IDENTITY FULL";
  const ReplicaIdentity identity = IdentityOf(table.identity);
  const bool has_primary_key = !table.primary_key.empty();
  const bool has_key = has_primary_key || !table.unique_index.empty();
  if (identity == ReplicaIdentity::kNothing) {
    findings.Warn(name +
                      " has REPLICA IDENTITY NOTHING: the database refuses updates and deletes "
                      "of published rows",
                  "ALTER TABLE " + name + " REPLICA IDENTITY DEFAULT");
  } else if (identity == ReplicaIdentity::kDefault && !has_primary_key) {
    findings.Warn(name +
                      " has no primary key: once it is published the database refuses updates "
                      "and deletes of its rows",
                  "ALTER TABLE " + name + " ADD PRIMARY KEY (…), or " + full);
  } else if (identity == ReplicaIdentity::kDefault && table.primary_key_deferrable) {
    findings.Warn("the primary key of " + name +
                      " is deferrable, which is no replica identity: "
                      "once it is published the database refuses updates and deletes of its rows",
                  full);
  } else if (identity == ReplicaIdentity::kIndex && table.identity_index.empty()) {
    findings.Warn("the index that is the replica identity of " + name + " was dropped", full);
  }
  if (identity == ReplicaIdentity::kFull && !has_key && !asked_key) {
    findings.Warn(
        name +
            " has no key: its records have none, and a deleted row cannot be told "
            "from others",
        "set message.key.columns for it, or ALTER TABLE " + name + " ADD PRIMARY KEY (…)");
  }
  if (identity != ReplicaIdentity::kFull && table.toastable) {
    findings.Note(name +
                      " can hold large values: an update that does not touch one does not "
                      "carry it",
                  full + ", if readers need every value in every change");
  }
  return findings.Take();
}

std::vector<Finding> JudgeLoggedKey(const CatalogueTable& table,
                                    std::span<const CatalogueTable> all, const TableFilter& filter,
                                    Weight weight) {
  std::vector<Finding> findings;
  const std::vector<std::string> key = KeyNames(table, filter);
  const bool asked = filter.KeyOf(table.schema, table.name) == key;
  const std::string told = QuoteName(table.schema, table.name);
  const auto judge = [&](const CatalogueTable& holder) {
    const std::string lacking = LackingOf(holder, key);
    if (lacking.empty()) return;
    const std::string name = QuoteName(holder.schema, holder.name);
    findings.push_back(
        {weight, FailureReason::kDatabaseUnsuitable,
         (asked ? "message.key.columns asks for a key of " + name
                : "the key of " + told + " is not that of its partition " + name + ",") +
             " of which the replica identity lacks " + lacking +
             ": deleted rows, and the former keys of changed ones, cannot be told by it",
         "ALTER TABLE " + name +
             " REPLICA IDENTITY FULL; or make a unique index of these columns, all NOT NULL, and "
             "ALTER TABLE " +
             name +
             " REPLICA IDENTITY USING INDEX it; then `sluice verify --repair` once, if rows were "
             "deleted or got other keys before"});
  };
  judge(table);
  for (const CatalogueTable& leaf : all) {
    if (table.partitioned && leaf.root == table.id && !leaf.partitioned) judge(leaf);
  }
  return findings;
}

Failure FailureOf(std::span<const Finding> findings) {
  const auto it = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.weight == Weight::kBlocks;
  });
  if (it == findings.end()) return {};
  return {{Disposition::kHalt, it->reason, WriteResult::kCreated}, "", it->what + "; " + it->cure};
}

}  // namespace sluice::postgres

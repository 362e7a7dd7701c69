#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddDatabase(std::vector<Option>& table) {
  table.push_back(RequiredText("database.hostname", &C::database_hostname,
                               "The server's name or address, or the folder of its Unix socket.",
                               "127.0.0.1"));
  table.push_back(
      Integer("database.port", &C::database_port, "5432", 1, 65'535, "The server's port."));
  table.push_back(RequiredText("database.user", &C::database_user,
                               "A user with the REPLICATION attribute and the right to read the "
                               "captured tables. `sluice verify --repair` locks those that differ "
                               "for a moment, which wants UPDATE or DELETE on them too.",
                               "sluice"));
  table.push_back(Secret("database.password", &C::database_password,
                         "The user's password. Empty: libpq's password file, or a server that "
                         "asks for none.",
                         "${file:/run/secrets/postgres}"));
  table.push_back(RequiredText("database.dbname", &C::database_dbname,
                               "The database whose changes are captured.", "shop"));
  table.push_back(
      Choice("database.sslmode", &C::database_sslmode, "prefer",
             {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
             "Whether the connection is encrypted and the server's certificate checked, as libpq "
             "has it. Only verify-full is safe against a server that is not the right one."));
  table.push_back(Text("database.sslcert", &C::database_sslcert, "",
                       "A client certificate, in a PEM file.", "/etc/sluice/postgres.pem"));
  table.push_back(Text("database.sslkey", &C::database_sslkey, "",
                       "The client certificate's private key, in a file that only its owner may "
                       "read.",
                       "/etc/sluice/postgres.key"));
  table.push_back(Text("database.sslrootcert", &C::database_sslrootcert, "",
                       "The certificates to trust, in a PEM file.", "/etc/sluice/postgres-ca.pem"));
}

void AddReplication(std::vector<Option>& table) {
  table.push_back(Choice("plugin.name", &C::plugin_name, "pgoutput", {"pgoutput"},
                         "How the server writes changes down. pgoutput is part of every server; "
                         "Debezium's default decoderbufs is an extension and not supported."));
  table.push_back(Text("slot.name", &C::slot_name, "debezium",
                       "The replication slot: the server's memory of how far changes were taken. "
                       "Created when it is missing; never dropped. One slot serves one source."));
  table.push_back(Boolean("slot.failover", &C::slot_failover, "false",
                          "Whether a slot that is created is kept on standbys too. Needs "
                          "PostgreSQL 17."));
  table.push_back(Text("publication.name", &C::publication_name, "dbz_publication",
                       "The publication: which tables the server tells about."));
  table.push_back(
      Choice("publication.autocreate.mode", &C::publication_autocreate_mode, "all_tables",
             {"all_tables", "disabled", "filtered", "no_tables"},
             "What is done when the publication is missing: all_tables creates it for all tables, "
             "which only a superuser may; filtered for the captured tables, and adds tables that "
             "are captured later; no_tables creates it empty; disabled leaves it to somebody "
             "else."));
  table.push_back(Boolean("publish.via.partition.root", &C::publish_via_partition_root, "false",
                          "Whether changes of partitions are told as changes of their topmost "
                          "table. Applied when the publication is created."));
  table.push_back(Milliseconds("status.update.interval.ms", &C::status_update_interval_us, "10000",
                               100 * kMs, 10 * kMinute,
                               "Time between two messages that tell the server how far changes "
                               "were taken. Less than half of its wal_sender_timeout."));
  table.push_back(Milliseconds("heartbeat.interval.ms", &C::heartbeat_interval_us, "0", 0,
                               24 * kHour,
                               "Time between two heartbeat records. 0: none. They are not needed "
                               "to let the slot of a quiet database advance."));
  table.push_back(Text("heartbeat.action.query", &C::heartbeat_action_query, "",
                       "SQL that is run in the database with each heartbeat, on a connection of "
                       "its own, for 10 s at most. What fails is logged and counted, and nothing "
                       "stops. Needs heartbeat.interval.ms.",
                       "INSERT INTO heartbeat (at) VALUES (now())"));
  table.push_back(Milliseconds("retriable.restart.connector.wait.ms", &C::retriable_restart_wait_us,
                               "10000", 0, kHour,
                               "The wait before the source begins anew after a failure that can "
                               "pass."));
}

void AddTables(std::vector<Option>& table) {
  table.push_back(List("schema.include.list", &C::schema_include_list, false,
                       "Schemas that are captured. Empty: all but the system's.", "[public]"));
  table.push_back(List("schema.exclude.list", &C::schema_exclude_list, false,
                       "Schemas that are not captured. This or schema.include.list.",
                       "[pg_temp.*, audit]"));
  table.push_back(List("table.include.list", &C::table_include_list, false,
                       "Tables that are captured, as schema.table. Empty: all of the captured "
                       "schemas.",
                       "[public.users, public.orders]"));
  table.push_back(List("table.exclude.list", &C::table_exclude_list, false,
                       "Tables that are not captured. This or table.include.list.",
                       "['public.tmp_.*']"));
  table.push_back(List("column.include.list", &C::column_include_list, false,
                       "Columns that are captured, as schema.table.column. Key columns always "
                       "are. Empty: all.",
                       "['public.users.(id|name)', 'public.orders.*']"));
  table.push_back(List("column.exclude.list", &C::column_exclude_list, false,
                       "Columns that are not captured. This or column.include.list.",
                       "[public.users.photo]"));
  table.push_back(
      Map("column.mask.with", &C::column_mask_with,
          "Columns whose text is replaced by N asterisks: column.mask.with.N.chars, the columns as "
          "regular expressions with commas between.",
          "{12.chars: 'public.users.ssn,public.users.phone'}"));
  table.push_back(
      Map("column.mask.hash", &C::column_mask_hash,
          "Columns whose text is replaced by its hash: column.mask.hash.ALGORITHM.with.salt.SALT, "
          "or column.mask.hash.v2.ALGORITHM.with.salt.SALT, which hashes the text alone, so that "
          "other programs find the same. Algorithms: MD5, SHA-1, SHA-224, SHA-256, SHA-384, "
          "SHA-512.",
          "{v2.SHA-256.with.salt.CzQMA0cB5K: public.users.email}"));
  table.push_back(Map("column.truncate.to", &C::column_truncate_to,
                      "Columns whose text is cut after N characters: column.truncate.to.N.chars.",
                      "{200.chars: public.orders.note}"));
  table.push_back(Text("message.key.columns", &C::message_key_columns, "",
                       "Keys of tables without a primary key, or other keys than it: "
                       "TABLE:COLUMN,COLUMN with semicolons between tables; TABLE is a regular "
                       "expression. Such tables need REPLICA IDENTITY FULL.",
                       "public.audit:at,who;public.log:id"));
}

void AddSnapshot(std::vector<Option>& table) {
  table.push_back(
      Choice("snapshot.mode", &C::snapshot_mode, "initial",
             {"initial", "initial_only", "no_data", "when_needed", "always"},
             "When existing rows are read: initial, when there is no position yet; initial_only, "
             "the same, and then the process ends; no_data, never; when_needed, also when the "
             "position is no longer in the server's log; always, at each start."));
  table.push_back(Integer("snapshot.max.threads", &C::snapshot_max_threads, "1", 1, 64,
                          "Connections that read existing rows. All see the same moment."));
  table.push_back(
      Map("snapshot.select.statement.overrides", &C::snapshot_select_statement_overrides,
          "Which rows of a table a snapshot reads, as SELECT * FROM TABLE WHERE CONDITION; without "
          "WHERE all. A table is read in pieces: ORDER BY is dropped, and LIMIT, UNION and other "
          "clauses, an alias, a comment or another table are refused. Names in the condition are "
          "found as in the user's own sessions (search_path).",
          "{public.orders: SELECT * FROM public.orders WHERE NOT deleted}"));
  table.push_back(Integer("incremental.snapshot.chunk.size", &C::incremental_snapshot_chunk_size,
                          "1024", 1, 1'000'000,
                          "Rows that a snapshot beside the stream reads at once, and holds in "
                          "memory; 16 MiB of them at most."));
  table.push_back(
      Text("signal.data.collection", &C::signal_data_collection, "",
           "A table whose new rows (id, type, data) are signals, as schema.table; it is "
           "captured too. Empty: signals come from `sluice capture signal` alone.",
           "public.debezium_signal"));
}

}  // namespace

std::vector<Option> SourceOptions() {
  std::vector<Option> options;
  AddDatabase(options);
  AddReplication(options);
  AddTables(options);
  AddSnapshot(options);
  return options;
}

}  // namespace sluice::config

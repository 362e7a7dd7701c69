#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "core/model/table.h"

namespace sluice::postgres {

/// How to reach the database: what every connection of this process shares.
struct Settings {
  std::string host;  ///< A name, an address, or the folder of a Unix socket.
  uint16_t port = 5432;
  std::string user;
  std::string password;  ///< Empty: libpq asks its password file.
  std::string database;
  std::string sslmode = "prefer";  ///< As libpq knows it: disable … verify-full.
  std::string sslcert;
  std::string sslkey;
  std::string sslrootcert;
  int64_t connect_timeout_ms = 10'000;    ///< Rounded up to seconds; at least 2 s.
  int64_t statement_timeout_ms = 30'000;  ///< Of questions to the catalogue, never of COPY.
  std::string application_name = "sluice";
};

/// The replication slot: the database's memory of how far its changes were taken.
struct SlotSettings {
  std::string name = "sluice";
  bool failover = false;  ///< Kept on standbys too; PostgreSQL 17 or later.
};

/// What is done about a publication that is missing or does not cover the tables.
enum class PublicationMode : uint8_t {
  kAllTables,  ///< Created FOR ALL TABLES where missing.
  kDisabled,   ///< Never created or changed: somebody else owns it.
  kFiltered,   ///< Created for the tables that the filter takes; missing ones are added.
  kNoTables,   ///< Created empty where missing; tables are added by somebody else.
};

/// The publication: which tables the database tells about.
struct PublicationSettings {
  std::string name = "sluice";
  PublicationMode mode = PublicationMode::kAllTables;
  /// Changes of partitions are told as changes of their topmost table.
  bool via_partition_root = false;
  /// What a new publication publishes: of insert, update, delete, truncate.
  std::string operations = "insert, update, delete, truncate";
};

/// Which tables and columns are read. Each list holds regular expressions, comma-separated (`\,` is
/// a comma inside one); each must match the whole of `schema`, `schema.table` or
/// `schema.table.column`, letters of either case being equal. Of each pair only one may be set.
struct FilterSettings {
  std::string schema_include;
  std::string schema_exclude;
  std::string table_include;
  std::string table_exclude;
  std::string column_include;
  std::string column_exclude;
  /// `schema.table:column,column;schema.table:column`; the tables are regular expressions.
  std::string message_key_columns;
  std::string signal_table;  ///< `schema.table`, always taken; empty: none.
};

/// How the stream of changes is read.
struct StreamSettings {
  int64_t status_interval_ms = 10'000;  ///< How often the flush position is told.
  /// Nothing at all received for this long, although asked for: the connection is taken as lost.
  int64_t silence_max_ms = 60'000;
  /// How long the socket is left alone after it ran dry under load, so that the next read takes a
  /// large piece; never on Unix sockets. 0: never.
  int64_t pause_us = 200;
  bool messages = true;  ///< Logical messages too; PostgreSQL 14 or later.
  /// Tables of which readers must get every value, where they cannot have it, and a key of whole
  /// columns, be it by a question or a halt; empty: all.
  std::function<bool(const Table&)> is_exact;
  /// Called with a sentence when the records of a table get another key; empty: nobody is told.
  std::function<void(const std::string&)> on_key_changed;
  /// The same when values can only be told by their text, for their type was dropped.
  std::function<void(const std::string&)> on_untyped;
};

/// How existing rows are read.
struct SnapshotSettings {
  size_t chunk_pages = 8'192;  ///< Pages of 8 KiB read as one piece: 64 MiB.
  /// `schema.table` to a condition that its rows must meet, as SQL.
  std::map<std::string, std::string> conditions;
};

}  // namespace sluice::postgres

#pragma once

#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::service {

/// What a source is asked to do with its incremental snapshots.
struct SourceSignal {
  std::string id;
  std::string type;                 ///< "execute-snapshot" and its like.
  std::vector<std::string> tables;  ///< `schema.table`, or a regular expression for it.
  std::string filter;               ///< SQL that the rows must meet; empty: none.
};

/// A table as the regular expression that only it matches, in the grammar of table lists.
[[nodiscard]] std::string PatternOf(const std::string& schema, const std::string& name);

/// The data of a signal, as Debezium's connectors read it too. Pure.
///
///   {"type":"incremental","data-collections":["public.users"],
///    "additional-conditions":[{"data-collection":"public.users","filter":"id > 7"}]}
[[nodiscard]] std::string RenderSignalData(const SourceSignal& signal);

/// Writes a signal to the database's log, where `sluice capture` reads it.
[[nodiscard]] Status SendToCapture(const SourceSignal& signal, const config::Config& config,
                                   postgres::Connection& connection);

/// Writes a signal into signal.data.collection, where any connector reads it.
[[nodiscard]] Status SendToSignalTable(const SourceSignal& signal, const config::Config& config,
                                       postgres::Connection& connection);

}  // namespace sluice::service

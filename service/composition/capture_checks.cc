#include "service/composition/capture_checks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/debezium/column_masks.h"
#include "adapters/debezium/inexact_keys.h"
#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_shape.h"
#include "service/composition/capture_settings.h"
#include "service/config/capture_rules.h"
#include "service/config/values.h"

namespace sluice::service {
namespace {

using postgres::CatalogueTable;
using postgres::Finding;
using Names = std::vector<std::string>;
using Weight = Finding::Weight;

/// From here on a publication can send generated columns.
constexpr int kGeneratedVersion = 180'000;

/// Tells expressions that match none of some names.
class Unmatched {
 public:
  explicit Unmatched(std::vector<Finding>& findings) : findings_(findings) {}

  /// `what` the names are: "table".
  void Look(const std::string& setting, const Names& expressions, const Names& names,
            const std::string& what) {
    for (const std::string& expression : expressions) {
      const auto list = postgres::NameList::Parse(config::JoinCommas({expression}), setting);
      if (!list) continue;  // told by the configuration's own checks
      const bool matches = std::any_of(
          names.begin(), names.end(), [&](const std::string& name) { return list->Matches(name); });
      if (matches) continue;
      Tell(setting + ": \"" + expression + "\" matches no " + what,
           "correct it, or take it out; an expression has to match the whole of a name, and one "
           "of a table that comes later takes that then");
    }
  }
  void Tell(std::string what, std::string cure) {
    findings_.push_back({Weight::kWarns, FailureReason::kNone, std::move(what), std::move(cure)});
  }

 private:
  std::vector<Finding>& findings_;
};

Names TableNames(const postgres::TableList& tables) {
  Names names;
  for (const CatalogueTable* table : tables) names.push_back(postgres::FullName(*table));
  return names;
}

Names SchemaNames(const postgres::TableList& tables) {
  Names names;
  for (const CatalogueTable* table : tables) {
    if (names.empty() || names.back() != table->schema) names.push_back(table->schema);
  }
  return names;
}

Names ColumnNames(const postgres::TableList& tables) {
  Names names;
  for (const CatalogueTable* table : tables) {
    for (const postgres::CatalogueColumn& column : table->columns) {
      names.push_back(postgres::FullName(*table) + "." + column.name);
    }
  }
  return names;
}

std::string OptionOf(config::ColumnRule::Kind kind) {
  switch (kind) {
    case config::ColumnRule::Kind::kMask: return "column.mask.with";
    case config::ColumnRule::Kind::kHash:
    case config::ColumnRule::Kind::kHashV2: return "column.mask.hash";
    case config::ColumnRule::Kind::kTruncate: break;
  }
  return "column.truncate.to";
}

void JudgeColumns(const config::Config& config, const postgres::TableList& captured,
                  Unmatched& unmatched) {
  const std::string what = "column of a captured table";
  const Names names = ColumnNames(captured);
  unmatched.Look("column.include.list", config.column_include_list, names, what);
  unmatched.Look("column.exclude.list", config.column_exclude_list, names, what);
  const auto rules = config::ColumnRules(config);
  if (!rules) return;  // told by the configuration's own checks
  for (const config::ColumnRule& rule : *rules) {
    unmatched.Look(OptionOf(rule.kind), rule.columns, names, what);
  }
}

void JudgeKeyColumns(const config::Config& config, const postgres::TableList& captured,
                     Unmatched& unmatched) {
  const auto keys = config::MessageKeys(config);
  if (!keys) return;  // told by the configuration's own checks
  for (const config::MessageKey& key : *keys) {
    unmatched.Look("message.key.columns", config::SplitCommas(key.table), TableNames(captured),
                   "captured table");
    const auto list = postgres::NameList::Parse(key.table, "message.key.columns");
    for (const CatalogueTable* table : captured) {
      if (!list || !list->Matches(postgres::FullName(*table))) continue;
      for (const std::string& name : key.columns) {
        const bool there = std::any_of(
            table->columns.begin(), table->columns.end(),
            [&](const postgres::CatalogueColumn& column) { return column.name == name; });
        if (there) continue;
        unmatched.Tell("message.key.columns: " + postgres::FullName(*table) + " has no column " +
                           name + ": its own key is told in place of the one that was asked for",
                       "correct the column's name, as the database writes it");
      }
    }
  }
}

std::string OptionOf(debezium::MaskRule::Kind kind) {
  switch (kind) {
    case debezium::MaskRule::Kind::kStars: return "column.mask.with";
    case debezium::MaskRule::Kind::kHash:
    case debezium::MaskRule::Kind::kHashV2: return "column.mask.hash";
    case debezium::MaskRule::Kind::kTruncate: break;
  }
  return "column.truncate.to";
}

/// The rule by which a column is masked; null: none matches it.
const debezium::MaskRule* RuleOf(const std::vector<debezium::MaskRule>& masks, const Table& table,
                                 const Column& column) {
  const auto rule = std::find_if(masks.begin(), masks.end(), [&](const auto& mask) {
    return mask.matches && mask.matches(table, column);
  });
  return rule == masks.end() ? nullptr : &*rule;
}

/// Nothing at all is captured.
Finding JudgeNothing(const config::Config& config, bool some_there) {
  const bool may_come = !some_there && config.publication_autocreate_mode != "filtered";
  const bool waits = may_come || config.publication_autocreate_mode == "no_tables";
  return {waits ? Weight::kWarns : Weight::kBlocks, FailureReason::kDatabaseUnsuitable,
          some_there ? "no table of the database is captured: schema.include.list, "
                       "schema.exclude.list, table.include.list and table.exclude.list leave none"
                     : "no table is captured: the database " + config.database_dbname +
                           " has none that the user's settings could take",
          some_there ? "correct these lists: an expression has to match the whole of schema.table"
                     : "create the tables first, or set publication.autocreate.mode=all_tables, "
                       "with which they may come later; check database.dbname"};
}

}  // namespace

Failure ClaimStreams(const postgres::TableList& tables, const StreamNames& names,
                     StreamOwners& owners) {
  for (const postgres::CatalogueTable* table : tables) {
    Failure clash = owners.Claim({table->id, table->schema, table->name},
                                 names.Of(postgres::NamedTable(*table)));
    if (clash.verdict.disposition != Disposition::kDone) return clash;
  }
  return {};
}

std::vector<Finding> JudgeLists(const config::Config& config,
                                const std::vector<CatalogueTable>& all,
                                const postgres::TableList& captured) {
  std::vector<Finding> findings;
  const auto everything = postgres::TableFilter::Make({});
  const postgres::TableList told =
      postgres::CapturedTables(all, *everything, config.publish_via_partition_root);
  const Names captured_names = TableNames(captured);
  const std::string& signal = config.signal_data_collection;
  const bool none = std::all_of(captured_names.begin(), captured_names.end(),
                                [&](const std::string& name) { return name == signal; });
  const Names names = TableNames(told);
  const bool some_there = std::any_of(names.begin(), names.end(),
                                      [&](const std::string& name) { return name != signal; });
  if (none) findings.push_back(JudgeNothing(config, some_there));
  Unmatched unmatched(findings);
  unmatched.Look("schema.include.list", config.schema_include_list, SchemaNames(told), "schema");
  unmatched.Look("schema.exclude.list", config.schema_exclude_list, SchemaNames(told), "schema");
  unmatched.Look("table.include.list", config.table_include_list, names, "table");
  unmatched.Look("table.exclude.list", config.table_exclude_list, names, "table");
  unmatched.Look("outbox.table.include.list", config.outbox_tables, captured_names,
                 "captured table");
  JudgeColumns(config, captured, unmatched);
  JudgeKeyColumns(config, captured, unmatched);
  const auto is_captured = [&](const std::string& name) {
    return std::find(captured_names.begin(), captured_names.end(), name) != captured_names.end();
  };
  for (const auto& [table, statement] : config.snapshot_select_statement_overrides) {
    if (is_captured(table)) continue;
    unmatched.Tell("snapshot.select.statement.overrides: " + table + " is no captured table",
                   "correct it: schema.table as the database writes it, without quotes");
  }
  if (!signal.empty() && !is_captured(signal)) {
    unmatched.Tell("signal.data.collection: the table " + signal +
                       " is not there, and no signal can come by it",
                   "CREATE TABLE " + signal +
                       " (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data "
                       "varchar(2048)), or correct the name");
  }
  return findings;
}

std::vector<Finding> JudgeKeys(const config::Config& config, int server_version,
                               const postgres::TableFilter& filter,
                               const std::vector<CatalogueTable>& all,
                               const postgres::TableList& captured) {
  std::vector<Finding> findings;
  const auto compat = CompatOf(config);
  if (!compat) return findings;  // told where the frame is made
  for (const CatalogueTable* table : captured) {
    const Weight weight =
        (*compat)(postgres::NamedTable(*table)) ? Weight::kWarns : Weight::kBlocks;
    if (const auto generated = postgres::GeneratedInKey(*table, filter); !generated.empty()) {
      Error problem = postgres::GeneratedKey(*table, generated);
      // Where the publication may send them, what comes decides.
      const bool sent = server_version >= kGeneratedVersion;
      findings.push_back({sent ? Weight::kWarns : weight, FailureReason::kDatabaseUnsuitable,
                          std::move(problem.what), std::move(problem.cure)});
    }
    for (Finding& gap : postgres::JudgeLoggedKey(*table, all, filter, weight)) {
      findings.push_back(std::move(gap));
    }
  }
  return findings;
}

std::vector<Finding> JudgeMasks(const std::vector<debezium::MaskRule>& masks,
                                const std::vector<Table>& tables) {
  std::vector<Finding> findings;
  for (const Table& table : tables) {
    for (uint32_t place = 0; place < table.columns.size(); ++place) {
      const Column& column = table.columns[place];
      const debezium::MaskRule* const rule = RuleOf(masks, table, column);
      if (rule == nullptr) continue;
      const std::string name =
          OptionOf(rule->kind) + ": " + table.schema + "." + table.name + "." + column.name;
      const std::string cure =
          "leave it out (of column.include.list, or by column.exclude.list), or do not mask it";
      if (!debezium::ColumnMask::Fits(column)) {
        findings.push_back({Weight::kWarns, FailureReason::kNone,
                            name + " is of type " + column.type_name +
                                ", and its values are told as they are: only texts are masked",
                            cure});
      } else if (std::find(table.key.begin(), table.key.end(), place) != table.key.end()) {
        findings.push_back({Weight::kWarns, FailureReason::kNone,
                            name + " belongs to the key, which is told as it is",
                            "name other columns by message.key.columns, or do not mask it"});
      }
    }
  }
  return findings;
}

std::vector<Finding> JudgeOutboxes(const OutboxSettings& settings,
                                   const std::vector<Table>& tables) {
  std::vector<Finding> findings;
  for (const Table& table : tables) {
    if (!settings.is_outbox || !settings.is_outbox(table)) continue;
    const auto plan = PlanOutbox(table, settings);
    if (plan) continue;
    findings.push_back({Weight::kBlocks, FailureReason::kDatabaseUnsuitable, plan.error().what,
                        plan.error().cure});
  }
  return findings;
}

std::vector<Finding> JudgeOutboxMasks(const OutboxSettings& settings,
                                      const std::vector<debezium::MaskRule>& masks,
                                      const std::vector<Table>& tables) {
  std::vector<Finding> findings;
  for (const Table& table : tables) {
    if (!settings.is_outbox || !settings.is_outbox(table)) continue;
    for (const Column& column : table.columns) {
      const bool identifies =
          column.name == settings.id_column || column.name == settings.key_column;
      const debezium::MaskRule* const rule = RuleOf(masks, table, column);
      if (!identifies || rule == nullptr || !debezium::ColumnMask::Fits(column)) continue;
      const bool stars = rule->kind == debezium::MaskRule::Kind::kStars;
      if (!stars && rule->kind != debezium::MaskRule::Kind::kTruncate) continue;
      findings.push_back({Weight::kBlocks, FailureReason::kDatabaseUnsuitable,
                          OptionOf(rule->kind) + ": " + table.schema + "." + table.name + "." +
                              column.name + " is what events are told apart by, and would be " +
                              (stars ? "the same in all of them" : "the same in many of them"),
                          "do not mask it, or hash it (column.mask.hash)"});
    }
  }
  return findings;
}

std::vector<Finding> JudgeKeyTypes(const debezium::EncoderOptions& encoder,
                                   const std::vector<Table>& tables) {
  std::vector<Finding> findings;
  for (const Table& table : tables) {
    const auto fidelity = encoder.fidelity ? encoder.fidelity(table) : debezium::Fidelity::kCorrect;
    for (const uint32_t place : table.key) {
      if (place >= table.columns.size()) continue;
      const Column& column = table.columns[place];
      const debezium::KeyLoss loss = debezium::PossibleLoss(column, encoder, fidelity);
      if (loss == debezium::KeyLoss::kNone) continue;
      const debezium::LossWords words = debezium::DescribeLoss(loss, column, encoder);
      findings.push_back({Weight::kWarns, FailureReason::kNone,
                          "the key column " + table.schema + "." + table.name + "." + column.name +
                              " has values that are not told exactly, and the first of them will "
                              "halt: " +
                              words.why,
                          words.cure});
    }
  }
  return findings;
}

}  // namespace sluice::service

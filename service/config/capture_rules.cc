#include "service/config/capture_rules.h"

#include <algorithm>
#include <array>
#include <optional>

#include "service/config/option.h"
#include "service/config/snapshot_statement.h"
#include "service/config/values.h"

namespace sluice::config {
namespace {

constexpr int64_t kCharsMax = 1 << 20;
constexpr std::array<std::string_view, 6> kAlgorithms = {"MD5",     "SHA-1",   "SHA-224",
                                                         "SHA-256", "SHA-384", "SHA-512"};

/// "12.chars"
std::optional<int64_t> CharsOf(std::string_view name) {
  constexpr std::string_view kEnd = ".chars";
  if (!name.ends_with(kEnd)) return std::nullopt;
  const auto chars = ParseInteger(name.substr(0, name.size() - kEnd.size()));
  return chars && *chars >= 0 && *chars <= kCharsMax ? chars : std::nullopt;
}

Error Wrong(std::string_view option, const std::string& name, const std::string& expected) {
  return {std::string(option) + "." + ShownPath(name) + ": " + expected, ""};
}

/// "SHA-256.with.salt.abc" or "v2.SHA-256.with.salt.abc"
std::optional<ColumnRule> HashOf(std::string_view name) {
  constexpr std::string_view kVersion = "v2.";
  constexpr std::string_view kBetween = ".with.salt.";
  ColumnRule rule;
  rule.kind = name.starts_with(kVersion) ? ColumnRule::Kind::kHashV2 : ColumnRule::Kind::kHash;
  if (rule.kind == ColumnRule::Kind::kHashV2) name.remove_prefix(kVersion.size());
  const size_t between = name.find(kBetween);
  if (between == std::string_view::npos) return std::nullopt;
  rule.algorithm = name.substr(0, between);
  rule.salt = name.substr(between + kBetween.size());
  const bool known =
      std::find(kAlgorithms.begin(), kAlgorithms.end(), rule.algorithm) != kAlgorithms.end();
  if (!known || rule.salt.empty()) return std::nullopt;
  return rule;
}

Status AddCounted(ColumnRule::Kind kind, std::string_view option, const TextMap& map,
                  std::vector<ColumnRule>& rules) {
  for (const auto& [name, columns] : map) {
    const auto chars = CharsOf(name);
    if (!chars) return Wrong(option, name, "expected N.chars with N from 0 to 1048576");
    rules.push_back({kind, *chars, "", "", SplitCommas(columns)});
  }
  return {};
}

}  // namespace

Result<std::vector<ColumnRule>> ColumnRules(const Config& config) {
  std::vector<ColumnRule> rules;
  if (const Status status =
          AddCounted(ColumnRule::Kind::kMask, "column.mask.with", config.column_mask_with, rules);
      !status) {
    return status.error();
  }
  for (const auto& [name, columns] : config.column_mask_hash) {
    auto rule = HashOf(name);
    if (!rule) {
      return Wrong("column.mask.hash", name,
                   "expected ALGORITHM.with.salt.SALT or v2.ALGORITHM.with.salt.SALT; algorithms "
                   "are MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512");
    }
    rule->columns = SplitCommas(columns);
    rules.push_back(std::move(*rule));
  }
  if (const Status status = AddCounted(ColumnRule::Kind::kTruncate, "column.truncate.to",
                                       config.column_truncate_to, rules);
      !status) {
    return status.error();
  }
  return rules;
}

Result<TextMap> SnapshotConditions(const Config& config) {
  TextMap conditions;
  for (const auto& [table, text] : config.snapshot_select_statement_overrides) {
    auto condition = SnapshotCondition(table, text);
    if (!condition) {
      return Wrong("snapshot.select.statement.overrides", table, condition.error().what);
    }
    conditions.emplace_back(table, std::move(*condition));
  }
  return conditions;
}

Result<std::vector<MessageKey>> MessageKeys(const Config& config) {
  std::vector<MessageKey> keys;
  std::string_view rest = config.message_key_columns;
  while (!Trim(rest).empty()) {
    const size_t end = rest.find(';');
    const std::string_view entry = Trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (entry.empty()) continue;
    const size_t colon = entry.rfind(':');
    MessageKey key;
    key.table = Trim(entry.substr(0, colon));
    if (colon != std::string_view::npos) key.columns = SplitCommas(entry.substr(colon + 1));
    const bool empty = std::any_of(key.columns.begin(), key.columns.end(),
                                   [](const std::string& column) { return column.empty(); });
    if (key.table.empty() || key.columns.empty() || empty) {
      return Error{"message.key.columns: got \"" + std::string(entry) +
                       "\", expected TABLE:COLUMN,COLUMN with semicolons between tables",
                   ""};
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<OutboxPlacement>> OutboxPlacements(const Config& config) {
  using Place = OutboxPlacement::Place;
  constexpr std::array<std::pair<std::string_view, Place>, 3> kPlaces = {
      {{"header", Place::kHeader},
       {"envelope", Place::kEnvelope},
       {"partition", Place::kPartition}}};
  std::vector<OutboxPlacement> placements;
  for (const std::string& entry : config.outbox_placement) {
    const std::string_view text = entry;
    const size_t first = text.find(':');
    const size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
    OutboxPlacement placement;
    placement.column = Trim(text.substr(0, first));
    placement.name = second == std::string_view::npos ? placement.column
                                                      : std::string(Trim(text.substr(second + 1)));
    const std::string_view word = first == std::string_view::npos
                                      ? std::string_view()
                                      : Trim(text.substr(first + 1, second - first - 1));
    const auto* const place = std::find_if(kPlaces.begin(), kPlaces.end(),
                                           [&](const auto& known) { return known.first == word; });
    if (placement.column.empty() || placement.name.empty() || place == kPlaces.end() ||
        placement.name.find(':') != std::string::npos) {
      return Error{"outbox.table.fields.additional.placement: got \"" + entry +
                       "\", expected COLUMN:PLACEMENT or COLUMN:PLACEMENT:NAME; placements are "
                       "header, envelope and partition",
                   ""};
    }
    placement.place = place->second;
    placements.push_back(std::move(placement));
  }
  return placements;
}

std::string JoinCommas(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) {
    if (!text.empty()) text += ',';
    for (const char c : entry) {
      if (c == ',') text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace sluice::config

#include "core/model/altered_values.h"

namespace sluice {

const char* AlterationName(Alteration alteration) {
  switch (alteration) {
    case Alteration::kClamped: return "clamped";
    case Alteration::kText: return "text";
    case Alteration::kReplaced: return "replaced";
    case Alteration::kUntyped: return "untyped";
  }
  return "unknown";
}

AlterationCounts& CountsOf(AlteredValues& values, const ColumnName& column) {
  const auto known = values.find(column);
  if (known != values.end()) return known->second;
  if (values.size() < kAlteredColumnsMax) return values[column];
  return values[{"(other)", "(other)"}];
}

void AddAltered(AlteredValues& into, const AlteredValues& more) {
  for (const auto& [column, counts] : more) {
    AlterationCounts& sum = CountsOf(into, column);
    for (size_t i = 0; i < counts.size(); ++i) sum[i] += counts[i];
  }
}

}  // namespace sluice

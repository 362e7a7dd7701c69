#include "core/operations/index/conflict_rule.h"

namespace sluice {
namespace {

constexpr int kOffsetBits = 48;

}  // namespace

int32_t IncarnationOf(int64_t version) {
  return static_cast<int32_t>(version >> kOffsetBits);
}

int64_t OffsetOf(int64_t version) {
  return (version & ((int64_t{1} << kOffsetBits) - 1)) - 1;
}

ConflictRuling RuleConflict(VersionMode mode, int64_t sent, int64_t stored, int64_t known) {
  if (stored == sent) return ConflictRuling::kApplied;
  if (stored < sent) return ConflictRuling::kForeign;  // such a version refuses nothing
  switch (mode) {
    case VersionMode::kHeader:
      return stored <= known ? ConflictRuling::kSuperseded : ConflictRuling::kBeyondEnd;
    case VersionMode::kOffset: break;
  }
  if (IncarnationOf(stored) != IncarnationOf(sent) || OffsetOf(stored) < 0)
    return ConflictRuling::kForeign;
  return OffsetOf(stored) < known ? ConflictRuling::kSuperseded : ConflictRuling::kBeyondEnd;
}

}  // namespace sluice

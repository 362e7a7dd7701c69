#include "core/model/changelog_stats.h"

namespace sluice {

const char* ChangelogFateName(ChangelogFate fate) {
  switch (fate) {
    case ChangelogFate::kTold: return "told";
    case ChangelogFate::kUntouched: return "untouched";
    case ChangelogFate::kRead: return "read";
    case ChangelogFate::kAgain: return "again";
    case ChangelogFate::kTruncate: return "truncate";
    case ChangelogFate::kOther: return "other";
    case ChangelogFate::kRefused: return "refused";
  }
  return "?";
}

}  // namespace sluice

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/result.h"

namespace sluice::check {

enum class Verdict : uint8_t {
  kOk,
  kWarning,  ///< Works, but somebody should know.
  kNo,       ///< Keeps what is checked from its work.
  kSkipped,  ///< Could not be looked at because of another finding.
};

/// The answer of one check.
struct Finding {
  std::string name;  ///< "kafka.brokers", "topic cdc.public.users", …
  Verdict verdict = Verdict::kOk;
  std::string text;  ///< What was seen.
  std::string fix;   ///< What to do about it; empty when there is nothing to do.
  int64_t took_ms = 0;
};

[[nodiscard]] const char* VerdictName(Verdict verdict);  ///< "ok", "warning", "no", "skipped"

/// A finding from a sentence whose cure, if any, stands behind a semicolon.
[[nodiscard]] Finding FindingOf(std::string name, Verdict verdict, const std::string& sentence);

/// Whether something keeps what is checked from its work.
[[nodiscard]] bool AnswerIsNo(const std::vector<Finding>& findings);

/// One line for people, and one for the fix.
[[nodiscard]] std::string RenderLine(const Finding& finding, bool colour);
/// "9 checks: 7 ok, 1 warning, 1 no"
[[nodiscard]] std::string RenderSum(const std::vector<Finding>& findings);

/// {"schema":"sluice.check/1","answer":"yes"|"no",
///  "checks":[{"name","verdict","text","fix":text|null,"took_ms"}…]}
[[nodiscard]] std::string RenderJson(const std::vector<Finding>& findings);

}  // namespace sluice::check

#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/model/result.h"

struct pcre2_real_code_8;  // of pcre2.h, which stays in one file

namespace sluice::pattern {

/// The question whether a name matches has no answer: the expression takes too many steps on it. It
/// is thrown, because the question is asked deep within decisions, and neither answer would do: one
/// leaves a table out, the other shows a column that was to be hidden.
class MatchFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A regular expression as java.util.regex understands it, over whole names in UTF-8. What is
/// written in a way that would mean something else here is refused, never understood otherwise.
///
/// Threads:   any; nothing changes after Make().
/// Ownership: copies share the compiled form, which nobody changes.
/// Time:      Matches() and Replace() end after a million steps of the matcher at most; to be asked
///            once a table or column, not once a row.
/// Errors:    Make() names what is wrong in the expression. Matches() and Replace() throw
///            MatchFailure where there is no answer.
class Pattern {
 public:
  /// `kIgnore`: letters of either case are equal, those beyond ASCII too.
  enum class Case : uint8_t { kMinds, kIgnores };

  static Result<Pattern> Make(std::string_view expression, Case letters);

  /// Whether the expression matches all of `name`.
  [[nodiscard]] bool Matches(std::string_view name) const;

  /// Nothing, or why `replacement` is none for this expression: a group that is not there.
  [[nodiscard]] Status CheckReplacement(std::string_view replacement) const;
  /// As java.util.regex.Matcher::replaceFirst: $1 and ${name} are what groups have matched, a
  /// backslash makes the next character plain. `replacement` was checked.
  [[nodiscard]] std::string ReplaceFirst(std::string_view name, std::string_view replacement) const;

 private:
  Pattern(std::string expression, std::shared_ptr<const pcre2_real_code_8> code)
      : expression_(std::move(expression)), code_(std::move(code)) {}

  std::string expression_;
  std::shared_ptr<const pcre2_real_code_8> code_;
};

}  // namespace sluice::pattern

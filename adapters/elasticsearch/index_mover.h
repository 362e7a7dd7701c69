#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/control.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// An index itself, not by an alias.
struct BackingIndex {
  std::string uuid;
  bool writes_blocked = false;
  std::vector<std::string> aliases;
};

/// From where to where an alias moves.
struct AliasMove {
  std::string alias;
  std::string from;    ///< The index that it stands for; empty: for none.
  std::string to;      ///< The index that it is to stand for, behind `shadow` until then.
  std::string shadow;  ///< Another alias of `to`, which it loses.
  std::string token;   ///< An alias of `from`, which it loses; see Freeze().
};

/// What `sluice rebuild` does with whole indices: makes them, keeps writers out of one for a
/// moment, moves an alias from one to the other in one step.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock; answers are values.
/// Time:      each call waits for the cluster. What may pass is asked again, some tens of seconds.
///            Every call may be repeated, also when its answer was lost.
/// Errors:    in the results, with the server's words.
class IndexMover {
 public:
  IndexMover(const Settings& settings, const Clock& clock);

  /// None: there is no index of that name.
  [[nodiscard]] Result<std::optional<BackingIndex>> Inspect(const std::string& index);
  /// The indices that an alias stands for; none: there is no such alias.
  [[nodiscard]] Result<std::vector<std::string>> BehindAlias(const std::string& alias);
  /// Whether the alias leaves stubs of deletes out.
  [[nodiscard]] Result<bool> HidesStubs(const std::string& alias);
  /// Makes an index with the settings and mappings that the configuration asks for, behind `alias`.
  /// One that is there with that alias is fine.
  [[nodiscard]] Status Create(const std::string& index, const std::string& alias);
  /// Tells apart what the configuration asks of such an index: sixteen hexadecimal digits.
  [[nodiscard]] std::string RecipeOf(const std::string& alias) const;
  [[nodiscard]] Status Delete(const std::string& index);

  /// Keeps every writer out: when this returns none is in the middle of a write. Writers wait
  /// meanwhile. The index gets the alias `token`: only who finds it there may move anything.
  [[nodiscard]] Status Freeze(const std::string& index, const std::string& token);
  /// The same without an alias, for an index that nobody is to write any more.
  [[nodiscard]] Status Block(const std::string& index);
  /// Takes away all aliases of the index that begin with `token_prefix`, then lets writers in.
  [[nodiscard]] Status Thaw(const std::string& index, const std::string& token_prefix);
  /// In one step, or not at all. False: it is not as `move` says, and nothing was changed. True
  /// says that it was moved now, or by an earlier try whose answer was lost.
  [[nodiscard]] Result<bool> Move(const AliasMove& move);
  [[nodiscard]] Status AddAlias(const std::string& index, const std::string& alias);
  /// One that is not there is fine.
  [[nodiscard]] Status RemoveAlias(const std::string& index, const std::string& alias);

  /// How many writes and deletes an index has ever taken.
  [[nodiscard]] Result<int64_t> OperationsOf(const std::string& index);
  /// Removes a control record.
  [[nodiscard]] Status ForgetRecord(const std::string& index);

 private:
  /// One request and its answer; asked again while it may pass. Whatever the status is otherwise.
  [[nodiscard]] Result<Response> Ask(const char* method, const std::string& path,
                                     const std::string& body = {});
  [[nodiscard]] Status ChangeAliases(const std::string& actions);

  const Settings settings_;
  const Clock& clock_;
  Transport transport_;
};

// Bodies and replies; what is not understood is none.
[[nodiscard]] std::string MoveBody(const AliasMove& move, bool soft_deletes);
[[nodiscard]] std::optional<BackingIndex> ReadBacking(const std::string& reply,
                                                      const std::string& index);
/// Whether the answer to a write block says that no write is under way any more.
[[nodiscard]] bool ReadBlocked(const std::string& reply);

}  // namespace sluice::elasticsearch

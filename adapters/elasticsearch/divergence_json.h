#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/divergence.h"
#include "core/model/result.h"

namespace sluice::elasticsearch {

/// The id of an entry's document: a hash, for index and id together may be longer than an id may.
[[nodiscard]] std::string DivergenceKey(std::string_view index, std::string_view id);

/// An entry as one document, and back.
///
///   {"schema":"sluice.divergent/1","key":"5f1c…","index":"cdc.public.users","id":"17",
///    "reason":"value_missing","fields":["bio"],"topic":"cdc.public.users","partition":0,
///    "offset":41,"version":281474976710698,"since":281474976710698,"noted_ms":1767225600000}
[[nodiscard]] std::string RenderDivergence(const Divergence& entry);
[[nodiscard]] Result<Divergence> ParseDivergence(const std::string& document);

/// The two lines of a bulk body that store an entry, and the one that removes it.
void AppendPut(const Divergence& entry, std::string& body);
void AppendRemoval(const std::string& index, const std::string& id, int64_t version,
                   std::string& body);

/// What became of each line.
enum class DivergenceItem : uint8_t {
  kDone,     ///< It is stored or removed, or something newer is there.
  kNoIndex,  ///< The index of the entries is not there.
  kFailed,   ///< To be sent again.
};
/// The items of a reply to such a body; nothing when it is not understood. `words`: of the first
/// failure.
[[nodiscard]] std::optional<std::vector<DivergenceItem>> ReadDivergenceItems(
    const std::string& reply, std::string& words);

/// The body of a search for the entries of an index, from the one behind `after` (empty: the
/// first).
[[nodiscard]] std::string DivergenceSearch(const std::string& index, const std::string& after,
                                           size_t size);
/// The documents of its reply; nothing when it is not understood.
[[nodiscard]] std::optional<std::vector<std::string>> ReadDivergencePage(const std::string& reply);

/// The body of the request that creates the index of the entries behind its alias.
[[nodiscard]] std::string DivergenceIndexBody(const std::string& alias);

}  // namespace sluice::elasticsearch

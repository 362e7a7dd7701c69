#pragma once

#include <cstdint>
#include <string>

#include "core/model/control.h"

namespace sluice {

/// Which choices there are depends on what has changed.
enum class HistoryChange : uint8_t {
  kLog,        ///< The topic is another, or holds less than it did.
  kKeys,       ///< Keys may have moved to other partitions.
  kIndex,      ///< The index is another, or an older copy.
  kIndexGone,  ///< There is no index, or no alias that leads to one.
  kGroup,      ///< The group does not know how far it read.
  kOtherMode,  ///< Versions of another kind.
  kFloor,      ///< What would be read again has no stubs any more.
  kSnapshot,   ///< All rows were told anew, and deletes from before may be missing.
};

/// The choices that an operator has, as the end of a sentence. `backing`: the index behind the
/// name, empty where it is not known.
[[nodiscard]] std::string ChoicesFor(HistoryChange change, const std::string& index,
                                     const std::string& backing);
/// The same for a document with a version that is not ours. Accepting is no choice: the document
/// would keep that version, and refuse the row's changes for ever. `raise_helps`: a new incarnation
/// has versions above it; in header mode of no meaning.
[[nodiscard]] std::string ForeignChoices(VersionMode mode, const std::string& index,
                                         const std::string& backing, bool raise_helps);

}  // namespace sluice

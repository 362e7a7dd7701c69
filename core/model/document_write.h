#pragma once

#include <cstdint>
#include <string_view>

#include "core/model/position.h"

namespace sluice {

/// What is done to a document. Both are whole-document operations with an external version (I4).
enum class WriteAction : uint8_t { kIndex, kDelete };

/// One versioned write of one document. Views are borrowed for the call they are passed to.
struct DocumentWrite {
  WriteAction action = WriteAction::kIndex;
  IndexSlot index;
  std::string_view id;        ///< Plain text, 1 to 512 bytes of UTF-8, not yet escaped for JSON.
  int64_t version = 0;        ///< 1 … 2^63-1; a higher one wins, an equal or lower one is refused.
  std::string_view document;  ///< One JSON object without newline bytes; empty for kDelete.
  int32_t partition = -1;     ///< Of the record's topic; told of soft deletes alone.
  bool or_equal = false;      ///< What has the same version gives way too.
};

}  // namespace sluice

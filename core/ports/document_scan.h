#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/outcome.h"
#include "core/model/position.h"

namespace sluice {

/// A document that a scan has found.
struct ScannedDocument {
  std::string id;
  int64_t version = 0;

  bool operator==(const ScannedDocument&) const = default;
};

/// A step of a scan.
struct ScanPage {
  std::vector<ScannedDocument> documents;  ///< One may be told twice.
  bool last = false;  ///< All documents were told that were there when the scan began.
  Failure failure;    ///< kDone; kHold: tried again, another answer follows; kHalt.
};

/// Lists the documents of an index by id, as a search would find them: what was written before
/// Begin() is among them, what is written later may be.
///
/// Threads:   one call at a time per instance.
/// Ownership: answers own their texts.
/// Time:      no call blocks; answers come through Poll(). What fails is tried again without end,
///            from the beginning where a scan has lost its place.
/// Errors:    as answers.
class DocumentScan {
 public:
  virtual ~DocumentScan() = default;

  /// Begins anew, and asks for the first page. One scan at a time: a former one is given up.
  virtual void Begin(IndexSlot index) = 0;
  /// Asks for the next page, once the one before was taken and was not the last.
  virtual void Next() = 0;
  /// The answer, if one is there.
  virtual std::optional<ScanPage> Poll() = 0;
  /// The scan is not wanted any more.
  virtual void End() = 0;
};

}  // namespace sluice

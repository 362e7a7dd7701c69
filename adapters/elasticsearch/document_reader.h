#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "adapters/elasticsearch/lookup_desk.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/result.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// Reads the documents of an index for commands that compare: ids by search, documents by id and
/// as they are this moment. Creates and changes nothing.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock; answers are values.
/// Time:      each call waits for the cluster. What may pass is asked again, some tens of seconds.
/// Errors:    in the results, with the cure where a setting or grant can be named.
class DocumentReader {
 public:
  DocumentReader(const Settings& settings, const Clock& clock);

  /// Whether there is an index or alias of that name.
  [[nodiscard]] Result<bool> Exists(const std::string& index);
  /// The documents with these ids, in their order, in realtime.
  [[nodiscard]] Result<std::vector<LookupResult>> Get(const std::string& index,
                                                      std::span<const std::string> ids);
  /// Shows every id of the index that a search finds, in pages, in no order: those that were
  /// searchable when it began. Ends with the first error of `take`.
  [[nodiscard]] Status ScanIds(const std::string& index,
                               const std::function<Status(std::vector<std::string>)>& take);

 private:
  /// One request and its answer; asked again while the cluster is only busy.
  [[nodiscard]] Result<Response> Ask(const char* method, const std::string& path,
                                     const std::string& body);
  [[nodiscard]] Response AskOnce(const char* method, const std::string& path,
                                 const std::string& body);
  void Pause(size_t attempt);

  const Clock& clock_;
  const int64_t timeout_us_;
  Transport transport_;
  LookupDesk lookups_;
};

/// A page of a scroll: what to go on with, and the ids. False: it is not one.
[[nodiscard]] bool ReadIdPage(const std::string& reply, std::string& scroll,
                              std::vector<std::string>& ids, bool& complete);

}  // namespace sluice::elasticsearch

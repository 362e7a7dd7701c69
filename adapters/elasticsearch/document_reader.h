#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/lookup_desk.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/elasticsearch/transport.h"
#include "core/model/result.h"
#include "core/ports/clock.h"
#include "core/ports/document_scan.h"

namespace sluice::elasticsearch {

/// A document that a soft delete has left.
struct StoredStub {
  std::string id;
  int64_t version = 0;
  int64_t partition = -1;  ///< Of the topic.
};

/// Reads the documents of an index for commands that compare: ids by search, documents by id and
/// as they are this moment. Creates nothing; what it changes is stubs that it is told to remove.
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
  /// Shows every id of the index that a search finds, in pages, in no order: those of documents
  /// that were written before it began, for it refreshes the index, whatever its refresh_interval
  /// is. Ends with the first error of `take`.
  [[nodiscard]] Status ScanIds(const std::string& index,
                               const std::function<Status(std::vector<std::string>)>& take);
  /// The same of the stubs in an index itself: an alias hides them.
  [[nodiscard]] Status ScanStubs(const std::string& index,
                                 const std::function<Status(std::vector<StoredStub>)>& take);
  /// Removes stubs that are still what they were. Returns how many it has removed.
  [[nodiscard]] Result<size_t> RemoveStubs(const std::string& alias,
                                           std::span<const StoredStub> stubs);

 private:
  using TakePage = std::function<Status(const std::string& page, bool& last)>;

  /// What was written before is found by a search afterwards.
  [[nodiscard]] Status Refresh(const std::string& index);
  [[nodiscard]] Status Scan(const std::string& index, const std::string& query,
                            std::string_view members, const TakePage& take);
  /// One request and its answer; asked again while the cluster is only busy. `right`: of the
  /// account, without which it is refused.
  [[nodiscard]] Result<Response> Ask(const char* method, const std::string& path,
                                     const std::string& body, const char* right = "read");
  [[nodiscard]] Response AskOnce(const char* method, const std::string& path,
                                 const std::string& body);

  const Clock& clock_;
  const int64_t timeout_us_;
  Transport transport_;
  LookupDesk lookups_;
};

// Replies; false, or a text: not understood.
/// Whether the reply to a refresh says that no shard has failed.
[[nodiscard]] bool IsRefreshed(const std::string& reply);
/// What a page of a scroll has beside hits: what to go on with, and whether every shard answered.
[[nodiscard]] bool ReadPage(const std::string& reply, std::string& scroll, bool& complete);
/// The ids, and the versions where they were asked for (else 0).
[[nodiscard]] bool ReadIds(const std::string& reply, std::vector<ScannedDocument>& documents);
/// The documents that are a stub and nothing else; `hits_seen`: how many there were of any kind.
[[nodiscard]] bool ReadStubs(const std::string& reply, std::vector<StoredStub>& stubs,
                             size_t& hits_seen);
/// The answer to the removal of `count` stubs; empty: each was removed, or gone or newer already.
[[nodiscard]] std::string ReadRemoved(const std::string& reply, size_t count, size_t& removed);

}  // namespace sluice::elasticsearch

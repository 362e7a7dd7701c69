#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/error_map.h"
#include "adapters/elasticsearch/settings.h"
#include "core/ports/clock.h"

namespace sluice::elasticsearch {

/// One HTTP request. The body is borrowed until its response was taken.
struct Request {
  uint64_t tag = 0;  ///< The caller's.
  const char* method = "GET";
  std::string path;       ///< With its query, beginning with `/`.
  std::string_view body;  ///< Empty: none.
  bool ndjson = false;
};

struct Response {
  uint64_t tag = 0;
  TransferError error = TransferError::kNone;
  long status = 0;
  std::string body;
  bool elastic_product = false;  ///< The header `X-elastic-product: Elasticsearch` was there.
  bool body_sent = false;        ///< Whether any byte of the request's body may have left.
  int64_t round_trip_us = 0;
  std::string detail;  ///< Host and the library's words, when there is an error.
};

/// Sends requests to the nodes of one cluster over kept-alive connections, several at once.
///
/// No redirects, no netrc, no proxies from the environment, no `Expect: 100-continue`. Nodes take
/// turns; one whose connection failed is set aside for a while, and the request goes to the next at
/// once when nothing of it had been sent.
///
/// Threads:   one call at a time per instance.
/// Ownership: bodies are borrowed; responses are the caller's.
/// Time:      no call blocks (but name resolution in libcurl's own thread).
/// Errors:    in the response.
class Transport {
 public:
  Transport(const Settings& settings, const Clock& clock);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  void Start(Request request);
  /// Moves transfers on and appends the responses that are complete.
  void Poll(std::vector<Response>& responses);
  /// Aborts all transfers; their responses come with the next Poll().
  void CancelAll();

  /// For a waiter: libcurl's own handle of all transfers.
  [[nodiscard]] CURLM* multi() { return multi_; }
  [[nodiscard]] size_t running() const { return running_.size(); }

 private:
  struct Node {
    std::string url;
    uint32_t failures = 0;
    int64_t aside_until_us = 0;
  };
  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    Request request;
    std::string compressed;
    Response response;
    size_t node = 0;
    size_t tries = 0;
    int64_t started_us = 0;
  };

  static size_t TakeBody(char* data, size_t size, size_t count, void* transfer);
  static size_t TakeHeader(char* data, size_t size, size_t count, void* transfer);

  void Prepare(Transfer& transfer);
  void Authenticate(Transfer& transfer);
  void Launch(std::unique_ptr<Transfer> transfer);
  [[nodiscard]] size_t PickNode();
  [[nodiscard]] bool OtherNodeReady(size_t node) const;
  void Finish(CURL* easy, CURLcode code, std::vector<Response>& responses);
  void SetAside(Node& node);
  void Release(std::unique_ptr<Transfer> transfer);

  const Settings settings_;
  const Clock& clock_;
  CURLM* multi_;
  std::vector<Node> nodes_;
  size_t next_node_ = 0;
  std::vector<std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<Response> cancelled_;
};

}  // namespace sluice::elasticsearch

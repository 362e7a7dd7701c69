#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/elasticsearch/credentials.h"
#include "adapters/elasticsearch/error_map.h"
#include "adapters/elasticsearch/node_pool.h"
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
  size_t reply_bytes_max = size_t{16} * 1024 * 1024;  ///< A longer reply is kUnreadable.
};

struct Response {
  uint64_t tag = 0;
  TransferError error = TransferError::kNone;
  long status = 0;
  std::string body;
  bool elastic_product = false;  ///< The header `X-elastic-product` was there.
  bool too_long = false;         ///< The reply was longer than `reply_bytes_max`.
  bool body_sent = false;        ///< Whether any byte of the request's body may have left.
  int64_t round_trip_us = 0;
  std::string detail;  ///< Node and the library's words, when there is an error.
};

/// Sends requests to the nodes of one cluster over kept-alive connections, several at once.
///
/// No redirects, no netrc, no proxies from the environment; `Expect: 100-continue` for bodies that
/// a node may refuse for their size only. A request of which any body byte was handed to the socket
/// is never sent twice by itself, not even when a kept-alive connection turns out to be dead: a
/// copy nobody waits for could be applied late. One that was not begun goes to the next node.
///
/// Threads:   one call at a time per instance.
/// Ownership: bodies are borrowed; responses are the caller's.
/// Time:      no call blocks (names are resolved in libcurl's own thread).
/// Errors:    in the response.
class Transport {
 public:
  Transport(const Settings& settings, const Clock& clock);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Asked after a 401, so that rotated secrets need no restart.
  void SetCredentialReader(CredentialReader reader) { reread_ = std::move(reader); }

  void Start(Request request);
  /// Moves transfers on and appends the responses that are complete.
  void Poll(std::vector<Response>& responses);
  /// Aborts all transfers; their responses come with the next Poll().
  void CancelAll();

  /// For a waiter: libcurl's own handle of all transfers.
  [[nodiscard]] CURLM* multi();
  [[nodiscard]] size_t running() const { return running_.size(); }

 private:
  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    Transport* owner = nullptr;
    Request request;
    std::string compressed;
    std::string_view body;      // what is sent: the request's, or `compressed`
    size_t given = 0;           // of the body, to libcurl
    bool would_repeat = false;  // libcurl wanted to send it anew
    Response response;
    size_t node = 0;
    size_t tries = 0;
    int64_t started_us = 0;
  };

  // libcurl's callbacks.
  static size_t GiveBody(char* out, size_t size, size_t count, void* transfer);
  static int Rewind(void* transfer, curl_off_t offset, int origin);
  static int Begin(void* transfer, char* to, char* from, int to_port, int from_port);
  static size_t TakeBody(char* data, size_t size, size_t count, void* transfer);
  static size_t TakeHeader(char* data, size_t size, size_t count, void* transfer);

  void SetUp(Transfer& transfer);
  void SetUpBody(Transfer& transfer);
  void Authenticate(Transfer& transfer);
  void Secure(CURL* easy);
  void Launch(std::unique_ptr<Transfer> transfer);
  void Finish(CURL* easy, CURLcode code, std::vector<Response>& responses);
  void RereadCredentials();
  void Recycle(std::unique_ptr<Transfer> transfer);

  const Settings settings_;
  const Clock& clock_;
  CURLM* multi_ = nullptr;
  NodePool nodes_;
  Credentials credentials_;
  CredentialReader reread_;
  int64_t reread_us_ = INT64_MIN / 2;
  uint64_t bytes_moved_ = 0;
  std::vector<std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<Response> cancelled_;
};

}  // namespace sluice::elasticsearch

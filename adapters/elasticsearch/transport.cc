#include "adapters/elasticsearch/transport.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "adapters/elasticsearch/gzip.h"
#include "core/model/check.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kResponseBytesMax = size_t{256} * 1024 * 1024;
constexpr long kUploadBufferBytes = 512L * 1024;
constexpr long kDownloadBufferBytes = 256L * 1024;

void InitCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

TransferError ErrorOf(CURLcode code, bool connected) {
  switch (static_cast<int>(code)) {
    case CURLE_OK: return TransferError::kNone;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_INTERFACE_FAILED: return TransferError::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return connected ? TransferError::kTimeout : TransferError::kUnreachable;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: return TransferError::kUnreadable;
    default: return connected ? TransferError::kConnectionLost : TransferError::kUnreachable;
  }
}

}  // namespace

Transport::Transport(const Settings& settings, const Clock& clock)
    : settings_(settings), clock_(clock) {
  InitCurl();
  multi_ = curl_multi_init();
  SLUICE_CHECK(multi_ != nullptr, "libcurl has memory");
  for (const std::string& url : settings_.urls) {
    std::string base = url;
    while (!base.empty() && base.back() == '/') base.pop_back();
    nodes_.push_back({std::move(base), 0, 0});
  }
  SLUICE_CHECK(!nodes_.empty(), "settings name at least one node");
}

Transport::~Transport() {
  CancelAll();
  for (const auto& transfer : idle_) {
    curl_slist_free_all(transfer->headers);
    curl_easy_cleanup(transfer->easy);
  }
  curl_multi_cleanup(multi_);
}

size_t Transport::TakeBody(char* data, size_t size, size_t count, void* opaque) {
  std::string& body = static_cast<Transfer*>(opaque)->response.body;
  const size_t bytes = size * count;
  if (body.size() + bytes > kResponseBytesMax) return 0;
  body.append(data, bytes);
  return bytes;
}

size_t Transport::TakeHeader(char* data, size_t size, size_t count, void* opaque) {
  constexpr std::string_view kName = "x-elastic-product";
  const std::string_view line(data, size * count);
  const bool same = line.size() > kName.size() &&
                    std::equal(kName.begin(), kName.end(), line.begin(), [](char a, char b) {
                      return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
                    });
  if (same) static_cast<Transfer*>(opaque)->response.elastic_product = true;
  return size * count;
}

void Transport::Authenticate(Transfer& transfer) {
  CURL* easy = transfer.easy;
  if (!settings_.api_key.empty()) {
    transfer.headers =
        curl_slist_append(transfer.headers, ("Authorization: ApiKey " + settings_.api_key).c_str());
  } else if (!settings_.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, settings_.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, settings_.password.c_str());
  }
  if (!settings_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (!settings_.certificate_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, settings_.certificate_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, settings_.key_file.c_str());
  }
}

void Transport::Prepare(Transfer& transfer) {
  CURL* easy = transfer.easy;
  curl_easy_reset(easy);  // keeps connections and TLS sessions
  curl_slist_free_all(std::exchange(transfer.headers, nullptr));
  const Request& request = transfer.request;
  const std::string url = nodes_[transfer.node].url + request.path;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kDownloadBufferBytes);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(settings_.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.request_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transport::TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transport::TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method);
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  if (settings_.gzip) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (!request.body.empty()) {
    std::string_view body = request.body;
    if (settings_.gzip) {
      Gzip(request.body, transfer.compressed);
      body = transfer.compressed;
      transfer.headers = curl_slist_append(transfer.headers, "Content-Encoding: gzip");
    }
    transfer.headers =
        curl_slist_append(transfer.headers, request.ndjson ? "Content-Type: application/x-ndjson"
                                                           : "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  }
  Authenticate(transfer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
}

size_t Transport::PickNode() {
  const int64_t now = clock_.NowUs();
  size_t best = next_node_;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const size_t node = (next_node_ + i) % nodes_.size();
    if (nodes_[node].aside_until_us <= now) {
      best = node;
      break;
    }
    // All are aside: the one that comes back first.
    if (nodes_[node].aside_until_us < nodes_[best].aside_until_us) best = node;
  }
  next_node_ = (best + 1) % nodes_.size();
  return best;
}

bool Transport::OtherNodeReady(size_t node) const {
  const int64_t now = clock_.NowUs();
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (i != node && nodes_[i].aside_until_us <= now) return true;
  return false;
}

void Transport::Start(Request request) {
  std::unique_ptr<Transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<Transfer>();
    transfer->easy = curl_easy_init();
    SLUICE_CHECK(transfer->easy != nullptr, "libcurl has memory");
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  transfer->request = std::move(request);
  transfer->tries = 0;
  transfer->started_us = clock_.NowUs();
  Launch(std::move(transfer));
}

void Transport::Launch(std::unique_ptr<Transfer> transfer) {
  transfer->node = PickNode();
  ++transfer->tries;
  transfer->response = Response{};
  transfer->response.tag = transfer->request.tag;
  Prepare(*transfer);
  curl_multi_add_handle(multi_, transfer->easy);
  running_.push_back(std::move(transfer));
}

void Transport::SetAside(Node& node) {
  node.failures = std::min(node.failures + 1, 16U);
  const int64_t wait_ms = std::min(settings_.retry_longest_ms,
                                   settings_.retry_first_ms << std::min(node.failures, 16U));
  node.aside_until_us = clock_.NowUs() + wait_ms * 1000;
}

void Transport::Finish(CURL* easy, CURLcode code, std::vector<Response>& responses) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [easy](const auto& transfer) { return transfer->easy == easy; });
  SLUICE_CHECK(found != running_.end(), "a finished transfer was running");
  std::unique_ptr<Transfer> transfer = std::move(*found);
  running_.erase(found);

  curl_off_t pretransfer_us = 0;
  curl_off_t uploaded = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  Response& response = transfer->response;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response.status);
  curl_multi_remove_handle(multi_, easy);

  const bool connected = pretransfer_us > 0;
  response.error = ErrorOf(code, connected);
  response.body_sent = uploaded > 0 || (connected && !transfer->request.body.empty());
  response.round_trip_us = clock_.NowUs() - transfer->started_us;
  Node& node = nodes_[transfer->node];
  if (response.error == TransferError::kNone) {
    node.failures = 0;
    node.aside_until_us = 0;
  } else {
    response.detail = node.url + ": " + curl_easy_strerror(code);
    if (response.error != TransferError::kTimeout) SetAside(node);
    const bool nothing_sent = response.error == TransferError::kUnreachable && !response.body_sent;
    if (nothing_sent && transfer->tries < nodes_.size() && OtherNodeReady(transfer->node)) {
      Launch(std::move(transfer));
      return;
    }
  }
  responses.push_back(std::move(response));
  Release(std::move(transfer));
}

void Transport::Release(std::unique_ptr<Transfer> transfer) {
  transfer->request = Request{};
  transfer->response = Response{};
  idle_.push_back(std::move(transfer));
}

void Transport::Poll(std::vector<Response>& responses) {
  for (Response& response : cancelled_) responses.push_back(std::move(response));
  cancelled_.clear();
  if (running_.empty()) return;
  int left = 0;
  curl_multi_perform(multi_, &left);
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result, responses);
  }
}

void Transport::CancelAll() {
  for (std::unique_ptr<Transfer>& transfer : std::exchange(running_, {})) {
    curl_off_t pretransfer_us = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
    curl_multi_remove_handle(multi_, transfer->easy);
    Response response;
    response.tag = transfer->request.tag;
    response.error = TransferError::kCancelled;
    response.body_sent = pretransfer_us > 0 && !transfer->request.body.empty();
    response.detail = "cancelled";
    cancelled_.push_back(std::move(response));
    Release(std::move(transfer));
  }
}

}  // namespace sluice::elasticsearch

#include "adapters/elasticsearch/transport.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/elasticsearch/gzip.h"
#include "core/model/check.h"

namespace sluice::elasticsearch {
namespace {

constexpr long kUploadBufferBytes = 512L * 1024;
constexpr long kDownloadBufferBytes = 256L * 1024;
constexpr long kKeptConnectionsMax = 32;
/// Only a body that holds one huge document is larger. A node that refuses its size answers before
/// the body with `Expect`, and else closes the connection in mid-body: its 413 may never be seen.
constexpr size_t kExpectAboveBytes = size_t{8} * 1024 * 1024;
/// One turn moves at most so many buffers a transfer: the others wait.
constexpr int kRoundsMax = 8;
constexpr int64_t kRereadEveryUs = 1'000'000;

}  // namespace

Transport::Transport(const Settings& settings, const Clock& clock)
    : settings_(settings),
      clock_(clock),
      nodes_(settings.urls, settings.retry_first_ms * 1000, settings.retry_longest_ms * 1000),
      credentials_{settings.username, settings.password, settings.api_key} {
  transfer::InitCurl();
  multi_ = curl_multi_init();
  SLUICE_CHECK(multi_ != nullptr, "libcurl has memory");
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnectionsMax);
}

Transport::~Transport() {
  CancelAll();
  for (const auto& transfer : idle_) {
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
  }
  curl_multi_cleanup(multi_);
}

// ---- libcurl's callbacks -----------------------------------------------------------------------

size_t Transport::GiveBody(char* out, size_t size, size_t count, void* opaque) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  const size_t bytes = std::min(size * count, transfer.body.size() - transfer.given);
  if (bytes > 0) std::memcpy(out, transfer.body.data() + transfer.given, bytes);
  transfer.given += bytes;
  transfer.owner->bytes_moved_ += bytes;
  return bytes;
}

int Transport::Rewind(void* opaque, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  const bool untouched = transfer.given == 0 && offset == 0 && origin == SEEK_SET;
  transfer.would_repeat |= !untouched;
  return untouched ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

int Transport::Begin(void* opaque, char* /*to*/, char* /*from*/, int /*to_port*/,
                     int /*from_port*/) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  if (transfer.given == 0) return CURL_PREREQFUNC_OK;
  transfer.would_repeat = true;
  return CURL_PREREQFUNC_ABORT;
}

size_t Transport::TakeBody(char* data, size_t size, size_t count, void* opaque) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  std::string& body = transfer.response.body;
  const size_t bytes = size * count;
  if (body.size() + bytes > transfer.request.reply_bytes_max) {
    transfer.response.too_long = true;
    return 0;
  }
  body.append(data, bytes);
  transfer.owner->bytes_moved_ += bytes;
  return bytes;
}

size_t Transport::TakeHeader(char* data, size_t size, size_t count, void* opaque) {
  constexpr std::string_view kName = "x-elastic-product:";
  const std::string_view line(data, size * count);
  const bool same = line.size() > kName.size() &&
                    std::equal(kName.begin(), kName.end(), line.begin(), [](char a, char b) {
                      return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
                    });
  if (same) static_cast<Transfer*>(opaque)->response.elastic_product = true;
  return size * count;
}

// ---- Setting up --------------------------------------------------------------------------------

void Transport::Authenticate(Transfer& transfer) {
  if (!credentials_.api_key.empty()) {
    transfer.headers = curl_slist_append(transfer.headers,
                                         ("Authorization: ApiKey " + credentials_.api_key).c_str());
  } else if (!credentials_.username.empty()) {
    curl_easy_setopt(transfer.easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(transfer.easy, CURLOPT_USERNAME, credentials_.username.c_str());
    curl_easy_setopt(transfer.easy, CURLOPT_PASSWORD, credentials_.password.c_str());
  }
}

void Transport::Secure(CURL* easy) {
  if (!settings_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
  if (!settings_.certificate_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, settings_.certificate_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, settings_.key_file.c_str());
  }
}

void Transport::SetUpBody(Transfer& transfer) {
  CURL* easy = transfer.easy;
  transfer.body = transfer.request.body;
  transfer.given = 0;
  transfer.would_repeat = false;
  if (transfer.body.empty()) return;
  if (settings_.gzip) {
    Gzip(transfer.request.body, transfer.compressed);
    transfer.body = transfer.compressed;
    transfer.headers = curl_slist_append(transfer.headers, "Content-Encoding: gzip");
  }
  transfer.headers = curl_slist_append(transfer.headers, transfer.request.ndjson
                                                             ? "Content-Type: application/x-ndjson"
                                                             : "Content-Type: application/json");
  if (transfer.body.size() <= kExpectAboveBytes)
    transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(transfer.body.size()));
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Transport::GiveBody);
  curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &Transport::Rewind);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Transport::Begin);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
}

void Transport::SetUp(Transfer& transfer) {
  CURL* easy = transfer.easy;
  curl_easy_reset(easy);  // keeps connections and TLS sessions
  curl_slist_free_all(std::exchange(transfer.headers, nullptr));
  const std::string url = nodes_.url(transfer.node) + transfer.request.path;
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
  SetUpBody(transfer);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer.request.method);
  if (settings_.gzip) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  Authenticate(transfer);
  Secure(easy);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
}

// ---- Moving ------------------------------------------------------------------------------------

void Transport::Start(Request request) {
  std::unique_ptr<Transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<Transfer>();
    transfer->easy = curl_easy_init();
    transfer->owner = this;
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
  transfer->node = nodes_.Take(clock_.NowUs());
  ++transfer->tries;
  transfer->response = Response{};
  transfer->response.tag = transfer->request.tag;
  SetUp(*transfer);
  curl_multi_add_handle(multi_, transfer->easy);
  running_.push_back(std::move(transfer));
}

void Transport::Finish(CURL* easy, CURLcode code, std::vector<Response>& responses) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [easy](const auto& transfer) { return transfer->easy == easy; });
  SLUICE_CHECK(found != running_.end(), "a finished transfer was running");
  std::unique_ptr<Transfer> transfer = std::move(*found);
  running_.erase(found);

  curl_off_t pretransfer_us = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
  Response& response = transfer->response;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response.status);
  curl_multi_remove_handle(multi_, easy);

  response.body_sent = transfer->given > 0;
  const bool begun = transfer->body.empty() ? pretransfer_us > 0 : response.body_sent;
  response.error = transfer::ErrorOf(code, begun);
  // A node that refuses the size answers and closes while the body is still being sent.
  constexpr long kTooLarge = 413;
  if (response.error == TransferError::kConnectionLost && response.status == kTooLarge)
    response.error = TransferError::kNone;
  const int64_t now = clock_.NowUs();
  response.round_trip_us = now - transfer->started_us;
  const bool answered =
      response.error == TransferError::kNone || response.error == TransferError::kUnreadable;
  nodes_.Release(transfer->node, answered, now);
  if (response.error != TransferError::kNone) {
    const char* words = curl_easy_strerror(code);
    if (response.too_long) words = "the reply is longer than accepted";
    if (transfer->would_repeat) words = "the connection was closed after the request was sent";
    response.detail = nodes_.url(transfer->node) + ": " + words;
    if (response.error == TransferError::kUnreachable && transfer->tries < nodes_.size() &&
        nodes_.OtherReady(transfer->node, now)) {
      Launch(std::move(transfer));
      return;
    }
  } else if (response.status == 401) {
    RereadCredentials();
  }
  responses.push_back(std::move(response));
  Recycle(std::move(transfer));
}

void Transport::RereadCredentials() {
  const int64_t now = clock_.NowUs();
  if (!reread_ || now - reread_us_ < kRereadEveryUs) return;
  reread_us_ = now;
  if (std::optional<Credentials> fresh = reread_()) credentials_ = std::move(*fresh);
}

void Transport::Recycle(std::unique_ptr<Transfer> transfer) {
  constexpr size_t kKeptBytesMax = size_t{8} * 1024 * 1024;
  transfer->request = Request{};
  transfer->response = Response{};
  transfer->body = {};
  if (transfer->compressed.capacity() > kKeptBytesMax) transfer->compressed = std::string();
  idle_.push_back(std::move(transfer));
}

void Transport::Poll(std::vector<Response>& responses) {
  for (Response& response : cancelled_) responses.push_back(std::move(response));
  cancelled_.clear();
  if (running_.empty()) return;
  uint64_t before = 0;
  int round = 0;
  do {  // a call moves one buffer a transfer, which for a large body is a small part of it
    before = bytes_moved_;
    int left = 0;
    curl_multi_perform(multi_, &left);
  } while (bytes_moved_ != before && ++round < kRoundsMax);
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result, responses);
  }
}

CURLM* Transport::multi() {
  return multi_;
}

void Transport::CancelAll() {
  for (std::unique_ptr<Transfer>& transfer : std::exchange(running_, {})) {
    curl_multi_remove_handle(multi_, transfer->easy);
    nodes_.Abandon(transfer->node);
    Response response;
    response.tag = transfer->request.tag;
    response.error = TransferError::kCancelled;
    response.body_sent = transfer->given > 0;
    response.round_trip_us = clock_.NowUs() - transfer->started_us;
    response.detail = "cancelled";
    cancelled_.push_back(std::move(response));
    Recycle(std::move(transfer));
  }
}

}  // namespace sluice::elasticsearch

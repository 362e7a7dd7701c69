#include "adapters/webhook/http_destinations.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "adapters/transfer/transfer_error.h"
#include "adapters/webhook/error_map.h"
#include "adapters/webhook/signature.h"
#include "core/model/check.h"

namespace sluice::webhook {
namespace {

using transfer::TransferError;

/// Connections that are kept for the next request, of all destinations together.
constexpr long kKeptConnectionsMax = 128;
/// What of a reply is kept for people and dead letters.
constexpr size_t kReplyKeptBytes = 512;
/// A longer reply is not read to its end.
constexpr size_t kReplyBytesMax = size_t{64} * 1024;
constexpr size_t kIdleMax = 128;
constexpr int64_t kUsPerSecond = 1'000'000;
/// Servers say what they like, and dates that are past are below zero.
constexpr int64_t kRetryAfterMaxS = std::numeric_limits<int64_t>::max() / kUsPerSecond;

std::string Printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

}  // namespace

HttpDestinations::Transfer::~Transfer() {
  if (easy != nullptr) curl_easy_cleanup(easy);
  curl_slist_free_all(headers);
}

HttpDestinations::HttpDestinations(Settings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {
  transfer::InitCurl();
  multi_ = curl_multi_init();
  SLUICE_CHECK(multi_ != nullptr, "libcurl has memory");
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnectionsMax);
}

HttpDestinations::~HttpDestinations() {
  CancelAll();
  idle_.clear();
  curl_multi_cleanup(multi_);
}

/// The line behind the headers is empty. What says "100 Continue" before the answer has one too, so
/// that each line of a status begins anew.
size_t HttpDestinations::TakeHeader(char* line, size_t size, size_t count, void* opaque) {
  const std::string_view text(line, size * count);
  auto& transfer = *static_cast<Transfer*>(opaque);
  if (text.starts_with("HTTP/")) transfer.answered = false;
  if (text == "\r\n" || text == "\n") transfer.answered = true;
  return text.size();
}

size_t HttpDestinations::TakeBody(char* data, size_t size, size_t count, void* opaque) {
  auto& transfer = *static_cast<Transfer*>(opaque);
  const size_t bytes = size * count;
  transfer.reply.append(data, std::min(bytes, kReplyKeptBytes - transfer.reply.size()));
  transfer.reply_bytes += bytes;
  return transfer.reply_bytes > kReplyBytesMax ? 0 : bytes;
}

void HttpDestinations::AddHeaders(Transfer& transfer, const OutgoingDelivery& delivery) {
  curl_slist_free_all(std::exchange(transfer.headers, nullptr));
  const auto add = [&transfer](const std::string& line) {
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  };
  const std::string key(delivery.idempotency_key);
  const int64_t seconds = clock_.WallMs() / 1'000;
  add("Content-Type: application/json");
  add("Expect:");
  add("Idempotency-Key: " + key);
  add("webhook-id: " + key);
  add("webhook-timestamp: " + std::to_string(seconds));
  add("webhook-attempt: " + std::to_string(delivery.attempt));
  const std::string& secret = settings_.endpoints[delivery.destination.value].secret;
  if (!secret.empty())
    add("webhook-signature: " + SignatureOf(secret, key, seconds, delivery.body));
}

void HttpDestinations::SetUp(Transfer& transfer, const OutgoingDelivery& delivery) {
  CURL* easy = transfer.easy;
  curl_easy_reset(easy);  // keeps connections and TLS sessions
  curl_easy_setopt(easy, CURLOPT_URL, settings_.endpoints[delivery.destination.value].url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  transfer.error.fill('\0');
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, settings_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(settings_.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.request_timeout_ms));
  if (!settings_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpDestinations::TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpDestinations::TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  // Borrowed, not copied. Where a kept-alive connection turns out to be dead libcurl sends it once
  // more by itself: one more repeat with the same key.
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(delivery.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, delivery.body.data());
  AddHeaders(transfer, delivery);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
}

void HttpDestinations::Send(const OutgoingDelivery& delivery) {
  std::unique_ptr<Transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<Transfer>();
    transfer->easy = curl_easy_init();
    SLUICE_CHECK(transfer->easy != nullptr, "libcurl has memory");
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  transfer->token = delivery.token;
  transfer->destination = delivery.destination;
  transfer->started_us = clock_.NowUs();
  transfer->reply.clear();
  transfer->reply_bytes = 0;
  transfer->answered = false;
  SetUp(*transfer, delivery);
  curl_multi_add_handle(multi_, transfer->easy);
  running_.push_back(std::move(transfer));
}

void HttpDestinations::Finish(CURL* easy, CURLcode code, std::vector<DeliveryAnswer>& answers) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [easy](const auto& transfer) { return transfer->easy == easy; });
  SLUICE_CHECK(found != running_.end(), "a finished transfer was running");
  std::unique_ptr<Transfer> transfer = std::move(*found);
  running_.erase(found);
  long status = 0;
  curl_off_t pretransfer_us = 0;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
  curl_multi_remove_handle(multi_, easy);

  TransferError error = transfer::ErrorOf(code, pretransfer_us > 0);
  // The status is what counts, whatever is said after it, and whether or not it ends.
  if (transfer->answered && status >= 200) error = TransferError::kNone;
  DeliveryAnswer& answer = answers.emplace_back();
  answer.token = transfer->token;
  answer.round_trip_us = clock_.NowUs() - transfer->started_us;
  const std::string& name = settings_.endpoints[transfer->destination.value].name;
  if (error == TransferError::kNone) {
    answer.failure.verdict = OfStatus(status);
    answer.failure.type = "http_" + std::to_string(status);
    answer.failure.detail =
        name + ": HTTP " + std::to_string(status) + " " + Printable(transfer->reply);
    answer.retry_after_us = std::clamp<int64_t>(retry_after_s, 0, kRetryAfterMaxS) * kUsPerSecond;
  } else {
    answer.failure.verdict = OfTransfer(error);
    answer.failure.type = FailureReasonName(answer.failure.verdict.reason);
    const bool told = transfer->error.front() != '\0';
    answer.failure.detail =
        name + ": " + Printable(told ? transfer->error.data() : curl_easy_strerror(code));
  }
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(transfer));
}

void HttpDestinations::Poll(std::vector<DeliveryAnswer>& answers) {
  for (DeliveryAnswer& answer : cancelled_) answers.push_back(std::move(answer));
  cancelled_.clear();
  if (running_.empty()) return;
  int left = 0;
  curl_multi_perform(multi_, &left);
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result, answers);
  }
}

CURLM* HttpDestinations::multi() {
  return multi_;
}

void HttpDestinations::CancelAll() {
  for (std::unique_ptr<Transfer>& transfer : std::exchange(running_, {})) {
    curl_multi_remove_handle(multi_, transfer->easy);
    DeliveryAnswer& answer = cancelled_.emplace_back();
    answer.token = transfer->token;
    answer.failure.verdict = OfTransfer(TransferError::kCancelled);
    answer.failure.detail = "cancelled";
    answer.round_trip_us = clock_.NowUs() - transfer->started_us;
  }
}

}  // namespace sluice::webhook

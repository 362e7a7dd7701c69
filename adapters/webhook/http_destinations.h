#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "adapters/webhook/settings.h"
#include "core/ports/clock.h"
#include "core/ports/destinations.h"

namespace sluice::webhook {

/// Customers' HTTP servers: each status is a POST of its JSON with the headers `Idempotency-Key`,
/// `webhook-id`, `webhook-timestamp` and, where there is a secret, `webhook-signature`.
///
/// No redirects, no netrc, no proxy but the configured one. Of an answer the status counts; its
/// first bytes are kept for people.
///
/// Threads:   one call at a time per instance.
/// Ownership: bodies and keys are borrowed until their answer was taken.
/// Time:      no call blocks (names are resolved in libcurl's own thread).
/// Errors:    as answers, by error_map.h.
class HttpDestinations final : public Destinations {
 public:
  HttpDestinations(Settings settings, const Clock& clock);
  ~HttpDestinations() override;
  HttpDestinations(const HttpDestinations&) = delete;
  HttpDestinations& operator=(const HttpDestinations&) = delete;

  void Send(const OutgoingDelivery& delivery) override;
  void Poll(std::vector<DeliveryAnswer>& answers) override;
  void CancelAll() override;

  /// For a waiter: libcurl's own handle of all transfers.
  [[nodiscard]] CURLM* multi();

 private:
  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    uint64_t token = 0;
    DestinationSlot destination;
    int64_t started_us = 0;
    std::string reply;  ///< Its beginning.
    size_t reply_bytes = 0;
    std::array<char, CURL_ERROR_SIZE> error{};  ///< libcurl's own sentence, of host and port too.
    bool answered = false;                      ///< Status and headers have arrived.

    ~Transfer();
  };

  static size_t TakeHeader(char* line, size_t size, size_t count, void* transfer);
  static size_t TakeBody(char* data, size_t size, size_t count, void* transfer);
  void SetUp(Transfer& transfer, const OutgoingDelivery& delivery);
  void AddHeaders(Transfer& transfer, const OutgoingDelivery& delivery);
  void Finish(CURL* easy, CURLcode code, std::vector<DeliveryAnswer>& answers);

  const Settings settings_;
  const Clock& clock_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<DeliveryAnswer> cancelled_;
};

}  // namespace sluice::webhook

#include "adapters/elasticsearch/scan_desk.h"

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/document_reader.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/held_request.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/stub.h"
#include "core/operations/json_string.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kPage = 2'000;
/// An id has 512 bytes at most, and is escaped to six times that at the very most.
constexpr size_t kReplyBytesMax = size_t{16} << 20;
constexpr const char* kSearchQuery =
    "/_search?scroll=5m&filter_path=_scroll_id,hits.hits._id,hits.hits._version,_shards.failed,"
    "timed_out";
constexpr const char* kScrollPath =
    "/_search/scroll?filter_path=_scroll_id,hits.hits._id,hits.hits._version,_shards.failed,"
    "timed_out";

std::string SearchBody(bool soft_deletes) {
  std::string body =
      R"({"size":)" + std::to_string(kPage) + R"(,"sort":["_doc"],"_source":false,"version":true)";
  if (soft_deletes) body += R"(,"query":)" + std::string(kStubFilter);
  return body + '}';
}

std::string ScrollBody(const std::string& scroll, bool goes_on) {
  std::string body = goes_on ? R"({"scroll":"5m","scroll_id":")" : R"({"scroll_id":")";
  AppendJsonEscaped(scroll, body);
  return body + "\"}";
}

}  // namespace

void ScanDesk::Begin(IndexSlot index) {
  End();
  index_ = index;
  Restart();
  Ask();
}

void ScanDesk::Restart() {
  EndScroll();
  step_ = Step::kRefresh;
  wanted_ = true;
}

void ScanDesk::Next() {
  wanted_ = true;
  Ask();
}

void ScanDesk::End() {
  EndScroll();
  step_ = Step::kIdle;
  wanted_ = false;
  asked_ = 0;  // its answer is passed over
  failures_ = 0;
  not_before_us_ = 0;
  answer_.reset();
}

/// One that cannot be ended ends by itself, minutes later.
void ScanDesk::EndScroll() {
  if (scroll_.empty()) return;
  const uint32_t number = next_++;
  Request request;
  request.tag = tag_ | number;
  request.method = "DELETE";
  request.path = "/_search/scroll";
  request.body = bodies_[number] = ScrollBody(std::exchange(scroll_, std::string()), false);
  transport_.Start(std::move(request));
}

std::optional<ScanPage> ScanDesk::Poll() {
  Ask();
  return std::exchange(answer_, std::nullopt);
}

void ScanDesk::Ask() {
  if (!wanted_ || asked_ != 0 || clock_.NowUs() < not_before_us_) return;
  wanted_ = false;
  asked_ = next_++;
  Request request;
  request.tag = tag_ | asked_;
  request.method = "POST";
  request.reply_bytes_max = kReplyBytesMax;
  switch (step_) {
    case Step::kIdle: return;
    case Step::kRefresh: request.path = IndexPath(name_of_(index_)) + "/_refresh"; break;
    case Step::kSearch:
      request.path = IndexPath(name_of_(index_)) + kSearchQuery;
      request.body = bodies_[asked_] = SearchBody(settings_.soft_deletes);
      break;
    case Step::kScroll:
      request.path = kScrollPath;
      request.body = bodies_[asked_] = ScrollBody(scroll_, true);
      break;
  }
  transport_.Start(std::move(request));
}

void ScanDesk::Take(uint32_t number, const Response& response) {
  bodies_.erase(number);
  if (number != asked_) return;  // of a scan that was given up, or the end of a scroll
  asked_ = 0;
  const bool answered = response.error == TransferError::kNone;
  const ErrorBody words =
      answered && response.status >= 400 ? ReadErrorBody(response.body) : ErrorBody();
  if (answered && response.status == 404 && words.type == "index_not_found_exception") {
    step_ = Step::kIdle;
    answer_ = ScanPage{};
    answer_->failure = {{Disposition::kHalt, FailureReason::kIndexMissing, WriteResult::kCreated},
                        words.type,
                        "index " + name_of_(index_) + " is gone: " + words.reason};
  } else if (!answered || response.status != 200) {
    // Whatever it is, a scroll may have lost its place: the scan begins anew.
    TryAgain(response, words.type);
  } else {
    TakeStep(response);
  }
}

void ScanDesk::TakeStep(const Response& response) {
  if (step_ == Step::kRefresh) {
    if (!IsRefreshed(response.body)) {
      TryAgain(response, "not every shard was refreshed");
      return;
    }
    step_ = Step::kSearch;
    wanted_ = true;
    Ask();
    return;
  }
  ScanPage page;
  bool complete = true;
  const bool understood =
      ReadPage(response.body, scroll_, complete) && ReadIds(response.body, page.documents);
  if (!understood || !complete) {
    TryAgain(response, complete ? "an answer that is not understood" : "a shard has not answered");
    return;
  }
  failures_ = 0;
  step_ = Step::kScroll;
  page.last = page.documents.empty();
  if (page.last) {
    EndScroll();
    step_ = Step::kIdle;
  }
  answer_ = std::move(page);
}

void ScanDesk::TryAgain(const Response& response, const std::string& what) {
  constexpr uint32_t kDoublingsMax = 16;
  Restart();
  failures_ = std::min(failures_ + 1, kDoublingsMax);
  not_before_us_ =
      clock_.NowUs() +
      std::min(settings_.retry_longest_ms, settings_.retry_first_ms << (failures_ - 1)) * 1'000;
  answer_ = ScanPage{};
  answer_->failure = HoldOf(response, response.error != TransferError::kNone
                                          ? std::string()
                                          : "HTTP " + std::to_string(response.status) + " " + what);
}

}  // namespace sluice::elasticsearch

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/document_index.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_search_cluster.h"

namespace sluice::testing {

/// What becomes of a request and of its answer.
struct RequestFate {
  /// How much of the body takes effect, and when.
  enum class Effect : uint8_t {
    kAll,
    kNone,
    kFirstHalf,
    kLater,  ///< After the answer, when the cluster lands its stragglers.
  };
  /// The request's own verdict; kDone: each item is answered by itself.
  Failure request;
  Effect effect = Effect::kAll;  ///< Without kDone of the request; with it, each item decides.
  bool body_sent = true;
};

/// One member's way into a FakeSearchCluster. Answers by itself at the next Poll(), or, while
/// answers are held, in the order and with the fate that the test chooses.
///
/// Threads:   one call at a time.
/// Ownership: the cluster is borrowed. Requests still open at the end become stragglers there.
/// Time:      never blocks; nothing happens between calls.
/// Errors:    as scripted. Two outstanding operations of one id are noted as a breach of I3.
class FakeDocumentIndex : public DocumentIndex {
 public:
  /// `clock`: dates requests, so that a copy of one lives for `copies_live_us` from its sending;
  /// none: copies live for ever.
  explicit FakeDocumentIndex(FakeSearchCluster& cluster, const FakeClock* clock = nullptr,
                             int64_t copies_live_us = INT64_MAX)
      : cluster_(cluster), clock_(clock), copies_live_us_(copies_live_us) {}
  ~FakeDocumentIndex() override;
  FakeDocumentIndex(const FakeDocumentIndex&) = delete;
  FakeDocumentIndex& operator=(const FakeDocumentIndex&) = delete;

  // The port.
  IndexSlot Prepare(const std::string& stream) override;
  [[nodiscard]] const std::string& IndexName(IndexSlot index) const override;
  BatchHandle OpenBatch() override;
  size_t Append(BatchHandle batch, const DocumentWrite& write) override;
  void Send(BatchHandle batch) override;
  [[nodiscard]] std::string_view Document(BatchHandle batch, size_t ordinal) const override;
  [[nodiscard]] Failure ItemFailure(BatchHandle batch, size_t ordinal) const override;
  [[nodiscard]] int64_t StoredVersion(BatchHandle batch, size_t ordinal) const override;
  void Discard(BatchHandle batch) override;
  void Lookup(uint64_t token, IndexSlot index, std::string_view id) override;
  void FlushLookups() override;
  void Poll(std::vector<BatchCompletion>& batches, std::vector<LookupResult>& lookups,
            std::vector<PrepareResult>& prepared) override;
  void CancelTransfers() override;
  void CancelAll() override;

  // Valves.
  /// While held, requests and lookups stay open until the test answers them.
  void HoldAnswers(bool hold) { answers_held_ = hold; }
  void HoldPrepared(bool hold) { prepared_held_ = hold; }
  /// Answers the open request at that position in order of sending.
  void Answer(size_t position, const RequestFate& fate = {});
  void AnswerNext(const RequestFate& fate = {}) { Answer(0, fate); }
  void AnswerAll();
  void AnswerLookup(size_t position, const Verdict& verdict = {});
  void AnswerAllLookups();
  /// The next requests are answered so, one each, in place of the fate given or of success.
  void FailNextRequest(const RequestFate& fate) { request_fates_.push_back(fate); }
  void FailNextLookup(const Verdict& verdict) { lookup_fates_.push_back(verdict); }
  /// The next results for destinations, one a Poll(), before success.
  void FailNextPrepare(const Failure& failure) { prepare_fates_.push_back(failure); }
  /// Asked for each item of a request whose own verdict is kDone; none: it is applied.
  std::function<std::optional<Failure>(const OwnedWrite&)> refuse_item;
  /// Conflicts are answered without the version that is stored.
  void HideStoredVersions(bool hide) { versions_hidden_ = hide; }
  /// A body of more bytes than this is refused as a whole with kTooLarge.
  void SetMaxBodyBytes(size_t bytes) { max_body_bytes_ = bytes; }
  /// Whether bytes of the requests had left when they are cancelled: they land later then.
  void SetCancelledLandLater(bool later) { cancelled_land_later_ = later; }

  // What was seen.
  struct Request {
    std::vector<OwnedWrite> writes;
    size_t bytes = 0;
    int64_t sent_us = 0;
  };
  [[nodiscard]] size_t open_requests() const { return in_flight_.size(); }
  [[nodiscard]] const Request& open_request(size_t position) const {
    return batches_.at(in_flight_[position]).request;
  }
  [[nodiscard]] size_t open_lookups() const { return lookups_.size(); }
  [[nodiscard]] uint64_t requests_sent() const { return requests_sent_; }
  [[nodiscard]] uint64_t writes_sent() const { return writes_sent_; }
  [[nodiscard]] uint64_t lookups_asked() const { return lookups_asked_; }
  [[nodiscard]] size_t bodies() const { return batches_.size(); }
  /// Breaches of the port's contract or of I3 by the caller; empty when all is well.
  [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }

 private:
  enum class State : uint8_t { kOpen, kInFlight, kAnswered };
  struct Batch {
    State state = State::kOpen;
    Request request;
    Failure verdict;
    std::vector<Verdict> items;
    std::vector<Failure> failures;
    std::vector<int64_t> stored;
    bool body_sent = true;
  };
  struct Wanted {
    uint64_t token = 0;
    std::string index;
    std::string id;
  };

  void AnswerItems(Batch& batch);
  void Carry(const Batch& batch, RequestFate::Effect effect);
  void NoteOutstanding(const Batch& sent);

  FakeSearchCluster& cluster_;
  const FakeClock* const clock_;
  const int64_t copies_live_us_;
  std::vector<std::string> names_;  // by IndexSlot
  std::vector<IndexSlot> unprepared_;
  std::map<uint32_t, Batch> batches_;
  uint32_t next_batch_ = 0;
  std::vector<uint32_t> in_flight_;  // in order of sending
  std::deque<uint32_t> answered_;
  std::vector<Wanted> gathered_;
  std::vector<Wanted> lookups_;
  std::deque<LookupResult> looked_up_;
  std::deque<RequestFate> request_fates_;
  std::deque<Verdict> lookup_fates_;
  std::deque<Failure> prepare_fates_;
  size_t max_body_bytes_ = SIZE_MAX;
  bool answers_held_ = false;
  bool versions_hidden_ = false;
  bool prepared_held_ = false;
  bool resting_ =
      false;  ///< Cancelled for the end; nothing is made ready until the next Prepare().
  bool cancelled_land_later_ = false;
  uint64_t requests_sent_ = 0;
  uint64_t writes_sent_ = 0;
  uint64_t lookups_asked_ = 0;
  std::vector<std::string> breaches_;
};

}  // namespace sluice::testing

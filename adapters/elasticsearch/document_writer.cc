#include "adapters/elasticsearch/document_writer.h"

#include <algorithm>

namespace sluice::elasticsearch {
namespace {

constexpr std::chrono::milliseconds kTurn{50};
constexpr std::chrono::milliseconds kPause{500};

bool IsFinal(const Verdict& verdict) {
  switch (verdict.disposition) {
    case Disposition::kDone:
    case Disposition::kReject:
    case Disposition::kSplit:
    case Disposition::kHalt: return true;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kCancelled: break;
  }
  return false;
}

}  // namespace

DocumentWriter::DocumentWriter(const Settings& settings, const Clock& clock,
                               std::chrono::milliseconds timeout)
    : clock_(clock),
      timeout_us_(timeout.count() * 1'000),
      transport_(settings, clock),
      index_(settings, transport_, clock),
      waiter_(transport_.multi()) {}

Failure DocumentWriter::Prepare(const std::string& stream, IndexSlot& slot, int64_t until_us) {
  slot = index_.Prepare(stream);
  Failure failure{{Disposition::kHold, FailureReason::kUnreachable, {}}, "", "no answer"};
  while (clock_.NowUs() < until_us) {
    prepared_.clear();
    index_.Poll(batches_, lookups_, prepared_);
    for (PrepareResult& result : prepared_) {
      if (result.index != slot) continue;
      failure = std::move(result.failure);
      if (IsFinal(failure.verdict)) return failure;
    }
    waiter_.Wait(kTurn);
  }
  return failure;
}

WriteAnswer DocumentWriter::Once(const DocumentWrite& write) {
  const BatchHandle batch = index_.OpenBatch();
  index_.Append(batch, write);
  index_.Send(batch);
  batches_.clear();
  for (;;) {  // a transfer has a time limit of its own
    index_.Poll(batches_, lookups_, prepared_);
    if (!batches_.empty()) break;
    waiter_.Wait(kTurn);
  }
  const BatchCompletion& completion = batches_.front();
  WriteAnswer answer;
  answer.failure = completion.request;
  answer.doubted =
      completion.body_sent && completion.request.verdict.disposition != Disposition::kDone;
  if (completion.request.verdict.disposition == Disposition::kDone) {
    answer.failure = index_.ItemFailure(batch, 0);
    answer.failure.verdict = completion.items.front();
    answer.doubted = answer.failure.verdict.disposition == Disposition::kInDoubt;
    answer.stored_version = index_.StoredVersion(batch, 0);
  }
  index_.Discard(batch);
  return answer;
}

WriteAnswer DocumentWriter::Write(const std::string& stream, DocumentWrite write) {
  const int64_t until_us = clock_.NowUs() + timeout_us_;
  WriteAnswer answer;
  answer.failure = Prepare(stream, write.index, until_us);
  if (answer.failure.verdict.disposition != Disposition::kDone) return answer;
  for (bool doubted = false;;) {
    answer = Once(write);
    doubted |= answer.doubted;
    answer.doubted = doubted;
    if (answer.failure.verdict.disposition == Disposition::kSplit)
      answer.failure.verdict.disposition = Disposition::kReject;  // it was the only one
    if (IsFinal(answer.failure.verdict) || clock_.NowUs() >= until_us) return answer;
    const int64_t again_us = clock_.NowUs() + kPause.count() * 1'000;
    while (clock_.NowUs() < again_us) waiter_.Wait(kTurn);
  }
}

}  // namespace sluice::elasticsearch

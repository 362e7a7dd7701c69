// One row an answer.
#include "adapters/webhook/error_map.h"

#include <gtest/gtest.h>

namespace sluice::webhook {
namespace {

using enum Disposition;
using R = FailureReason;
using transfer::TransferError;

TEST(WebhookErrorMap, EachTransferErrorHasItsMeaning) {
  const struct {
    TransferError error;
    Disposition disposition;
    R reason;
  } rows[] = {
      {TransferError::kNone, kDone, R::kNone},
      {TransferError::kUnreachable, kRetry, R::kUnreachable},
      {TransferError::kConnectionLost, kInDoubt, R::kConnectionLost},
      {TransferError::kTimeout, kInDoubt, R::kTimeout},
      {TransferError::kUnreadable, kInDoubt, R::kUnreadableReply},
      {TransferError::kCancelled, kCancelled, R::kNone},
  };
  for (const auto& row : rows) {
    const Verdict verdict = OfTransfer(row.error);
    EXPECT_EQ(verdict.disposition, row.disposition) << static_cast<int>(row.error);
    EXPECT_EQ(verdict.reason, row.reason) << static_cast<int>(row.error);
  }
}

TEST(WebhookErrorMap, EachStatusHasItsMeaning) {
  const struct {
    long status;
    Disposition disposition;
    R reason;
  } rows[] = {
      {200, kDone, R::kNone},
      {202, kDone, R::kNone},
      {204, kDone, R::kNone},
      {100, kHold, R::kUnexpectedStatus},
      {301, kHold, R::kUnexpectedStatus},
      {304, kHold, R::kUnexpectedStatus},
      {400, kReject, R::kBadRequest},
      {401, kHold, R::kUnauthorized},
      {403, kHold, R::kUnauthorized},
      {404, kHold, R::kUnexpectedStatus},
      {405, kHold, R::kUnexpectedStatus},
      {407, kHold, R::kUnauthorized},
      {408, kInDoubt, R::kTimeout},
      {409, kInDoubt, R::kOverloaded},
      {410, kHold, R::kUnexpectedStatus},
      {413, kReject, R::kTooLarge},
      {415, kReject, R::kBadRequest},
      {418, kHold, R::kUnexpectedStatus},
      {422, kReject, R::kBadRequest},
      {425, kRetry, R::kOverloaded},
      {429, kRetry, R::kOverloaded},
      {500, kInDoubt, R::kServerError},
      {503, kInDoubt, R::kServerError},
      {599, kInDoubt, R::kServerError},
      {600, kHold, R::kUnexpectedStatus},
      {0, kHold, R::kUnexpectedStatus},
  };
  for (const auto& row : rows) {
    const Verdict verdict = OfStatus(row.status);
    EXPECT_EQ(verdict.disposition, row.disposition) << row.status;
    EXPECT_EQ(verdict.reason, row.reason) << row.status;
  }
}

TEST(WebhookErrorMap, OnlyWhatSpeaksOfTheBodyIsRefusedForGood) {
  for (long status = 0; status < 1'000; ++status) {
    const bool refused = OfStatus(status).disposition == kReject;
    EXPECT_EQ(refused, status == 400 || status == 413 || status == 415 || status == 422) << status;
  }
}

}  // namespace
}  // namespace sluice::webhook

#include "core/operations/source/transaction_ledger.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(TransactionLedger, IsSafeUpToTheFirstTransactionThatIsNot) {
  TransactionLedger ledger(Lsn{10});
  const uint64_t first = ledger.Begin();
  ledger.Add();
  ledger.Add();
  ledger.Commit(Lsn{20});
  const uint64_t second = ledger.Begin();
  ledger.Add();
  ledger.Commit(Lsn{30});
  ledger.Acknowledge(second, 1);
  EXPECT_EQ(ledger.safe(), Lsn{10});
  ledger.Acknowledge(first, 1);
  EXPECT_EQ(ledger.safe(), Lsn{10});
  ledger.Acknowledge(first, 1);
  EXPECT_EQ(ledger.safe(), Lsn{30});
  EXPECT_TRUE(ledger.empty());
}

TEST(TransactionLedger, AnOpenTransactionIsNotSafeHoweverMuchIsAcknowledged) {
  TransactionLedger ledger(Lsn{10});
  const uint64_t token = ledger.Begin();
  ledger.Add();
  ledger.Acknowledge(token, 1);
  EXPECT_EQ(ledger.safe(), Lsn{10});
  ledger.Add();
  ledger.Commit(Lsn{20});
  EXPECT_EQ(ledger.safe(), Lsn{10});
  ledger.Acknowledge(token, 1);
  EXPECT_EQ(ledger.safe(), Lsn{20});
}

TEST(TransactionLedger, ATransactionWithoutRecordsIsSafeAtItsEnd) {
  TransactionLedger ledger(Lsn{10});
  ledger.Begin();
  ledger.Commit(Lsn{20});
  EXPECT_EQ(ledger.safe(), Lsn{20});
}

TEST(TransactionLedger, TakesAnIdlePositionOnlyWhileNothingIsPending) {
  TransactionLedger ledger(Lsn{10});
  ledger.Idle(Lsn{15});
  EXPECT_EQ(ledger.safe(), Lsn{15});
  const uint64_t token = ledger.Begin();
  ledger.Add();
  ledger.Commit(Lsn{20});
  ledger.Idle(Lsn{40});
  EXPECT_EQ(ledger.safe(), Lsn{15});
  ledger.Acknowledge(token, 1);
  EXPECT_EQ(ledger.safe(), Lsn{20});
  ledger.Idle(Lsn{12});
  EXPECT_EQ(ledger.safe(), Lsn{20}) << "never back";
}

TEST(TransactionLedgerDeathTest, RefusesWhatWasNeverHandedOver) {
  TransactionLedger ledger(Lsn{10});
  const uint64_t token = ledger.Begin();
  ledger.Add();
  EXPECT_DEATH(ledger.Acknowledge(token, 2), "acknowledged twice");
  EXPECT_DEATH(ledger.Acknowledge(token + 1, 1), "open transactions");
}

}  // namespace
}  // namespace sluice

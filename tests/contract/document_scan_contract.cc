// What a DocumentScan tells of the documents that a DocumentIndex writes.
#include <algorithm>

#include "tests/contract/document_index_contract.h"

namespace sluice::testing {

std::map<std::string, int64_t> DocumentIndexContract::Scan(IndexSlot slot) {
  std::map<std::string, int64_t> found;
  harness_->scan().Begin(slot);
  bool last = false;
  EXPECT_TRUE(TurnUntil([&] {
    std::optional<ScanPage> page = harness_->scan().Poll();
    if (!page) return false;
    EXPECT_EQ(page->failure.verdict.disposition, Disposition::kDone) << page->failure.detail;
    for (const ScannedDocument& document : page->documents)
      EXPECT_TRUE(found.emplace(document.id, document.version).second) << document.id;
    last = page->last || page->failure.verdict.disposition == Disposition::kHalt;
    if (!last) harness_->scan().Next();
    return last;
  })) << "the scan does not end";
  return found;
}

TEST_P(DocumentIndexContract, AScanTellsWhatWasWrittenBefore) {
  using Documents = std::map<std::string, int64_t>;
  EXPECT_EQ(Scan(slot_), Documents());
  EXPECT_EQ(Write(Put(slot_, "a", 5)), WriteResult::kCreated);
  EXPECT_EQ(Write(Put(slot_, "b,\"~c", 6)), WriteResult::kCreated);
  EXPECT_EQ(Write(Put(slot_, "gone", 7)), WriteResult::kCreated);
  EXPECT_EQ(Write(Remove(slot_, "gone", 8)), WriteResult::kDeleted);
  EXPECT_EQ(Write(Put(slot_, "a", 9)), WriteResult::kUpdated);
  EXPECT_EQ(Scan(slot_), (Documents{{"a", 9}, {"b,\"~c", 6}}));
}

TEST_P(DocumentIndexContract, AScanGoesOverManyPages) {
  constexpr int kDocuments = 4'500;
  std::vector<std::string> ids;
  for (int i = 0; i < kDocuments; ++i) ids.push_back("id" + std::to_string(i));
  std::vector<DocumentWrite> writes;
  for (const std::string& id : ids) writes.push_back(Put(slot_, id, 3));
  const BatchCompletion completion = Await(Send(writes));
  ASSERT_EQ(completion.items.size(), ids.size());
  index().Discard(completion.batch);
  EXPECT_EQ(Scan(slot_).size(), ids.size());
}

TEST_P(DocumentIndexContract, AScanThatIsNotWantedAnyMoreSaysNothing) {
  EXPECT_EQ(Write(Put(slot_, "a", 5)), WriteResult::kCreated);
  harness_->scan().Begin(slot_);
  harness_->scan().End();
  EXPECT_FALSE(harness_->scan().Poll());
  EXPECT_EQ(Scan(slot_).size(), 1U) << "and another can begin";
}

TEST_P(DocumentIndexContract, AnEqualVersionGivesWayWhereThatIsAskedFor) {
  DocumentWrite write = Put(slot_, "a", 1023);
  write.or_equal = true;
  EXPECT_EQ(Write(write), WriteResult::kCreated);
  write.document = R"({"a":2})";
  EXPECT_EQ(Write(write), WriteResult::kUpdated);
  EXPECT_EQ(Read(slot_, "a").document, R"({"a":2})");
  EXPECT_EQ(Write(Put(slot_, "a", 1023)), WriteResult::kConflictEqual);
  write.version = 1022;
  EXPECT_EQ(Write(write), WriteResult::kConflictHigher);
  DocumentWrite remove = Remove(slot_, "a", 1023);
  remove.or_equal = true;
  EXPECT_EQ(Write(remove), WriteResult::kDeleted);
  EXPECT_EQ(Write(remove), WriteResult::kNotFound);
}

TEST_P(DocumentIndexContract, TellsTheVersionThatRefusedAnEqualOneToo) {
  EXPECT_EQ(Write(Put(slot_, "a", 70)), WriteResult::kCreated);
  DocumentWrite write = Put(slot_, "a", 5);
  write.or_equal = true;
  const BatchHandle batch = Send({write});
  const BatchCompletion completion = Await(batch);
  ASSERT_EQ(completion.items.size(), 1U);
  EXPECT_EQ(completion.items[0].result, WriteResult::kConflictHigher);
  EXPECT_EQ(index().StoredVersion(batch, 0), 70);
  index().Discard(batch);
}

}  // namespace sluice::testing

#include "tests/contract/document_index_contract.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace sluice::testing {

DocumentWrite Put(IndexSlot slot, std::string_view id, int64_t version, std::string_view document) {
  return {WriteAction::kIndex, slot, id, version, document, false};
}

DocumentWrite Remove(IndexSlot slot, std::string_view id, int64_t version) {
  return {WriteAction::kDelete, slot, id, version, {}, false};
}

void DocumentIndexContract::SetUp() {
  harness_ = GetParam()();
  slot_ = Ready(harness_->NewStream());
}

bool DocumentIndexContract::TurnUntil(const std::function<bool()>& done) {
  for (int i = 0; i < 2000; ++i) {
    index().Poll(batches_, lookups_, prepared_);
    if (done()) return true;
    harness_->Step();
  }
  return false;
}

IndexSlot DocumentIndexContract::Ready(const std::string& stream) {
  const IndexSlot slot = index().Prepare(stream);
  const auto ready = [slot](const PrepareResult& result) {
    return result.index == slot && result.failure.verdict.disposition == Disposition::kDone;
  };
  EXPECT_TRUE(TurnUntil([&] { return std::any_of(prepared_.begin(), prepared_.end(), ready); }))
      << (prepared_.empty() ? "no answer" : prepared_.back().failure.detail);
  prepared_.clear();
  return slot;
}

BatchHandle DocumentIndexContract::Send(const std::vector<DocumentWrite>& writes) {
  const BatchHandle batch = index().OpenBatch();
  for (const DocumentWrite& write : writes) index().Append(batch, write);
  index().Send(batch);
  return batch;
}

BatchCompletion DocumentIndexContract::Await(BatchHandle batch) {
  const auto is_it = [batch](const BatchCompletion& completion) {
    return completion.batch == batch;
  };
  const bool came = TurnUntil([&] { return std::any_of(batches_.begin(), batches_.end(), is_it); });
  EXPECT_TRUE(came) << "no completion";
  if (!came) return {};
  const auto found = std::find_if(batches_.begin(), batches_.end(), is_it);
  BatchCompletion completion = std::move(*found);
  batches_.erase(found);
  return completion;
}

WriteResult DocumentIndexContract::Write(const DocumentWrite& write) {
  const BatchCompletion completion = Await(Send({write}));
  EXPECT_EQ(completion.request.verdict.disposition, Disposition::kDone)
      << completion.request.detail;
  EXPECT_EQ(completion.items.size(), 1U);
  if (completion.items.size() != 1) return WriteResult::kConflictUnknown;
  EXPECT_EQ(completion.items[0].disposition, Disposition::kDone);
  const WriteResult result = completion.items[0].result;
  index().Discard(completion.batch);
  return result;
}

LookupResult DocumentIndexContract::Read(IndexSlot slot, std::string_view id) {
  index().Lookup(77, slot, id);
  index().FlushLookups();
  const bool came = TurnUntil([this] { return !lookups_.empty(); });
  EXPECT_TRUE(came) << "no answer to a lookup";
  if (!came) return {};
  LookupResult result = std::move(lookups_.front());
  lookups_.clear();
  EXPECT_EQ(result.token, 77U);
  EXPECT_EQ(result.verdict.disposition, Disposition::kDone);
  return result;
}

TEST_P(DocumentIndexContract, GivesAStreamOneSlotAndNamesIt) {
  const std::string stream = harness_->NewStream();
  const IndexSlot first = Ready(stream);
  const IndexSlot other = Ready(harness_->NewStream());
  EXPECT_EQ(index().Prepare(stream), first);
  EXPECT_NE(first, other);
  EXPECT_NE(first, slot_);
  std::string name = stream;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  EXPECT_EQ(index().IndexName(first), name);
}

TEST_P(DocumentIndexContract, TellsAgainThatADestinationIsReadyWhenAskedAgain) {
  const std::string stream = harness_->NewStream();
  const IndexSlot slot = Ready(stream);
  EXPECT_EQ(Ready(stream), slot);
}

TEST_P(DocumentIndexContract, LetsTheHigherVersionWin) {
  EXPECT_EQ(Write(Put(slot_, "a", 5)), WriteResult::kCreated);
  EXPECT_EQ(Write(Put(slot_, "a", 5)), WriteResult::kConflictEqual);
  EXPECT_EQ(Write(Put(slot_, "a", 4, "{\"a\":4}")), WriteResult::kConflictHigher);
  EXPECT_EQ(Read(slot_, "a").document, "{\"a\":1}");
  EXPECT_EQ(Write(Put(slot_, "a", 6, "{\"a\":6}")), WriteResult::kUpdated);
  const LookupResult read = Read(slot_, "a");
  EXPECT_EQ(read.document, "{\"a\":6}");
  EXPECT_EQ(read.version, 6);
}

TEST_P(DocumentIndexContract, TellsTheVersionThatRefusedAWrite) {
  EXPECT_EQ(Write(Put(slot_, "a", 70)), WriteResult::kCreated);
  EXPECT_EQ(Write(Remove(slot_, "b", 80)), WriteResult::kNotFound);
  const BatchHandle batch =
      Send({Put(slot_, "a", 5), Put(slot_, "new", 1), Remove(slot_, "a", 6), Put(slot_, "b", 7)});
  const BatchCompletion completion = Await(batch);
  ASSERT_EQ(completion.items.size(), 4U);
  EXPECT_EQ(completion.items[0].result, WriteResult::kConflictHigher);
  EXPECT_EQ(index().StoredVersion(batch, 0), 70);
  EXPECT_EQ(index().StoredVersion(batch, 2), 70);
  EXPECT_EQ(index().StoredVersion(batch, 3), 80) << "of a delete";
  index().Discard(batch);
}

TEST_P(DocumentIndexContract, RemembersTheVersionOfADelete) {
  EXPECT_EQ(Write(Put(slot_, "a", 5)), WriteResult::kCreated);
  EXPECT_EQ(Write(Remove(slot_, "a", 4)), WriteResult::kConflictHigher);
  EXPECT_EQ(Write(Remove(slot_, "a", 7)), WriteResult::kDeleted);
  EXPECT_FALSE(Read(slot_, "a").document);
  EXPECT_EQ(Write(Remove(slot_, "a", 7)), WriteResult::kConflictEqual);
  EXPECT_EQ(Write(Put(slot_, "a", 6)), WriteResult::kConflictHigher);
  EXPECT_FALSE(Read(slot_, "a").document);
  EXPECT_EQ(Write(Put(slot_, "a", 8)), WriteResult::kCreated);
}

TEST_P(DocumentIndexContract, RemembersTheDeleteOfWhatWasNeverThere) {
  EXPECT_EQ(Write(Remove(slot_, "a", 7)), WriteResult::kNotFound);
  EXPECT_EQ(Write(Put(slot_, "a", 7)), WriteResult::kConflictEqual);
  EXPECT_EQ(Write(Put(slot_, "a", 8)), WriteResult::kCreated);
}

TEST_P(DocumentIndexContract, GivesOneVerdictPerWriteInOrder) {
  EXPECT_EQ(Write(Put(slot_, "old", 5)), WriteResult::kCreated);
  const BatchHandle batch =
      Send({Put(slot_, "new", 1), Put(slot_, "old", 5), Remove(slot_, "none", 1),
            Put(slot_, "old", 6), Remove(slot_, "old", 7), Put(slot_, "new", 2)});
  const BatchCompletion completion = Await(batch);
  ASSERT_EQ(completion.request.verdict.disposition, Disposition::kDone);
  std::vector<WriteResult> results;
  for (const Verdict& verdict : completion.items) results.push_back(verdict.result);
  EXPECT_EQ(results, (std::vector<WriteResult>{WriteResult::kCreated, WriteResult::kConflictEqual,
                                               WriteResult::kNotFound, WriteResult::kUpdated,
                                               WriteResult::kDeleted, WriteResult::kUpdated}));
  EXPECT_TRUE(completion.body_sent);
  EXPECT_GE(completion.round_trip_us, 0);
  index().Discard(batch);
}

TEST_P(DocumentIndexContract, CopiesWhatItIsGivenAndGivesDocumentsBack) {
  std::string id = "id";
  std::string document = R"({"text":"\"é\" \\ 東京"})";
  const std::string kept = document;
  const BatchHandle batch = index().OpenBatch();
  const size_t first = index().Append(batch, Put(slot_, id, 1, document));
  const size_t second = index().Append(batch, Remove(slot_, "gone", 2));
  EXPECT_GT(first, document.size());
  EXPECT_GT(second, first);
  id.assign(id.size(), '!');
  document.assign(document.size(), '!');
  EXPECT_EQ(index().Document(batch, 0), kept);
  EXPECT_EQ(index().Document(batch, 1), "");
  index().Send(batch);
  const BatchCompletion completion = Await(batch);
  EXPECT_EQ(completion.request.verdict.disposition, Disposition::kDone);
  EXPECT_EQ(index().Document(batch, 0), kept) << "until it is discarded";
  index().Discard(batch);
  EXPECT_EQ(Read(slot_, "id").document, kept);
}

TEST_P(DocumentIndexContract, RunsSeveralBatchesAtOnceAndRecyclesThem) {
  for (int round = 0; round < 3; ++round) {
    std::set<uint32_t> handles;
    for (int i = 0; i < 4; ++i) {
      const std::string id = std::to_string(round) + "." + std::to_string(i);
      handles.insert(Send({Put(slot_, id, 1)}).value);
    }
    ASSERT_EQ(handles.size(), 4U) << "each has a handle of its own";
    for (const uint32_t handle : handles) {
      const BatchCompletion completion = Await(BatchHandle{handle});
      ASSERT_EQ(completion.items.size(), 1U);
      EXPECT_EQ(completion.items[0].result, WriteResult::kCreated);
      index().Discard(BatchHandle{handle});
    }
  }
}

TEST_P(DocumentIndexContract, SendsNothingOfABatchThatIsDiscarded) {
  const BatchHandle batch = index().OpenBatch();
  index().Append(batch, Put(slot_, "never", 1));
  index().Discard(batch);
  const BatchHandle next = Send({Put(slot_, "b", 1)});
  EXPECT_EQ(Await(next).items.size(), 1U);
  index().Discard(next);
  EXPECT_FALSE(Read(slot_, "never").document);
}

TEST_P(DocumentIndexContract, KeepsDestinationsApart) {
  const IndexSlot other = Ready(harness_->NewStream());
  const BatchHandle batch = Send(
      {Put(slot_, "a", 1, "{\"a\":1}"), Put(other, "a", 1, "{\"a\":2}"), Remove(other, "b", 1)});
  const BatchCompletion completion = Await(batch);
  ASSERT_EQ(completion.items.size(), 3U);
  index().Discard(batch);
  EXPECT_EQ(Read(slot_, "a").document, "{\"a\":1}");
  EXPECT_EQ(Read(other, "a").document, "{\"a\":2}");
}

TEST_P(DocumentIndexContract, TakesAnyTextForAnId) {
  for (const std::string& id :
       {std::string("a b/c?d=e&f#g%41"), std::string("\"\\\n\t\x01\x7f"), std::string("é東京"),
        std::string(512, 'x'), std::string("~n,~e")}) {
    EXPECT_EQ(Write(Put(slot_, id, 1)), WriteResult::kCreated) << id;
    EXPECT_EQ(Read(slot_, id).version, 1) << id;
    EXPECT_EQ(Write(Remove(slot_, id, 2)), WriteResult::kDeleted) << id;
  }
}

TEST_P(DocumentIndexContract, AnswersEachLookupUnderItsToken) {
  EXPECT_EQ(Write(Put(slot_, "1", 3, "{\"n\":1}")), WriteResult::kCreated);
  EXPECT_EQ(Write(Put(slot_, "2", 4, "{\"n\":2}")), WriteResult::kCreated);
  index().Lookup(1001, slot_, "1");
  index().Lookup(1002, slot_, "2");
  index().Lookup(1003, slot_, "3");
  index().Lookup(1004, slot_, "1");
  index().FlushLookups();
  ASSERT_TRUE(TurnUntil([this] { return lookups_.size() == 4; }));
  std::sort(lookups_.begin(), lookups_.end(),
            [](const LookupResult& a, const LookupResult& b) { return a.token < b.token; });
  EXPECT_EQ(lookups_[0].document, "{\"n\":1}");
  EXPECT_EQ(lookups_[0].version, 3);
  EXPECT_EQ(lookups_[1].document, "{\"n\":2}");
  EXPECT_FALSE(lookups_[2].document);
  EXPECT_EQ(lookups_[2].verdict.disposition, Disposition::kDone);
  EXPECT_EQ(lookups_[3].token, 1004U);
}

TEST_P(DocumentIndexContract, SeesInALookupWhatWasJustWritten) {
  for (int64_t version = 1; version <= 20; ++version) {
    const std::string document = "{\"n\":" + std::to_string(version) + "}";
    Write(Put(slot_, "hot", version, document));
    EXPECT_EQ(Read(slot_, "hot").document, document);
  }
}

TEST_P(DocumentIndexContract, CompletesEverythingThatIsCancelled) {
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) ids.push_back(std::to_string(i));
  std::vector<DocumentWrite> writes;
  for (const std::string& id : ids) writes.push_back(Put(slot_, id, 1));
  const BatchHandle batch = Send(writes);
  index().Lookup(5, slot_, "1");
  index().FlushLookups();
  index().CancelAll();
  const BatchCompletion completion = Await(batch);
  const Disposition disposition = completion.request.verdict.disposition;
  if (disposition == Disposition::kDone) {
    EXPECT_EQ(completion.items.size(), ids.size()) << "it was answered before";
  } else {
    EXPECT_TRUE(completion.items.empty());
    EXPECT_TRUE(disposition == Disposition::kInDoubt ||
                (disposition == Disposition::kCancelled && !completion.body_sent))
        << DispositionName(disposition);
  }
  EXPECT_TRUE(TurnUntil([this] { return lookups_.size() == 1; }));
  EXPECT_EQ(index().Document(batch, 7), "{\"a\":1}");
  index().Discard(batch);
  lookups_.clear();
  EXPECT_EQ(Write(Put(slot_, "after", 1)), WriteResult::kCreated) << "it works on";
}

}  // namespace sluice::testing

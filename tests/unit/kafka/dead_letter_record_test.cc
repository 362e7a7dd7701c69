#include "adapters/kafka/dead_letter_record.h"

#include <gtest/gtest.h>

#include <array>

#include "adapters/kafka/dead_letter_headers.h"

namespace sluice::kafka {
namespace {

OwnedRecord Written(const DeadLetter& letter) {
  OwnedRecord record;
  record.stream = {"letters", 2};
  record.offset = Offset{17};
  record.key = "k";
  record.value = "v";
  record.headers = DeadLetterHeaders(letter, DeadLetterSettings{});
  return record;
}

TEST(DeadLetterRecord, ReadsBackWhatWasWritten) {
  const std::vector<Header> own = {{"mine", "1"}, {"null", std::nullopt}};
  const std::array<Offset, 2> replaced = {Offset{3}, Offset{5}};
  DeadLetter letter;
  letter.stream = {"t", 4};
  letter.offset = Offset{41};
  letter.headers = own;
  letter.stage = "write";
  letter.reason = RejectReason::kDocumentRejected;
  letter.index = "i";
  letter.id = "23";
  letter.version = 42;
  letter.operation = "update";
  letter.error_type = "mapper_parsing_exception";
  letter.attempts = 2;
  letter.first_ms = 100;
  letter.last_ms = 200;
  letter.replaced = replaced;
  const auto read = ReadLetter(Written(letter));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->place, (TopicPartition{"letters", 2}));
  EXPECT_EQ(read->at, Offset{17});
  EXPECT_EQ(read->record.stream, letter.stream);
  EXPECT_EQ(read->record.offset, letter.offset);
  EXPECT_EQ(read->record.key, "k");
  EXPECT_EQ(read->record.value, "v");
  ASSERT_EQ(read->record.headers.size(), 2U);
  EXPECT_EQ(read->record.headers[1].value, std::nullopt);
  EXPECT_TRUE(read->original);
  EXPECT_EQ(read->reason, "document_rejected");
  EXPECT_EQ(read->error_type, "mapper_parsing_exception");
  EXPECT_EQ(read->index, "i");
  EXPECT_EQ(read->id, "23");
  EXPECT_EQ(read->version, 42);
  EXPECT_EQ(read->operation, "update");
  EXPECT_EQ(read->attempts, 2);
  EXPECT_EQ(read->first_ms, 100);
  EXPECT_EQ(read->last_ms, 200);
  EXPECT_EQ(read->replaced, "3,5");
}

TEST(DeadLetterRecord, ALetterOfALetterIsReadByItsLastHeaders) {
  DeadLetter inner;
  inner.stream = {"first", 0};
  inner.offset = Offset{1};
  inner.stage = "decode";
  const std::vector<Header> headers = DeadLetterHeaders(inner, DeadLetterSettings{});
  DeadLetter outer;
  outer.stream = {"second", 0};
  outer.offset = Offset{2};
  outer.stage = "decode";
  outer.content = DeadLetter::Content::kReference;
  outer.headers = headers;
  const auto read = ReadLetter(Written(outer));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->record.stream.topic, "second");
  EXPECT_EQ(read->record.headers.size(), headers.size());
  EXPECT_FALSE(read->original);
}

TEST(DeadLetterRecord, AnythingElseIsNone) {
  OwnedRecord record;
  EXPECT_FALSE(ReadLetter(record));
  record.headers = {{"__connect.errors.topic", "t"},
                    {"__connect.errors.partition", "0"},
                    {"__connect.errors.offset", "7"},
                    {"__connect.errors.connector.name", "another"}};
  EXPECT_FALSE(ReadLetter(record)) << "of another program";
}

}  // namespace
}  // namespace sluice::kafka

#include "adapters/kafka/dead_letter_headers.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::kafka {
namespace {

std::map<std::string, std::string> ByName(const std::vector<Header>& headers) {
  std::map<std::string, std::string> map;
  for (const Header& header : headers) map[header.name] = header.value.value_or("<null>");
  return map;
}

DeadLetter Letter() {
  static const std::vector<Header> own = {{"trace", "1"}, {"nothing", std::nullopt}};
  static const std::vector<Offset> replaced = {Offset{3}, Offset{5}};
  DeadLetter letter;
  letter.stream = {"cdc.public.users", 4};
  letter.offset = Offset{17};
  letter.headers = own;
  letter.stage = "write";
  letter.reason = RejectReason::kDocumentRejected;
  letter.index = "cdc.public.users";
  letter.id = "1";
  letter.version = 281474976710674;
  letter.operation = "update";
  letter.error_type = "document_parsing_exception";
  letter.error_detail = "failed to parse field [age] of type [long] with value 'secret'";
  letter.attempts = 2;
  letter.first_ms = 1'700'000'000'000;
  letter.last_ms = 1'700'000'001'000;
  letter.replaced = replaced;
  return letter;
}

TEST(DeadLetterHeaders, KeepTheRecordsOwnFirst) {
  const std::vector<Header> headers = DeadLetterHeaders(Letter(), DeadLetterSettings());
  ASSERT_GE(headers.size(), 2U);
  EXPECT_EQ(headers[0].name, "trace");
  EXPECT_EQ(headers[0].value, "1");
  EXPECT_EQ(headers[1].name, "nothing");
  EXPECT_EQ(headers[1].value, std::nullopt);
}

TEST(DeadLetterHeaders, SpeakConnectsLanguageAndOurs) {
  auto headers = ByName(DeadLetterHeaders(Letter(), DeadLetterSettings()));
  EXPECT_EQ(headers["__connect.errors.topic"], "cdc.public.users");
  EXPECT_EQ(headers["__connect.errors.partition"], "4");
  EXPECT_EQ(headers["__connect.errors.offset"], "17");
  EXPECT_EQ(headers["__connect.errors.connector.name"], "sluice");
  EXPECT_EQ(headers["__connect.errors.task.id"], "0");
  EXPECT_EQ(headers["__connect.errors.stage"], "TASK_PUT");
  EXPECT_EQ(headers["__connect.errors.class.name"], "sluice.write");
  EXPECT_EQ(headers["__connect.errors.exception.class.name"], "document_parsing_exception");
  EXPECT_EQ(headers["sluice.content"], "original");
  EXPECT_EQ(headers["sluice.stage"], "write");
  EXPECT_EQ(headers["sluice.reason"], RejectReasonName(RejectReason::kDocumentRejected));
  EXPECT_EQ(headers["sluice.index"], "cdc.public.users");
  EXPECT_EQ(headers["sluice.id"], "1");
  EXPECT_EQ(headers["sluice.version"], "281474976710674");
  EXPECT_EQ(headers["sluice.operation"], "update");
  EXPECT_EQ(headers["sluice.error.type"], "document_parsing_exception");
  EXPECT_EQ(headers["sluice.attempts"], "2");
  EXPECT_EQ(headers["sluice.first.ms"], "1700000000000");
  EXPECT_EQ(headers["sluice.last.ms"], "1700000001000");
  EXPECT_EQ(headers["sluice.replaced"], "3,5");
}

TEST(DeadLetterHeaders, HoldTheServersTextOnlyWhenAskedTo) {
  DeadLetterSettings settings;
  for (const Header& header : DeadLetterHeaders(Letter(), settings)) {
    EXPECT_EQ(header.value.value_or("").find("secret"), std::string::npos) << header.name;
  }
  settings.include_error_text = true;
  auto headers = ByName(DeadLetterHeaders(Letter(), settings));
  EXPECT_NE(headers["__connect.errors.exception.message"].find("secret"), std::string::npos);
}

TEST(DeadLetterHeaders, SayWhenTheContentIsAReference) {
  DeadLetter letter = Letter();
  letter.content = DeadLetter::Content::kReference;
  EXPECT_EQ(ByName(DeadLetterHeaders(letter, DeadLetterSettings()))["sluice.content"], "reference");
}

TEST(DeadLetterHeaders, LeaveOutWhatIsUnknown) {
  DeadLetter letter;
  letter.stream = {"t", 0};
  letter.stage = "decode";
  auto headers = ByName(DeadLetterHeaders(letter, DeadLetterSettings()));
  EXPECT_EQ(headers["__connect.errors.stage"], "VALUE_CONVERTER");
  for (const char* name : {"sluice.index", "sluice.id", "sluice.version", "sluice.operation",
                           "sluice.error.type", "sluice.replaced"}) {
    EXPECT_FALSE(headers.contains(name)) << name;
  }
}

TEST(Truncated, CutsBetweenCharacters) {
  EXPECT_EQ(Truncated("short", 10), "short");
  EXPECT_EQ(Truncated("abcdefgh", 6), "abc…");
  EXPECT_EQ(Truncated("ääääää", 8), "ää…");
  EXPECT_EQ(Truncated("ääääää", 2), "…");
}

}  // namespace
}  // namespace sluice::kafka

// What `sluice inspect` says about a record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "service/inspect/render.h"
#include "service/inspect/write_planner.h"

namespace sluice::inspect {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* kSource =
    R"("source":{"connector":"postgresql","ts_ms":1795224787000,"snapshot":"false","db":"testdb",)"
    R"("schema":"public","table":"users","txId":771,"lsn":34}})";

OwnedRecord RecordOf(std::optional<std::string> key, std::optional<std::string> value) {
  OwnedRecord record;
  record.stream = {"cdc.public.Users", 2};
  record.offset = Offset{9};
  record.timestamp_ms = 1795224787852;
  record.key = std::move(key);
  record.value = std::move(value);
  return record;
}

std::string Envelope(const std::string& op, const std::string& after) {
  return R"({"before":null,"after":)" + after + R"(,"op":")" + op + "\"," + kSource;
}

std::string Line(const OwnedRecord& record, PlannerSettings settings = {}) {
  return RenderLine(record, WritePlanner(std::move(settings)).Inspect(record));
}

std::string Json(const OwnedRecord& record) {
  return RenderJson(record, WritePlanner({}).Inspect(record));
}

constexpr const char* kPlace = "cdc.public.Users 2 9 2026-11-21T01:33:07.852Z ";

TEST(InspectLine, TellsTheWriteOfAnUpdate) {
  EXPECT_EQ(Line(RecordOf(R"({"id":1})", Envelope("u", R"({"id":1,"bio":"x"})"))),
            std::string(kPlace) + "u 1 → index cdc.public.users/1 v281474976710666 18 B");
}

TEST(InspectLine, NamesColumnsThatTheChangeDidNotCarry) {
  EXPECT_THAT(Line(RecordOf(R"({"id":1})",
                            Envelope("u", R"({"id":1,"bio":"__debezium_unavailable_value"})"))),
              EndsWith(" 45 B unchanged bio"));
}

TEST(InspectLine, TellsDeletesTombstonesAndWhatIsPassedOver) {
  EXPECT_EQ(Line(RecordOf(R"({"a":1,"b":"x,y"})", Envelope("d", "null"))),
            std::string(kPlace) + "d 1,x,y → delete cdc.public.users/1,x~cy v281474976710666");
  EXPECT_EQ(Line(RecordOf(R"({"id":1})", std::nullopt)),
            std::string(kPlace) + "tombstone 1 → delete cdc.public.users/1 v281474976710666");
  EXPECT_EQ(Line(RecordOf(R"({"serverName":"cdc"})", R"({"ts_ms":1795224787000})")),
            std::string(kPlace) + "- cdc → skip heartbeat");
  EXPECT_EQ(Line(RecordOf(std::nullopt, "{{{")), std::string(kPlace) + "- - → reject bad_json");
}

TEST(InspectLine, FollowsTheConfiguration) {
  PlannerSettings settings;
  settings.index_names = {{"cdc.public.Users", "people"}};
  settings.pipeline.truncate_mode = TruncateMode::kIgnore;
  settings.pipeline.document_max_bytes = 20;
  EXPECT_THAT(Line(RecordOf(R"({"id":1})", Envelope("c", R"({"id":1})")), settings),
              HasSubstr("→ index people/1 "));
  EXPECT_THAT(
      Line(RecordOf(R"({"id":1})", Envelope("c", R"({"id":1,"much":"too long"})")), settings),
      EndsWith("→ reject document_too_large"));
  EXPECT_THAT(Line(RecordOf(std::nullopt, Envelope("t", "null")), settings),
              EndsWith("→ skip truncate_ignored"));
  EXPECT_THAT(Line(RecordOf(std::nullopt, Envelope("t", "null"))),
              EndsWith("→ halt truncate_refused"));
}

TEST(InspectLine, TakesTheVersionFromTheHeaderWhereThatIsTheMode) {
  PlannerSettings settings;
  settings.pipeline.version_mode = VersionMode::kHeader;
  settings.pipeline.truncate_mode = TruncateMode::kApply;
  OwnedRecord record = RecordOf(R"({"id":1})", Envelope("c", R"({"id":1})"));
  EXPECT_THAT(Line(record, settings), EndsWith("→ halt header_missing"));
  record.headers = {{"sluice", "1;2049;7"}};
  EXPECT_THAT(Line(record, settings), HasSubstr("→ index cdc.public.users/1 v2049 "));
  record = RecordOf(std::nullopt, Envelope("t", "null"));
  record.headers = {{"sluice", "1;3073;7"}};
  EXPECT_THAT(Line(record, settings), EndsWith("→ truncate cdc.public.users v3073"));
}

TEST(InspectLine, TellsOfDocumentsWhatIsWritten) {
  PlannerSettings settings;
  settings.decoder.document_topics = R"(outbox\..*)";
  OwnedRecord record = RecordOf("\"42\"", R"("{\"event\":\"paid\"}")");
  record.stream = {"outbox.event.Order", 2};
  record.headers = {{"id", "e-7"}};
  const std::string place = "outbox.event.Order 2 9 2026-11-21T01:33:07.852Z ";
  EXPECT_EQ(Line(record, settings),
            place + "- 42 → index outbox.event.order/42 v281474976710666 16 B");
  settings.decoder.documents.identity = debezium::DocumentIdentity::kHeader;
  EXPECT_EQ(Line(record, settings),
            place + "- 42 → index outbox.event.order/e-7 v281474976710666 16 B");
  record.headers.clear();
  EXPECT_EQ(Line(record, settings), place + "- 42 → reject missing_id");
  settings.decoder.documents.identity = debezium::DocumentIdentity::kPosition;
  EXPECT_EQ(Line(record, settings),
            place + "- 42 → index outbox.event.order/outbox.event.Order-2-9 v281474976710666 16 B");
  record.value = "null";
  EXPECT_EQ(Line(record, settings), place + "- 42 → skip no_document");
  record.value.reset();
  settings.decoder.documents.identity = debezium::DocumentIdentity::kKey;
  EXPECT_EQ(Line(record, settings),
            place + "tombstone 42 → delete outbox.event.order/42 v281474976710666");
}

TEST(InspectLine, SaysThatATopicHasNoIndexName) {
  OwnedRecord record = RecordOf(R"({"id":1})", Envelope("c", R"({"id":1})"));
  record.stream.topic = "_private";
  EXPECT_THAT(Line(record), EndsWith("→ halt index_unsuitable"));
}

TEST(InspectLine, LetsNoRecordSteerTheTerminal) {
  const std::string line = Line(RecordOf("{\"id\":\"\\u001b[2J\\n\\u009b\"}", std::nullopt));
  EXPECT_THAT(line, HasSubstr("\\x1b[2J\\x0a\\xc2\\x9b"));
  EXPECT_EQ(Printable("gr\xC3\xBC\xC3\x9F \xFF"), "gr\xC3\xBC\xC3\x9F \\xff");
}

TEST(InspectJson, IsAContract) {
  EXPECT_EQ(Json(RecordOf(R"({"id":1})", Envelope("c", R"({"id":1, "n":null})"))),
            R"({"schema":"sluice.inspect/1","topic":"cdc.public.Users","partition":2,"offset":9,)"
            R"("time":"2026-11-21T01:33:07.852Z","op":"c","kind":"create",)"
            R"("key":[{"name":"id","text":"1"}],"source":{"connector":"postgresql","db":"testdb",)"
            R"("schema":"public","table":"users","snapshot":"false","tx_id":771,"lsn":34,)"
            R"("time":"2026-11-21T01:33:07.000Z"},"unchanged":[],"write":{"action":"index",)"
            R"("index":"cdc.public.users","id":"1","version":281474976710666,"bytes":18,)"
            R"("document":{"id":1, "n":null}}})");
  EXPECT_THAT(Json(RecordOf(std::nullopt, "x")),
              EndsWith(R"("unchanged":[],"write":{"action":"reject","reason":"bad_json"}})"));
}

TEST(InspectJson, StaysJsonWhereTheRowIsNot) {
  EXPECT_THAT(Json(RecordOf(R"({"id":1})", Envelope("c", R"({"id":1,,})"))),
              HasSubstr(R"("document_text":"{\"id\":1,,}")"));
}

TEST(InspectSaved, KeepsTheBytes) {
  OwnedRecord record = RecordOf("k\"\n", std::nullopt);
  record.headers = {{"h", "v"}, {"null", std::nullopt}};
  EXPECT_EQ(RenderSaved(record),
            R"({"topic":"cdc.public.Users","partition":2,"offset":9,"timestamp":1795224787852,)"
            R"("headers":[["h","v"],["null",null]],"key":"k\"\n","value":null})");
  for (const auto& [bytes, text] : {std::pair("\xFF", "/w=="), std::pair("\xFF\xFE", "//4="),
                                    std::pair("\xFF\xFE\xFD", "//79")}) {
    EXPECT_THAT(RenderSaved(RecordOf(std::nullopt, bytes)),
                EndsWith(R"("key":null,"value_base64":")" + std::string(text) + "\"}"));
  }
}

TEST(InspectTime, IsRfc3339) {
  EXPECT_EQ(RenderTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(RenderTime(1709251199999), "2024-02-29T23:59:59.999Z");
  EXPECT_EQ(RenderTime(-1), "-");
}

}  // namespace
}  // namespace sluice::inspect

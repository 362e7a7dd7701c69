#include <gtest/gtest.h>

#include <string>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/sql_text.h"
#include "adapters/postgres/stream_frames.h"
#include "tests/unit/postgres/wire.h"

namespace sluice::postgres {
namespace {

using testing::Wire;

TEST(SqlText, QuotesCannotBeLeft) {
  EXPECT_EQ(QuoteName("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteName("Weird Schema", "t.x"), "\"Weird Schema\".\"t.x\"");
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
  EXPECT_EQ(QuoteText("a\\'b"), "E'a\\\\''b'");
}

TEST(StreamFrames, DataTellsWhereItStands) {
  StreamFrame frame;
  const std::string bytes = Wire().Letter('w').U64(10).U64(20).U64(0).Raw("B...").bytes();
  ASSERT_TRUE(ReadStreamFrame(bytes, frame));
  EXPECT_EQ(frame.kind, StreamFrame::Kind::kData);
  EXPECT_EQ(frame.start, Lsn{10});
  EXPECT_EQ(frame.end, Lsn{20});
  EXPECT_EQ(frame.payload, "B...");
}

TEST(StreamFrames, AKeepaliveMayAskForAReply) {
  StreamFrame frame;
  const std::string bytes = Wire().Letter('k').U64(30).U64(5).U8(1).bytes();
  ASSERT_TRUE(ReadStreamFrame(bytes, frame));
  EXPECT_EQ(frame.kind, StreamFrame::Kind::kKeepalive);
  EXPECT_EQ(frame.end, Lsn{30});
  EXPECT_TRUE(frame.reply_requested);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ReadStreamFrame(std::string_view(bytes).substr(0, size), frame)) << size;
  }
  EXPECT_FALSE(ReadStreamFrame(bytes + "x", frame));
  EXPECT_FALSE(ReadStreamFrame("z", frame));
}

TEST(TimelineEnd, IsReadFromAHistoryFile) {
  const std::string history =
      "1\t0/3000000\tno recovery target specified\n\n"
      "2\t0/5000000\tafter LSN 0/4FFFFFF\n";
  EXPECT_EQ(TimelineEndIn(history, 1), Lsn{0x3000000});
  EXPECT_EQ(TimelineEndIn(history, 2), Lsn{0x5000000});
  EXPECT_EQ(TimelineEndIn(history, 3), std::nullopt);
  EXPECT_EQ(TimelineEndIn("1\tx\n", 1), std::nullopt);
  EXPECT_EQ(TimelineEndIn("", 1), std::nullopt);
}

TEST(StreamFrames, AStatusTellsReceivedFlushedAndTime) {
  const auto status = StatusUpdate(Lsn{0x1122}, Lsn{0x11}, 946'684'800'000'007, true);
  const std::string wanted =
      Wire().Letter('r').U64(0x1122).U64(0x11).U64(0x11).U64(7).U8(1).bytes();
  EXPECT_EQ(std::string(status.data(), status.size()), wanted);
}

TEST(ConnectOptions, ASecretIsNoPartOfWhatIsEmpty) {
  Settings settings;
  settings.host = "db";
  settings.database = "shop";
  const auto options = ConnectOptions(settings, Connection::Kind::kReplication);
  bool replication = false;
  for (const ConnectOption& option : options) {
    EXPECT_STRNE(option.name, "password");
    EXPECT_FALSE(option.value.empty()) << option.name;
    replication |= std::string(option.name) == "replication" && option.value == "database";
  }
  EXPECT_TRUE(replication);
}

}  // namespace
}  // namespace sluice::postgres

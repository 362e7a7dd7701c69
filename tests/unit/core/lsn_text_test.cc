#include "core/model/lsn_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(LsnText, IsPostgresOwn) {
  EXPECT_EQ(LsnText(Lsn{0x16B374D848}), "16/B374D848");
  EXPECT_EQ(ParseLsn("16/B374D848"), Lsn{0x16B374D848});
  EXPECT_EQ(ParseLsn("FFFFFFFF/ffffffff"), Lsn{UINT64_MAX});
  for (const char* text : {"", "/", "1", "1/", "/1", "1/G", "1/123456789", "-1/0", "1/0 "}) {
    EXPECT_FALSE(ParseLsn(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace sluice

#include "adapters/debezium/column_masks.h"

#include <gtest/gtest.h>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Kind = MaskRule::Kind;

EncoderRig RigWith(Kind kind, uint32_t chars, std::string algorithm = "", std::string salt = "") {
  EncoderOptions options;
  options.masks.push_back({kind, chars, std::move(algorithm), std::move(salt),
                           [](const Table&, const Column& column) { return column.name == "v"; }});
  return EncoderRig(options);
}

Column Text(int32_t length = -1) {
  Column column = MakeColumn("v", ColumnType::kText, "text");
  column.length = length;
  return column;
}

TEST(ColumnMasks, StarsHideNullsAndUnchangedValuesToo) {
  EncoderRig rig = RigWith(Kind::kStars, 4);
  EXPECT_EQ(rig.Json(Text(), Sent("secret")), "\"****\"");
  EXPECT_EQ(rig.Json(Text(), Null()), "\"****\"");
  EXPECT_EQ(rig.Json(Text(), Unchanged()), "\"****\"");
  EXPECT_EQ(rig.Schema(Text()),
            R"({"type":"string","optional":true,"parameters":{"masked":"true"},"field":"v"})");
}

TEST(ColumnMasks, OnlyTextsAreMasked) {
  EncoderRig rig = RigWith(Kind::kStars, 4);
  EXPECT_EQ(rig.Json(ColumnType::kInt32, "7"), "7");
}

TEST(ColumnMasks, SecondHashesDigestSaltAndText) {
  // printf 'saltsecret' | sha256sum
  EncoderRig rig = RigWith(Kind::kHashV2, 0, "SHA-256", "salt");
  EXPECT_EQ(rig.Json(Text(), Sent("secret")),
            "\"bede90386d450cea8b77b822f8887065e4e5abf132c2f9dccfcc7fbd4cba5e35\"");
  EXPECT_EQ(rig.Json(Text(), Null()), "null");
  EXPECT_EQ(rig.Json(Text(), Unchanged()), "\"__debezium_unavailable_value\"");
  EXPECT_EQ(rig.Json(Text(10), Sent("secret")), "\"bede90386d\"");
}

TEST(ColumnMasks, FirstHashesDigestAJavaObjectStream) {
  // printf 'salt\xac\xed\x00\x05t\x00\x06secret' | sha256sum, and the same of a NUL and of 😀,
  // whose bytes are C0 80 and ED A0 BD ED B8 80.
  EncoderRig rig = RigWith(Kind::kHash, 0, "SHA-256", "salt");
  EXPECT_EQ(rig.Json(Text(), Sent("secret")),
            "\"415495384c888900929e5499d91b87e3051f44ece0f24218307c4f89e6dd7ccb\"");
  EXPECT_EQ(rig.Json(Text(), Sent("😀")),
            "\"5f2f7e66754b52cfcccfe724e4e480422196cfa2afa42395a9192451760d0682\"");
}

TEST(ColumnMasks, TruncatingKeepsCharactersWhole) {
  EncoderRig rig = RigWith(Kind::kTruncate, 3);
  EXPECT_EQ(rig.Json(Text(), Sent("éabc")), "\"éab\"");
  EXPECT_EQ(rig.Json(Text(), Sent("ab😀")), "\"ab\"");
  EXPECT_EQ(rig.Json(Text(), Sent("ab")), "\"ab\"");
  EXPECT_EQ(rig.Json(Text(), Null()), "null");
  EXPECT_EQ(rig.Schema(Text()),
            R"({"type":"string","optional":true,"parameters":{"truncateLength":"3"},"field":"v"})");
  EXPECT_EQ(rig.Schema(Text(3)), R"({"type":"string","optional":true,"field":"v"})");
}

TEST(ColumnMasks, AnUnknownHashIsRefusedAndNeverShowsTheValue) {
  EncoderRig rig = RigWith(Kind::kHashV2, 0, "NO-SUCH", "salt");
  EXPECT_EQ(rig.Json(Text(), Sent("secret")), "\"********************************\"");
  EXPECT_FALSE(ColumnMask::Check(rig.options().masks[0]));
  EXPECT_TRUE(ColumnMask::Check({Kind::kHash, 0, "SHA-512", "", nullptr}));
}

}  // namespace
}  // namespace sluice::debezium

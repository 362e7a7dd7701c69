#include "core/operations/index/plan_document.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(StubFieldOf, FindsMembersOfTheDocumentItself) {
  EXPECT_EQ(StubFieldOf(R"({"sluice_deleted":true})"), "sluice_deleted");
  EXPECT_EQ(StubFieldOf(R"({"id":1,"sluice_partition" : 3})"), "sluice_partition");
  EXPECT_EQ(StubFieldOf(R"({"a":{"b":[1]},"t":"\"}{","sluice_deleted":false})"), "sluice_deleted");
}

TEST(StubFieldOf, PassesOverWhatOnlyLooksAlike) {
  for (const char* document : {"{}", R"({"id":1})", R"({"sluice_key":"1"})",
                               R"({"sluice_deleted2":1})", R"({"v":"sluice_deleted"})",
                               R"({"v":{"sluice_deleted":true}})", R"({"v":["sluice_deleted"]})",
                               R"({"v":"\"sluice_deleted\":1"})", R"({"sluice_partitions":[]})"}) {
    EXPECT_EQ(StubFieldOf(document), "") << document;
  }
}

}  // namespace
}  // namespace sluice

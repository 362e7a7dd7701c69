#include "adapters/postgres/partition_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CatalogueTable Named(uint32_t id, const std::string& name, uint32_t root = 0) {
  CatalogueTable table;
  table.id = id;
  table.schema = "public";
  table.name = name;
  table.partitioned = name == "p";
  table.root = root == 0 ? id : root;
  return table;
}

Partitions Seen(const std::vector<CatalogueTable>& tables) {
  return PartitionsOf(tables, {&tables.front()});
}

std::vector<std::string> Told(const Partitions& before, const Partitions& now) {
  std::vector<std::string> told;
  for (const Finding& finding : JudgePartitions(before, now)) {
    EXPECT_EQ(finding.weight, Finding::Weight::kWarns);
    told.push_back(finding.what + "; " + finding.cure);
  }
  return told;
}

TEST(PartitionWatch, TellsWhatCameOrWentWithItsRows) {
  const Partitions both = Seen({Named(1, "p"), Named(2, "p1", 1), Named(3, "p2", 1)});
  EXPECT_THAT(Told(both, both), IsEmpty());
  EXPECT_THAT(Told(both, Seen({Named(1, "p"), Named(2, "p1", 1)})),
              ElementsAre(HasSubstr("public.p2 of public.p was dropped")));
  const Partitions detached = Seen({Named(1, "p"), Named(2, "p1", 1), Named(3, "p2")});
  EXPECT_THAT(Told(both, detached), ElementsAre(HasSubstr("public.p2 of public.p was detached")));
  EXPECT_THAT(Told(detached, both),
              ElementsAre(HasSubstr("public.p2 was attached to public.p: nothing tells the rows")));
}

TEST(PartitionWatch, ANewPartitionAndAFirstLookAreNoNews) {
  const Partitions one = Seen({Named(1, "p"), Named(2, "p1", 1)});
  EXPECT_THAT(Told(one, Seen({Named(1, "p"), Named(2, "p1", 1), Named(3, "p2", 1)})), IsEmpty());
  EXPECT_THAT(Told({}, one), IsEmpty());
}

TEST(PartitionWatch, PartitionsToldAsThemselvesAreNotItsMatter) {
  const std::vector<CatalogueTable> tables = {Named(1, "p"), Named(2, "p1", 1)};
  EXPECT_THAT(PartitionsOf(tables, {&tables.back()}).roots, IsEmpty());
}

}  // namespace
}  // namespace sluice::postgres

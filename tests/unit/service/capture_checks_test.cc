#include "service/composition/capture_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::service {
namespace {

using postgres::CatalogueTable;
using ::testing::HasSubstr;

/// Tables with numbers of their own.
class Tables {
 public:
  explicit Tables(const std::vector<std::pair<std::string, std::string>>& names) {
    for (const auto& [schema, name] : names) {
      CatalogueTable& table = tables_.emplace_back();
      table.id = static_cast<uint32_t>(tables_.size());
      table.schema = schema;
      table.name = name;
    }
  }
  [[nodiscard]] postgres::TableList list() const {
    postgres::TableList list;
    for (const CatalogueTable& table : tables_) list.push_back(&table);
    return list;
  }
  [[nodiscard]] CatalogueTable& at(size_t i) { return tables_.at(i); }
  [[nodiscard]] const std::vector<CatalogueTable>& all() const { return tables_; }

 private:
  std::vector<CatalogueTable> tables_;
};

std::string Clash(const Tables& tables, const std::string& regex = "",
                  const std::string& replacement = "") {
  StreamOwners owners;
  return ClaimStreams(tables.list(), *StreamNames::Make("n", ".", regex, replacement), owners)
      .detail;
}

TEST(CaptureChecks, TwoTablesNeverShareATopic) {
  EXPECT_EQ(Clash(Tables({{"public", "a"}, {"public", "b"}})), "");
  EXPECT_THAT(Clash(Tables({{"public", "a$b"}, {"public", "a_b"}})),
              HasSubstr("\"public\".\"a$b\" and \"public\".\"a_b\" would both write to the topic "
                        "n.public.a_b"));
  EXPECT_THAT(Clash(Tables({{"s", "x.t"}, {"s.x", "t"}})), HasSubstr("both told as s.x.t"));
  const Tables routed({{"r", "a"}, {"r", "b"}});
  EXPECT_THAT(Clash(routed, R"(n\.r\.(.*))", "all"), HasSubstr("the topic all"));
  EXPECT_EQ(Clash(routed, R"(n\.r\.(.*))", "all_$1"), "");
}

}  // namespace
}  // namespace sluice::service

// The demo's story, its words and its tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "service/demo/database.h"
#include "service/demo/package_scenario.h"
#include "service/demo/progress.h"
#include "service/demo/summary.h"
#include "service/demo/tables.h"
#include "service/demo/user_scenario.h"
#include "tests/fakes/fake_clock.h"

namespace sluice::demo {
namespace {

using ::testing::HasSubstr;

/// Plays a story against tables of its own and fails on what a database would refuse or pass over.
struct Played {
  std::set<size_t> users;
  std::set<size_t> updated;
  std::set<size_t> deleted;
  std::map<size_t, size_t> orders;  // order -> user
  size_t several = 0;
  std::string told;

  Played(int64_t quantity, uint64_t seed) {
    UserScenario scenario(quantity, seed);
    Transaction transaction;
    while (scenario.Next(transaction)) {
      EXPECT_FALSE(transaction.empty());
      if (transaction.size() > 1) ++several;
      for (const Change& change : transaction) Take(change);
    }
    EXPECT_FALSE(scenario.Next(transaction)) << "a story that is over stays over";
  }

  void Take(const Change& change) {
    told += std::to_string(static_cast<int>(change.kind)) + change.username + change.email +
            std::to_string(change.user) + change.product + std::to_string(change.cents) + ";";
    switch (change.kind) {
      case Change::Kind::kInsertUser: EXPECT_TRUE(users.insert(change.user).second); return;
      case Change::Kind::kChangeEmail:
        EXPECT_TRUE(users.contains(change.user));
        EXPECT_TRUE(updated.insert(change.user).second);
        return;
      case Change::Kind::kDeleteUser:
        EXPECT_EQ(users.erase(change.user), 1U);
        deleted.insert(change.user);
        return;
      case Change::Kind::kInsertOrder:
        EXPECT_TRUE(users.contains(change.user));
        EXPECT_TRUE(orders.emplace(change.order, change.user).second);
        return;
      case Change::Kind::kSetOrderStatus: EXPECT_TRUE(orders.contains(change.order)); return;
      case Change::Kind::kDeleteOrdersOf:
        EXPECT_TRUE(users.contains(change.user));
        std::erase_if(orders, [&](const auto& order) { return order.second == change.user; });
        return;
    }
  }
};

TEST(UserScenario, InsertsUpdatesAndDeletesWhatIsThere) {
  for (const int64_t quantity : {1, 2, 3, 7, 10, 50, 1000}) {
    for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{987654321}}) {
      SCOPED_TRACE(std::to_string(quantity) + " users, seed " + std::to_string(seed));
      const Played played(quantity, seed);
      EXPECT_EQ(played.users.size() + played.deleted.size(), static_cast<size_t>(quantity));
      EXPECT_EQ(played.updated.size(), static_cast<size_t>(quantity + 1) / 2);
      EXPECT_EQ(played.deleted.size(), static_cast<size_t>(quantity + 3) / 5);
      EXPECT_EQ(played.several, played.deleted.size() + static_cast<size_t>(quantity + 2) / 5);
      for (const size_t user : played.updated) EXPECT_TRUE(played.users.contains(user));
      for (const auto& [order, user] : played.orders) EXPECT_TRUE(played.users.contains(user));
    }
  }
}

TEST(UserScenario, TellsTheSameStoryForTheSameSeed) {
  EXPECT_EQ(Played(40, 5).told, Played(40, 5).told);
  EXPECT_NE(Played(40, 5).told, Played(40, 6).told);
}

std::string WithoutSpace(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\n') kept.push_back(c);
  }
  return kept;
}

TEST(DemoTables, AreThoseOfTheDemoScript) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "run by ctest, or set SLUICE_SOURCE_DIR to the source tree";
  std::ifstream file(std::string(root) + "/configs/demo.sql");
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(WithoutSpace(script), HasSubstr(WithoutSpace(kUsersTable) + ";"));
  EXPECT_THAT(WithoutSpace(script), HasSubstr(WithoutSpace(kOrdersTable) + ";"));
}

TEST(DemoTables, ThatOfPackagesIsThatOfItsScript) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "run by ctest, or set SLUICE_SOURCE_DIR to the source tree";
  std::ifstream file(std::string(root) + "/configs/packages.sql");
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  for (const std::string_view statement :
       {kPackageStatusTable, kPackageNumbers, kPackageStatusIdentity})
    EXPECT_THAT(WithoutSpace(script), HasSubstr(WithoutSpace(statement) + ";"));
}

TEST(PackageScenario, EachPackageGoesItsWayInOrderAndJourneysOverlap) {
  constexpr int64_t kPackages = 50;
  PackageScenario scenario(kPackages, {"a", "b", "c"}, 7);
  std::map<int64_t, std::vector<Movement>> journeys;
  Movement movement;
  size_t changes = 0;
  int64_t last = -1;
  while (scenario.Next(movement)) {
    changes += movement.package == last ? 0 : 1;
    last = movement.package;
    journeys[movement.package].push_back(movement);
  }
  ASSERT_EQ(journeys.size(), static_cast<size_t>(kPackages));
  EXPECT_GT(changes, static_cast<size_t>(kPackages));
  for (const auto& [package, steps] : journeys) {
    ASSERT_EQ(steps.size(), 3U) << package;
    EXPECT_EQ(steps[0].status, "Package Posted");
    EXPECT_EQ(steps[1].status, "In Transit");
    EXPECT_EQ(steps[2].status, "Package Delivered");
    EXPECT_EQ(steps[0].next_address, steps[1].actual_address);
    EXPECT_EQ(steps[1].next_address, steps[2].actual_address);
    EXPECT_EQ(steps[2].next_address, "");
    EXPECT_NE(steps[0].actual_address, steps[1].actual_address);
    for (const Movement& step : steps)
      EXPECT_EQ(step.customer, std::string(1, static_cast<char>('a' + package % 3)));
  }
}

TEST(DemoAddress, NamesItsDatabase) {
  unsetenv("PGDATABASE");
  EXPECT_EQ(*DatabaseNameOf("postgresql://me@127.0.0.1:5432/shop"), "shop");
  EXPECT_EQ(*DatabaseNameOf("host=127.0.0.1 dbname=shop"), "shop");
  EXPECT_EQ(*DatabaseNameOf(""), "testdb");
  setenv("PGDATABASE", "fromenv", 1);
  EXPECT_EQ(*DatabaseNameOf("host=127.0.0.1"), "fromenv");
  unsetenv("PGDATABASE");
  const auto refused = DatabaseNameOf("postgresql://[::1");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().ToString(), HasSubstr("--postgres"));
}

TEST(DemoAddress, IsTheOneGivenThenTheVariableThenTheStack) {
  for (const char* name : {"SLUICE_POSTGRES", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGPORT"}) {
    unsetenv(name);
  }
  EXPECT_THAT(AddressOf(std::nullopt), HasSubstr("127.0.0.1:15432/testdb"));
  setenv("PGHOST", "db.example", 1);
  EXPECT_EQ(AddressOf(std::nullopt), "") << "libpq reads the PG* variables itself";
  setenv("SLUICE_POSTGRES", "postgresql://other/x", 1);
  EXPECT_EQ(AddressOf(std::nullopt), "postgresql://other/x");
  EXPECT_EQ(AddressOf("postgresql://given/y"), "postgresql://given/y");
  unsetenv("PGHOST");
  unsetenv("SLUICE_POSTGRES");
}

TEST(DemoAddress, ShowsThatItHoldsAPassword) {
  EXPECT_TRUE(HoldsPassword("postgresql://me:secret@127.0.0.1/x"));
  EXPECT_TRUE(HoldsPassword("host=h password=secret"));
  EXPECT_FALSE(HoldsPassword("postgresql://me@127.0.0.1/x"));
}

Summary Sample() {
  Summary summary;
  summary.database = "testdb";
  summary.host = "127.0.0.1:5432";
  summary.seed = 7;
  summary.complete = true;
  summary.inserted = {4, 5};
  summary.updated = {{4, "moved1@example.org"}};
  summary.deleted = {5};
  summary.orders_inserted = 1;
  summary.transactions = 5;
  summary.transactions_of_several = 1;
  return summary;
}

TEST(DemoSummary, NamesTheRows) {
  EXPECT_EQ(RenderText(Sample()),
            "database testdb on 127.0.0.1:5432, seed 7\n"
            "inserted 2 users: 4 5\n"
            "updated 1 users (new e-mail): 4\n"
            "deleted 1 users: 5\n"
            "orders: inserted 1, updated 0, deleted 0\n"
            "5 transactions, 1 of them with several changes\n");
}

TEST(DemoSummary, IsAContractAsJson) {
  EXPECT_EQ(
      RenderJson(Sample()),
      "{\"schema\":\"sluice.demo/1\",\"scenario\":\"users\",\"database\":\"testdb\","
      "\"host\":\"127.0.0.1:5432\",\"seed\":7,\"complete\":true,\"users\":{\"inserted\":[4,5],"
      "\"updated\":[{\"id\":4,\"email\":\"moved1@example.org\"}],\"deleted\":[5]},\"orders\":"
      "{\"inserted\":1,\"updated\":0,\"deleted\":0},\"transactions\":5,"
      "\"transactions_of_several\":1}\n");
}

TEST(DemoSummary, StaysReadableWithManyRows) {
  Summary summary = Sample();
  summary.inserted.assign(1'000, 1);
  EXPECT_THAT(RenderText(summary), HasSubstr("1 1 and 800 more\n"));
}

TEST(Progress, IsALineEveryTenSecondsAwayFromATerminal) {
  sluice::testing::FakeClock clock;
  std::ostringstream stream;
  {
    Progress progress("rows", 100, false, 80, stream, clock);
    for (int second = 1; second <= 25; ++second) {
      clock.AdvanceMs(1'000);
      progress.Show(second);
    }
  }
  EXPECT_EQ(stream.str(), "rows: 10/100\nrows: 20/100\n");
}

TEST(Progress, IsABarOnATerminalAndGoesAway) {
  sluice::testing::FakeClock clock;
  std::ostringstream stream;
  {
    Progress progress("rows", 4, true, 20, stream, clock);
    progress.Show(1);
    EXPECT_EQ(stream.str(), "") << "what is over in no time draws nothing";
    clock.AdvanceMs(200);
    progress.Show(2);
    EXPECT_EQ(stream.str(), "\rrows [####....] 2/4\x1b[K");
  }
  EXPECT_THAT(stream.str(), ::testing::EndsWith("\r\x1b[K"));
}

}  // namespace
}  // namespace sluice::demo

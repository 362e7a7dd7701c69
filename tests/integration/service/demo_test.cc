// `sluice demo users` on the PostgreSQL that SLUICE_TEST_POSTGRES names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "service/demo/database.h"
#include "service/demo/demo_users.h"
#include "tests/fakes/fake_clock.h"

namespace sluice::demo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DemoUsers : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* server = std::getenv("SLUICE_TEST_POSTGRES");
    ASSERT_NE(server, nullptr)
        << "SLUICE_TEST_POSTGRES is not set: start a server with `scripts/stack up postgres` and "
           "set it to postgresql://user@host:port";
    name_ = "sluice_demo_test_" + std::to_string(getpid());
    options_.postgres = std::string(server) + "/" + name_;
    maintenance_ = std::string(server) + "/postgres";
    Drop();
  }

  void TearDown() override {
    if (!maintenance_.empty()) Drop();
  }

  void Drop() const {
    auto server = Database::Open(maintenance_);
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    ASSERT_TRUE(server->Run("drop database if exists " + name_).ok());
  }

  DemoEnd Run() {
    out_.str("");
    err_.str("");
    return RunDemoUsers(options_, {clock_, [this](int) { return stops_after_-- == 0; }}, out_,
                        err_);
  }

  std::vector<std::string> Rows(const std::string& statement) {
    auto database = Database::Open(*options_.postgres);
    EXPECT_TRUE(database.ok()) << database.error().ToString();
    auto rows = database->Run(statement);
    EXPECT_TRUE(rows.ok()) << rows.error().ToString();
    return rows.ok() ? *rows : std::vector<std::string>();
  }

  DemoOptions options_;
  sluice::testing::FakeClock clock_;
  std::ostringstream out_;
  std::ostringstream err_;
  std::string name_;
  std::string maintenance_;
  int stops_after_ = -1;  ///< Transactions; negative: never.
};

TEST_F(DemoUsers, MakesDatabaseTablesAndTheRowsOfItsSummary) {
  options_.quantity = 10;
  ASSERT_EQ(Run(), DemoEnd::kDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("inserted 10 users: 1 2 3 4 5 6 7 8 9 10\n"));
  EXPECT_THAT(Rows("select count(*) from users"), ElementsAre("8"));
  EXPECT_THAT(Rows("select 'updated 5 users (new e-mail): ' || "
                   "string_agg(id::text, ' ' order by substring(email from '[0-9]+')::int) "
                   "from users where email like '%@example.org'"),
              ElementsAre(::testing::Truly([this](const std::string& line) {
                return out_.str().find(line + "\n") != std::string::npos;
              })));
  EXPECT_THAT(Rows("select count(*) from orders where user_id not in (select id from users)"),
              ElementsAre("0"));
  // Rows of one transaction have one now().
  EXPECT_THAT(Rows("select count(*) from users u where 1 < (select count(*) from orders o where "
                   "o.user_id = u.id and o.created_at = u.created_at)"),
              ElementsAre(::testing::Not("0")));
}

TEST_F(DemoUsers, AddsToWhatIsThere) {
  options_.quantity = 3;
  ASSERT_EQ(Run(), DemoEnd::kDone) << err_.str();
  options_.json = true;
  ASSERT_EQ(Run(), DemoEnd::kDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("\"inserted\":[4,5,6]"));
}

TEST_F(DemoUsers, StopsBetweenTransactionsAndTellsWhatItDid) {
  options_.quantity = 1'000;
  stops_after_ = 5;
  ASSERT_EQ(Run(), DemoEnd::kStopped) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("stopped early"));
  EXPECT_THAT(out_.str(), HasSubstr("\n5 transactions, "));
}

TEST_F(DemoUsers, NamesTheServerThatIsNotThere) {
  options_.postgres = "postgresql://postgres@127.0.0.1:1/testdb";
  ASSERT_EQ(Run(), DemoEnd::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("127.0.0.1"));
  EXPECT_THAT(err_.str(), HasSubstr("--postgres"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(DemoUsers, SaysThatTheTablesAreNotItsOwn) {
  ASSERT_TRUE(Rows("create table users (id uuid primary key default gen_random_uuid())").empty());
  ASSERT_EQ(Run(), DemoEnd::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("tables of other programs under the names users and orders"));
  EXPECT_THAT(err_.str(), HasSubstr("username"));
  EXPECT_THAT(err_.str(), HasSubstr("--postgres"));
}

}  // namespace
}  // namespace sluice::demo

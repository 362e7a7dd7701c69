// TLS with a private authority, passwords and API keys, on a node with security.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/integration/elasticsearch/live.h"

namespace sluice::elasticsearch {
namespace {

std::string Environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : value;
}

class Secure : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Environment("SLUICE_TEST_SECURE_URL").empty())
      GTEST_SKIP() << "SLUICE_TEST_SECURE_URL is not set: no secured node here; `scripts/stack up "
                      "elasticsearch-secure` starts one";
    settings_.urls = {Environment("SLUICE_TEST_SECURE_URL")};
    settings_.ca_file = Environment("SLUICE_TEST_SECURE_CA");
    settings_.username = "elastic";
    settings_.password = Environment("SLUICE_TEST_SECURE_PASSWORD");
    if (settings_.password.empty()) settings_.password = "changeme";
    settings_.retry_longest_ms = 500;
    name_ = UniqueName("sluice-secure");
  }
  void TearDown() override {
    if (settings_.urls.empty()) return;
    RawClient(settings_).Ask("DELETE", "/" + name_ + "-000001");
  }
  /// What Prepare() says first, holds included.
  PrepareResult FirstNews(const Settings& settings) {
    Live live(settings);
    live.index.Prepare(name_);
    EXPECT_TRUE(live.Until([&live] { return !live.prepared.empty(); }));
    return live.prepared.empty() ? PrepareResult{} : live.prepared.front();
  }
  /// A new key with these rights; "" for all. Its encoded form and its id.
  std::pair<std::string, std::string> MakeKey(const std::string& roles) {
    const std::string body = RawClient(settings_)
                                 .Ask("POST", "/_security/api_key",
                                      R"({"name":"k")" + (roles.empty() ? "" : "," + roles) + "}")
                                 .body;
    return {Member(body, "encoded"), Member(body, "id")};
  }
  [[nodiscard]] Settings WithKey(const std::string& encoded) const {
    Settings with_key = settings_;
    with_key.username = with_key.password = "";
    with_key.api_key = encoded;
    return with_key;
  }
  static std::string Member(const std::string& json, const std::string& name) {
    const size_t at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) {
      ADD_FAILURE() << "no " << name << " in " << json;
      return {};
    }
    const size_t begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
  }

  Settings settings_;
  std::string name_;
};

TEST_F(Secure, LetsInByPasswordOverTls) {
  Live live(settings_);
  const PrepareResult result = live.Prepare(name_);
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  EXPECT_EQ(live.One({WriteAction::kIndex, result.index, "1", 1, "{\"a\":1}"}).result,
            WriteResult::kCreated);
  EXPECT_EQ(live.Read(result.index, "1").document, "{\"a\":1}");
}

TEST_F(Secure, LetsInByApiKeyUntilItIsRevoked) {
  const auto [encoded, id] = MakeKey("");
  Live live(WithKey(encoded));
  const PrepareResult result = live.Prepare(name_);
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  const DocumentWrite write{WriteAction::kIndex, result.index, "1", 1, "{}"};
  EXPECT_EQ(live.One(write).result, WriteResult::kCreated);

  ASSERT_EQ(
      RawClient(settings_).Ask("DELETE", "/_security/api_key", "{\"ids\":[\"" + id + "\"]}").status,
      200);
  BatchCompletion answer = live.Write({write});
  EXPECT_EQ(answer.request.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(answer.request.verdict.reason, FailureReason::kUnauthorized);
  live.index.Discard(answer.batch);

  // A rotated key is read anew after the refusal.
  live.transport.SetCredentialReader(
      [key = MakeKey("").first] { return Credentials{"", "", key}; });
  EXPECT_TRUE(live.Until([&] {
    answer = live.Write({write});
    live.index.Discard(answer.batch);
    return answer.request.verdict.disposition == Disposition::kDone;
  }));
}

TEST_F(Secure, HoldsWritesOfAKeyWithoutTheRight) {
  ASSERT_EQ(FirstNews(settings_).failure.verdict.disposition, Disposition::kDone);
  const auto [encoded, id] = MakeKey(
      R"("role_descriptors":{"r":{"cluster":["monitor"],"index":[{"names":["sluice-secure*"],)"
      R"("privileges":["read","view_index_metadata"]}]}})");
  Live live(WithKey(encoded));
  const PrepareResult result = live.Prepare(name_);
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  const BatchCompletion answer = live.Write({{WriteAction::kIndex, result.index, "1", 1, "{}"}});
  const Verdict verdict = answer.items.empty() ? answer.request.verdict : answer.items.front();
  EXPECT_EQ(verdict.disposition, Disposition::kHold);
  EXPECT_EQ(verdict.reason, FailureReason::kUnauthorized);
}

TEST_F(Secure, WorksForAnAccountThatMayNotSeeTheNodes) {
  // The rights on indices that docs/OPERATING.md asks for: an index that is missing is looked up
  // among the control records before it is made.
  const auto [encoded, id] = MakeKey(
      R"("role_descriptors":{"r":{"cluster":[],"index":[{"names":["sluice-secure*",)"
      R"("sluice-control*","sluice-divergent*"],"privileges":["manage","read","write"]}]}})");
  Live live(WithKey(encoded));
  const PrepareResult result = live.Prepare(name_);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  EXPECT_TRUE(live.index.cluster().known);
  EXPECT_FALSE(live.index.cluster().opensearch);
}

TEST_F(Secure, HoldsOnAWrongPassword) {
  settings_.password = "wrong";
  const PrepareResult result = FirstNews(settings_);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(result.failure.verdict.reason, FailureReason::kUnauthorized);
  settings_.password = "changeme";
}

TEST_F(Secure, HoldsOnAnUnknownAuthority) {
  Settings without = settings_;
  without.ca_file.clear();
  const PrepareResult result = FirstNews(without);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(result.failure.verdict.reason, FailureReason::kUnreachable);
  EXPECT_NE(result.failure.detail.find("certificate"), std::string::npos) << result.failure.detail;
}

TEST_F(Secure, HoldsOnPlainHttpToTheTlsPort) {
  Settings plain = settings_;
  plain.urls = {"http" + plain.urls.front().substr(5)};
  EXPECT_EQ(FirstNews(plain).failure.verdict.disposition, Disposition::kHold);
}

}  // namespace
}  // namespace sluice::elasticsearch

// `sluice check` on the broker that SLUICE_TEST_KAFKA names and the search node that
// SLUICE_TEST_SEARCH_URL names.
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/group_consumer.h"
#include "service/check/run_checks.h"
#include "service/composition/system_clock.h"
#include "tests/integration/service/visible_topic.h"

namespace sluice::check {
namespace {

using ::testing::HasSubstr;

/// Sends a request that must succeed, or one whose status is returned.
long Send(const std::string& method, const std::string& url, const std::string& body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(
      easy.get(), CURLOPT_WRITEFUNCTION,
      +[](char*, size_t size, size_t count, void*) { return size * count; });
  if (!body.empty()) curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.c_str());
  EXPECT_EQ(curl_easy_perform(easy.get()), CURLE_OK) << method << " " << url;
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

class CheckServers : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* broker = std::getenv("SLUICE_TEST_KAFKA");
    const char* search = std::getenv("SLUICE_TEST_SEARCH_URL");
    ASSERT_TRUE(broker != nullptr && search != nullptr)
        << "SLUICE_TEST_KAFKA and SLUICE_TEST_SEARCH_URL must be set: start the servers with "
           "`scripts/stack up` and see `scripts/stack env`";
    search_ = search;
    plan_.kafka.brokers = broker;
    plan_.search.urls = {search_};
    std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : test) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    topic_ = "check-test." + std::to_string(getpid()) + "." + test;
    plan_.consumer.group_id = topic_;
    plan_.consumer.topics = {topic_};
    plan_.dead_letters.topic = topic_ + ".dead";
    plan_.timeout = std::chrono::seconds(20);  // of a busy machine, not of the check
    auto admin = kafka::Admin::Open(plan_.kafka, plan_.timeout);
    ASSERT_TRUE(admin.ok());
    admin_ = std::make_unique<kafka::Admin>(std::move(*admin));
    ASSERT_NO_FATAL_FAILURE(testing::CreateVisibleTopic(*admin_, topic_, 3));
  }

  void TearDown() override {
    if (!admin_) return;
    EXPECT_TRUE(admin_->DeleteTopic(topic_).ok());
    Send("DELETE", search_ + "/" + topic_ + "-000001?ignore_unavailable=true", "");
    Send("DELETE", search_ + "/" + topic_ + "?ignore_unavailable=true", "");
  }

  std::vector<Finding> Run() {
    const service::SystemClock clock;
    return Checks(plan_, clock, [](const Finding&) {}).Run();
  }

  /// The finding of that name, which must be there.
  static Finding Get(const std::vector<Finding>& findings, const std::string& name) {
    for (const Finding& finding : findings) {
      if (finding.name == name) return finding;
    }
    ADD_FAILURE() << "no finding " << name << " in\n" << RenderJson(findings);
    return {};
  }

  CheckPlan plan_;
  std::string topic_;
  std::string search_;
  std::unique_ptr<kafka::Admin> admin_;
};

TEST_F(CheckServers, SayYesAndLeaveNothingBehind) {
  const auto findings = Run();
  EXPECT_FALSE(AnswerIsNo(findings)) << RenderJson(findings);
  EXPECT_THAT(Get(findings, "kafka.brokers").text, HasSubstr("answers, cluster "));
  EXPECT_EQ(Get(findings, "topic " + topic_).text, "3 partitions");
  EXPECT_THAT(Get(findings, "dead_letters.topic").text, HasSubstr("may create it"));
  EXPECT_THAT(Get(findings, "kafka.group.id").text, HasSubstr("has 0 members"));
  EXPECT_THAT(Get(findings, "elasticsearch " + search_).text, HasSubstr("earch "));
  EXPECT_THAT(Get(findings, "index " + topic_).text, HasSubstr(topic_ + "-000001"));

  EXPECT_FALSE(admin_->DescribeTopic(plan_.dead_letters.topic).ok());
  EXPECT_EQ(admin_->DescribeGroup(topic_)->members, 0U);
  EXPECT_EQ(Send("GET", search_ + "/" + topic_, ""), 404);
  EXPECT_EQ(Send("GET", search_ + "/" + topic_ + "-000001", ""), 404);
}

TEST_F(CheckServers, SayWhatAStartWouldDoWhereTheGroupHasAnActiveMember) {
  service::SystemClock clock;
  auto member = kafka::GroupConsumer::Open(plan_.kafka, plan_.consumer, clock);
  ASSERT_TRUE(member.ok());
  bool assigned = false;
  SourceEvent event;
  const int64_t until_us = clock.NowUs() + 30'000'000;
  while (!assigned && clock.NowUs() < until_us) {
    static_cast<void>((*member)->Poll({}));
    while ((*member)->NextEvent(event)) assigned |= event.kind == SourceEvent::Kind::kAssigned;
  }
  ASSERT_TRUE(assigned);
  plan_.consumer.mode = ConsumptionMode::kFailover;
  Finding group = Get(Run(), "kafka.group.id");
  EXPECT_EQ(group.verdict, Verdict::kOk);
  EXPECT_THAT(group.text, HasSubstr("has 1 member"));
  EXPECT_THAT(group.text, HasSubstr("a start stands by until the group is empty"));
  plan_.consumer.mode = ConsumptionMode::kExclusive;
  group = Get(Run(), "kafka.group.id");
  EXPECT_EQ(group.verdict, Verdict::kNo);
  EXPECT_THAT(group.text, HasSubstr("a start is refused"));
  EXPECT_THAT(group.fix, HasSubstr("stop that member first"));
}

TEST_F(CheckServers, LookAtWhatADeliveryNeedsAndAskNoSearchNode) {
  plan_.search.urls.clear();
  plan_.made = {topic_ + ".parked.a"};
  plan_.options = {"deliver.topic", "", "deliver.group.id", "deliver.dead_letters.topic", ""};
  auto findings = Run();
  EXPECT_FALSE(AnswerIsNo(findings)) << RenderJson(findings);
  EXPECT_EQ(findings.size(), 5U) << RenderJson(findings);
  EXPECT_EQ(Get(findings, "topic " + topic_).text, "3 partitions");
  EXPECT_THAT(Get(findings, "topic " + plan_.made[0]).text, HasSubstr("the start creates it"));
  EXPECT_THAT(Get(findings, "deliver.dead_letters.topic").text, HasSubstr("may create it"));
  EXPECT_THAT(Get(findings, "deliver.group.id").text, HasSubstr("has 0 members"));
  EXPECT_FALSE(admin_->DescribeTopic(plan_.made[0]).ok());

  plan_.consumer.topics = {"no-such-topic"};
  findings = Run();
  EXPECT_TRUE(AnswerIsNo(findings));
  EXPECT_THAT(Get(findings, "topic no-such-topic").fix, HasSubstr("correct deliver.topic"));
}

TEST_F(CheckServers, LookAtTheFolderOfAChangeLogAndAskForNoGroup) {
  const std::filesystem::path root = std::filesystem::temp_directory_path() / topic_;
  std::filesystem::create_directory(root);
  plan_.search.urls.clear();
  plan_.made = {topic_ + ".rows"};
  plan_.folder = root;
  plan_.options = {"changelog.topics", "changelog.topics.regex", "", "dead_letters.topic",
                   "changelog.file.directory"};
  auto findings = Run();
  EXPECT_FALSE(AnswerIsNo(findings)) << RenderJson(findings);
  EXPECT_EQ(findings.size(), 5U) << RenderJson(findings);
  EXPECT_THAT(Get(findings, "topic " + topic_ + ".rows").text, HasSubstr("the start creates it"));
  EXPECT_THAT(Get(findings, "changelog.file.directory").text, HasSubstr("can be written"));
  for (const char* name : {"rows", "rows/"}) {
    plan_.folder = root / name;
    EXPECT_THAT(Get(Run(), "changelog.file.directory").text, HasSubstr("the start creates it"));
    EXPECT_FALSE(std::filesystem::exists(plan_.folder));
  }
  plan_.folder = root / "no" / "rows";
  findings = Run();
  EXPECT_TRUE(AnswerIsNo(findings));
  EXPECT_THAT(Get(findings, "changelog.file.directory").text, HasSubstr("is no folder"));
  std::filesystem::remove_all(root);
}

TEST_F(CheckServers, TellTheStateOfADestination) {
  ASSERT_EQ(Send("PUT", search_ + "/" + topic_ + "-000001",
                 R"({"settings":{"index.gc_deletes":"20m"},"aliases":{")" + topic_ + R"(":{}}})"),
            200);
  EXPECT_EQ(Get(Run(), "index " + topic_).text,
            "alias onto " + topic_ + "-000001, remembers deletes for 20m");

  ASSERT_EQ(Send("PUT", search_ + "/" + topic_ + "-000001/_settings",
                 R"({"index.gc_deletes":"60s","index.default_pipeline":"other"})"),
            200);
  plan_.search.allow_pipelines = true;
  const Finding forgetful = Get(Run(), "index " + topic_);
  EXPECT_EQ(forgetful.verdict, Verdict::kNo);
  EXPECT_THAT(forgetful.fix, HasSubstr("/_settings {\"index.gc_deletes\":\"15m\"}"));
  plan_.search.allow_pipelines = false;
  EXPECT_THAT(Get(Run(), "index " + topic_).text, HasSubstr("ingest pipeline other"));
}

TEST_F(CheckServers, RefuseAnIndexInPlaceOfAnAlias) {
  ASSERT_EQ(Send("PUT", search_ + "/" + topic_, ""), 200);
  const auto findings = Run();
  EXPECT_TRUE(AnswerIsNo(findings));
  EXPECT_THAT(Get(findings, "index " + topic_).text, HasSubstr("an index, not an alias"));
  EXPECT_THAT(Get(findings, "index " + topic_).fix, HasSubstr("index.names"));
}

TEST_F(CheckServers, RefuseABackingIndexWithoutItsAlias) {
  ASSERT_EQ(Send("PUT", search_ + "/" + topic_ + "-000001", ""), 200);
  EXPECT_THAT(Get(Run(), "index " + topic_).text, HasSubstr("but no alias"));
}

TEST_F(CheckServers, NameAMissingTopicAndHowToMakeIt) {
  plan_.consumer.topics.push_back("no-such-topic");
  const auto findings = Run();
  const Finding missing = Get(findings, "topic no-such-topic");
  EXPECT_EQ(missing.verdict, Verdict::kNo);
  EXPECT_THAT(missing.fix, HasSubstr("--create --topic no-such-topic"));
  EXPECT_FALSE(admin_->DescribeTopic("no-such-topic").ok()) << "looking must not create it";
}

TEST_F(CheckServers, FindTopicsByExpression) {
  plan_.consumer.topics.clear();
  plan_.consumer.topics_regex = "check-test\\." + std::to_string(getpid()) + "\\.find.*";
  const auto findings = Run();
  EXPECT_EQ(Get(findings, "kafka.topics.regex").text, "1 topic with 3 partitions");
  EXPECT_EQ(Get(findings, "index " + topic_).verdict, Verdict::kOk);
  plan_.consumer.topics_regex = "nothing-like-it";
  EXPECT_EQ(Get(Run(), "kafka.topics.regex").verdict, Verdict::kNo);
}

TEST_F(CheckServers, EndInTimeWhenNothingAnswers) {
  plan_.kafka.brokers = "127.0.0.1:1";
  plan_.search.urls = {"http://127.0.0.1:1"};
  plan_.timeout = std::chrono::seconds(1);
  const auto findings = Run();
  EXPECT_EQ(Get(findings, "kafka.brokers").verdict, Verdict::kNo);
  EXPECT_THAT(Get(findings, "kafka.brokers").text, HasSubstr("127.0.0.1:1"));
  EXPECT_EQ(Get(findings, "topic " + topic_).verdict, Verdict::kSkipped);
  EXPECT_EQ(Get(findings, "elasticsearch http://127.0.0.1:1").verdict, Verdict::kNo);
  EXPECT_THAT(Get(findings, "elasticsearch http://127.0.0.1:1").fix,
              HasSubstr("elasticsearch.urls"));
  EXPECT_EQ(Get(findings, "index " + topic_).verdict, Verdict::kSkipped);
  for (const Finding& finding : findings) EXPECT_LT(finding.took_ms, 5'000) << finding.name;
}

TEST_F(CheckServers, GoOnWithOneNodeOfTwo) {
  plan_.search.urls = {"http://127.0.0.1:1", search_};
  const auto findings = Run();
  EXPECT_EQ(Get(findings, "elasticsearch http://127.0.0.1:1").verdict, Verdict::kWarning);
  EXPECT_EQ(Get(findings, "index " + topic_).verdict, Verdict::kOk);
  EXPECT_FALSE(AnswerIsNo(findings));
}

TEST_F(CheckServers, RecogniseWhatIsNoSearchNode) {
  plan_.search.urls = {"http://" + plan_.kafka.brokers};
  plan_.timeout = std::chrono::seconds(3);
  const auto findings = Run();
  EXPECT_EQ(Get(findings, "elasticsearch " + plan_.search.urls[0]).verdict, Verdict::kNo);
}

}  // namespace
}  // namespace sluice::check

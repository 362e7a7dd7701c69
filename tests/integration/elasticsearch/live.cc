#include "tests/integration/elasticsearch/live.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice::elasticsearch {

Settings LiveSettings() {
  Settings settings;
  const char* url = std::getenv("SLUICE_TEST_SEARCH_URL");
  if (url == nullptr || *url == '\0') {
    ADD_FAILURE() << "SLUICE_TEST_SEARCH_URL is not set: these tests need a real Elasticsearch or "
                     "OpenSearch; scripts/stack up search starts one";
    url = "http://127.0.0.1:9";  // the discard port: nobody answers
  }
  settings.urls = {url};
  settings.retry_longest_ms = 1'000;
  return settings;
}

std::string UniqueName(const std::string& prefix) {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return prefix + "-" + std::to_string(getpid()) + "-" + std::to_string(now % 1'000'000'000) + "-" +
         std::to_string(++count);
}

Response RawClient::Ask(const char* method, const std::string& path, std::string_view body,
                        bool ndjson) {
  Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.ndjson = ndjson;
  transport_.Start(std::move(request));
  std::vector<Response> responses;
  for (int i = 0; i < 600 && responses.empty(); ++i) {
    transport_.Poll(responses);
    if (responses.empty()) waiter_.Wait(std::chrono::milliseconds(100));
  }
  if (responses.empty()) {
    ADD_FAILURE() << method << " " << path << " was not answered";
    return {};
  }
  return std::move(responses.front());
}

bool Live::Until(const std::function<bool()>& done, int seconds) {
  const int64_t deadline = clock.NowUs() + int64_t{seconds} * 1'000'000;
  do {
    index.Poll(batches, lookups, prepared);
    if (done()) return true;
    waiter.Wait(std::chrono::milliseconds(20));
  } while (clock.NowUs() < deadline);
  return false;
}

PrepareResult Live::AwaitPrepared(IndexSlot slot) {
  const auto is_news = [slot](const PrepareResult& result) {
    return result.index == slot && result.failure.verdict.disposition != Disposition::kHold;
  };
  EXPECT_TRUE(Until([&] { return std::any_of(prepared.begin(), prepared.end(), is_news); }))
      << (prepared.empty() ? "no answer" : prepared.back().failure.detail);
  const auto found = std::find_if(prepared.begin(), prepared.end(), is_news);
  if (found == prepared.end()) return {};
  PrepareResult result = *found;
  prepared.erase(found);
  return result;
}

PrepareResult Live::Prepare(const std::string& stream) {
  return AwaitPrepared(index.Prepare(stream));
}

BatchCompletion Live::Write(const std::vector<DocumentWrite>& writes) {
  const BatchHandle batch = index.OpenBatch();
  for (const DocumentWrite& write : writes) index.Append(batch, write);
  index.Send(batch);
  batches.clear();
  EXPECT_TRUE(Until([this] { return !batches.empty(); }, 120)) << "no answer to a bulk";
  return batches.empty() ? BatchCompletion{} : batches.front();
}

Verdict Live::One(const DocumentWrite& write) {
  const BatchCompletion answer = Write({write});
  EXPECT_EQ(answer.request.verdict.disposition, Disposition::kDone) << answer.request.detail;
  if (answer.items.size() != 1) {
    ADD_FAILURE() << answer.items.size() << " verdicts for one write";
    return {};
  }
  const Verdict verdict = answer.items.front();
  last_failure = index.ItemFailure(answer.batch, 0);
  index.Discard(answer.batch);
  return verdict;
}

LookupResult Live::Read(IndexSlot slot, std::string_view id) {
  index.Lookup(1, slot, id);
  index.FlushLookups();
  lookups.clear();
  EXPECT_TRUE(Until([this] { return !lookups.empty(); })) << "no answer to a lookup";
  return lookups.empty() ? LookupResult{} : std::move(lookups.front());
}

LiveTest::LiveTest() : name(UniqueName("sluice-it")), raw(LiveSettings()) {}

LiveTest::~LiveTest() {
  raw.Ask("DELETE", "/" + name + "-000001");
  raw.Ask("DELETE", "/" + name + "-000002");
  raw.Ask("DELETE", "/" + name);
}

void LiveTest::PrepareHere() {
  const PrepareResult result = live.Prepare(name);
  slot = result.index;
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
}

std::string LiveTest::Stored(const std::string& id) {
  return raw.Ask("GET", "/" + name + "/_source/" + id).body;
}

}  // namespace sluice::elasticsearch

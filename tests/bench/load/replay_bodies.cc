// The floor of sending: bulk bodies that were built before, over the same number of connections as
// the product uses. Building them is left out of the figure.
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/load/usage.h"
#include "tests/bench/load/workload.h"

namespace {

using namespace sluice::bench;

struct Options {
  std::string url;
  std::string query = "filter_path=errors,items.*.status,items.*.error&require_alias=true";
  std::string workload = "narrow";
  uint64_t events = 1'000'000;
  size_t body_bytes = 2 * 1024 * 1024;
  size_t connections = 4;
  size_t upload_buffer = 512 * 1024;
  size_t distinct = 8;
};

struct Body {
  std::string text;
  uint64_t items = 0;
};

std::vector<Body> Prepare(const Options& options) {
  const Workload workload(WorkloadFrom(options.workload), options.events, 4);
  std::vector<Body> bodies(options.distinct);
  uint64_t ordinal = 0;
  for (Body& body : bodies) {
    while (body.text.size() < options.body_bytes && ordinal < options.events) {
      const uint64_t id = workload.IdOf(ordinal);
      fmt::format_to(
          std::back_inserter(body.text),
          R"({{"index":{{"_index":"{}","_id":"{}","version":{},"version_type":"external"}}}})",
          workload.topics()[workload.TopicOf(id)], id, (uint64_t{1} << 48) + 1 + ordinal / 48);
      body.text += '\n';
      workload.AppendDocument(ordinal, body.text);
      body.text += '\n';
      ++body.items;
      ++ordinal;
    }
  }
  while (bodies.size() > 1 && bodies.back().items == 0) bodies.pop_back();
  return bodies;
}

size_t TakeReply(char* /*bytes*/, size_t size, size_t count, void* total) {
  *static_cast<uint64_t*>(total) += size * count;
  return size * count;
}

/// Sends bodies round robin; one transfer per connection at a time.
class Replay {
 public:
  Replay(const Options& options, const std::vector<Body>& bodies)
      : options_(options), bodies_(bodies), multi_(curl_multi_init()) {
    headers_ = curl_slist_append(headers_, "Content-Type: application/x-ndjson");
    headers_ = curl_slist_append(headers_, "Expect:");
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
  }
  ~Replay() {
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  void Run() {
    for (size_t i = 0; i < options_.connections; ++i) Start(Make());
    int running = 1;
    while (running > 0) {
      if (curl_multi_perform(multi_, &running) != CURLM_OK) {
        throw std::runtime_error("curl_multi_perform");
      }
      TakeDone(running);
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
  }

  [[nodiscard]] uint64_t items() const { return items_; }
  [[nodiscard]] uint64_t sent_bytes() const { return sent_bytes_; }
  [[nodiscard]] uint64_t reply_bytes() const { return reply_bytes_; }

 private:
  CURL* Make() {
    CURL* easy = curl_easy_init();
    const std::string url = options_.url + "/_bulk?" + options_.query;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(options_.upload_buffer));
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 60'000L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeReply);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply_bytes_);
    return easy;
  }

  void Start(CURL* easy) {
    if (items_ >= options_.events) {
      curl_easy_cleanup(easy);
      return;
    }
    const Body& body = bodies_[next_++ % bodies_.size()];
    items_ += body.items;
    sent_bytes_ += body.text.size();
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.text.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.text.data());
    curl_multi_add_handle(multi_, easy);
  }

  void TakeDone(int& running) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      CURL* easy = message->easy_handle;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) {
        throw std::runtime_error(
            fmt::format("status {}, {}", status, curl_easy_strerror(message->data.result)));
      }
      curl_multi_remove_handle(multi_, easy);
      if (items_ < options_.events) ++running;
      Start(easy);
    }
  }

  const Options& options_;
  const std::vector<Body>& bodies_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  size_t next_ = 0;
  uint64_t items_ = 0;
  uint64_t sent_bytes_ = 0;
  uint64_t reply_bytes_ = 0;
};

void Run(const Options& options) {
  const std::vector<Body> bodies = Prepare(options);
  const double before_s = CpuSeconds();
  Replay replay(options, bodies);
  replay.Run();
  const double cpu_s = CpuSeconds() - before_s;
  const auto items = static_cast<double>(replay.items());
  std::cout << R"({"events":)" << replay.items() << R"(,"bytes":)" << replay.sent_bytes()
            << R"(,"reply_bytes":)" << replay.reply_bytes() << R"(,"bytes_per_event":)"
            << static_cast<double>(replay.sent_bytes()) / items << R"(,"cpu_s":)" << cpu_s
            << R"(,"cpu_ns_per_event":)" << cpu_s * 1e9 / items << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Options options;
  CLI::App app("Sends prepared bulk bodies.");
  app.add_option("--url", options.url)->required();
  app.add_option("--query", options.query, "of the _bulk requests");
  app.add_option("--workload", options.workload, "narrow, schema or wide");
  app.add_option("--events", options.events);
  app.add_option("--body-bytes", options.body_bytes);
  app.add_option("--connections", options.connections);
  app.add_option("--upload-buffer", options.upload_buffer, "libcurl's, bytes");
  CLI11_PARSE(app, argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  try {
    Run(options);
  } catch (const std::exception& error) {
    std::cerr << "replay_bodies: " << error.what() << "\n";
    return 1;
  }
  return 0;
}

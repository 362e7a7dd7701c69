// The null sink: a search node that answers writes at once and forgets them, so that what is
// measured is the writer. Prints its address, then its counters at the end.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

#include "tests/bench/null_sink/search_node.h"

namespace {

using namespace sluice::bench;

struct Options {
  uint16_t port = 0;
  bool full = false;
  bool keep = false;
  bool keep_sources = false;
  FaultSettings faults;
};

void Declare(CLI::App& app, Options& options) {
  app.add_option("--port", options.port, "port on 127.0.0.1; 0 picks a free one");
  app.add_flag("--full", options.full, "full item replies, whatever filter_path says");
  app.add_flag("--keep", options.keep, "remember index, id, version and operation");
  app.add_flag("--keep-sources", options.keep_sources, "remember the documents too, for _mget");
  app.add_option("--latency", options.faults.latency, "ms: 5, 2-8 or exp:5");
  app.add_option("--refuse-requests", options.faults.refuse_requests, "share answered 429");
  app.add_option("--refuse-items", options.faults.refuse_items, "share of items answered 429");
  app.add_option("--resets-before", options.faults.resets_before, "share reset unapplied");
  app.add_option("--resets-after", options.faults.resets_after, "share applied, then reset");
  app.add_option("--seed", options.faults.seed, "of the faults");
}

void Serve(const Options& options) {
  SinkCounters counters;
  std::optional<DocumentStore> store;
  if (options.keep || options.keep_sources) store.emplace(options.keep_sources);
  DocumentStore* const kept = store ? &*store : nullptr;
  BulkHandler bulk(FaultPlan(options.faults), options.full, kept, counters);
  SearchNode node(bulk, kept, counters);
  HttpServer server(options.port, [&node](const HttpRequest& request, HttpReply& reply) {
    node.Answer(request, reply);
  });
  std::cout << R"({"url":"http://127.0.0.1:)" << server.port() << "\"}" << std::endl;
  server.Run();
  std::cout << node.Statistics() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // a benchmark that is killed leaves nothing behind
  Options options;
  CLI::App app("A search node that answers _bulk at once and counts.");
  Declare(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    Serve(options);
  } catch (const std::exception& error) {
    std::cerr << "null_sink: " << error.what() << "\n";
    return 1;
  }
  return 0;
}

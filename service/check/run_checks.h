#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "adapters/elasticsearch/settings.h"
#include "adapters/kafka/admin.h"
#include "adapters/kafka/settings.h"
#include "core/ports/clock.h"
#include "service/check/finding.h"

namespace sluice::check {

/// The options that findings are about, by their names.
struct CheckedOptions {
  std::string topics = "kafka.topics";
  std::string topics_regex = "kafka.topics.regex";
  std::string group = "kafka.group.id";  ///< Empty: it reads without a group.
  std::string dead_letters = "dead_letters.topic";
  std::string folder;
};

/// What `sluice index`, `changelog` or `deliver` would be started with, and how long each check may
/// take.
struct CheckPlan {
  kafka::Settings kafka;
  kafka::ConsumerSettings consumer;
  kafka::DeadLetterSettings dead_letters;
  std::vector<std::string> made;   ///< Topics that a start makes.
  std::string folder;              ///< That files are written to; empty: none are.
  elasticsearch::Settings search;  ///< Without `urls` none is looked at.
  CheckedOptions options;
  std::chrono::milliseconds timeout{5'000};
};

/// Looks whether `sluice index`, `changelog` or `deliver` could do its work: brokers, topics,
/// group, topics of its own, folder, search nodes, indices. Joins no group, creates and changes
/// nothing; customers are not called.
///
/// Threads:   one call at a time.
/// Ownership: borrows the clock and what `tell` borrows.
/// Time:      each check blocks for its server, the plan's timeout at most.
/// Errors:    as findings.
class Checks {
 public:
  Checks(CheckPlan plan, const Clock& clock, std::function<void(const Finding&)> tell);

  /// Runs all and tells each finding as it is made.
  std::vector<Finding> Run();

 private:
  void CheckBrokers();
  void CheckTopics(const kafka::Admin& admin);
  void CheckTopic(const kafka::Admin& admin, const std::vector<kafka::TopicInfo>& all,
                  const std::string& topic);
  void CheckExpression(const std::vector<kafka::TopicInfo>& all);
  void CheckOwnTopic(const kafka::Admin& admin, const std::vector<kafka::TopicInfo>& all,
                     const std::string& name, const std::string& topic, const char* when);
  void CheckGroup(const kafka::Admin& admin);
  void CheckFolder();
  void CheckSearchNodes();
  void CheckDestinations();

  void Begin() { began_us_ = clock_.NowUs(); }
  /// Times the finding since Begin(), keeps and tells it.
  void Tell(Finding finding);
  void TellSkipped(const std::string& name, const std::string& because);

  const CheckPlan plan_;
  const Clock& clock_;
  const std::function<void(const Finding&)> tell_;
  int64_t began_us_ = 0;
  std::vector<Finding> findings_;
  std::vector<std::string> topics_;  ///< Named or found, in that order.
  bool search_reached_ = false;
};

}  // namespace sluice::check

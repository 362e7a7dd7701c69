#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/model/outcome.h"

namespace sluice::kafka {

/// Ids that topics were given at their creation; empty where brokers give none (before 2.8).
using TopicIds = std::map<std::string, std::string>;
/// The same as of now; none: there is no such topic.
using PresentTopics = std::map<std::string, std::optional<std::string>>;

/// Those of `present` that are not what they were when they were written, each with the sentence
/// that says so. Topics that were never written are not judged. Pure.
[[nodiscard]] std::map<std::string, std::string> LostTopics(const TopicIds& written,
                                                            const PresentTopics& present);
/// The failure that records were lost with a topic, with the choices. `what` is a sentence.
[[nodiscard]] Failure TopicLost(const std::string& what);

/// Which topics a source has written. One that was deleted has lost its records, also where the
/// brokers have made it anew under its name, which they do without a word.
///
/// Threads:   any.
/// Ownership: values.
/// Time:      never blocks for long.
/// Errors:    as failures.
class WrittenTopics {
 public:
  /// Nothing is lost with its records; for the lifetime.
  void Ignore(const std::string& topic);
  /// A run begins that goes on with these; what former runs of the process have written stays.
  void GoOn(const TopicIds& recorded);
  /// A run begins that tells everything anew.
  void BeginAnew();

  [[nodiscard]] bool Knows(const std::string& topic) const;
  /// What a look at the brokers has found of a topic. Empty: it is what it was, or is known from
  /// now on. Else the sentence that says what was lost.
  [[nodiscard]] std::string Note(const std::string& topic, const std::optional<std::string>& id);
  /// Its records were lost, under whatever id: no later start goes on until that is accepted.
  /// False: nothing is lost with them.
  [[nodiscard]] bool Break(const std::string& topic);

  /// What is to be recorded, where that has changed since the last call.
  [[nodiscard]] std::optional<TopicIds> TakeChanged();
  /// What was taken could not be recorded.
  void PutBack();

 private:
  mutable std::mutex mutex_;
  std::set<std::string> ignored_;  // guarded by mutex_
  TopicIds ids_;                   // guarded by mutex_
  bool changed_ = false;           // guarded by mutex_
};

}  // namespace sluice::kafka

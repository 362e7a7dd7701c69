#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/wakeup.h"
#include "core/model/outcome.h"
#include "core/model/result.h"

namespace sluice::kafka {

/// One value a name, kept in a topic whose older values the brokers clear away.
///
/// Threads:   one call at a time; the library's threads are hidden.
/// Ownership: what is passed is copied.
/// Time:      Open() and Load() wait for the brokers, `timeout` at most for each answer; Store()
/// and
///            Poll() never.
/// Errors:    in the results.
class CompactedTopic {
 public:
  /// Creates the topic where it is missing.
  static Result<CompactedTopic> Open(const Settings& settings, const std::string& topic,
                                     std::chrono::milliseconds timeout, LogSink log = nullptr);
  /// The last value of that name without Open(): creates nothing. None: there never was one, or
  /// there is no such topic.
  static Result<std::optional<std::string>> Read(const Settings& settings, const std::string& topic,
                                                 const std::string& name,
                                                 const LogSink& log = nullptr);
  CompactedTopic(CompactedTopic&&) = default;
  ~CompactedTopic();

  /// Readable when Poll() may have something.
  [[nodiscard]] int descriptor() const { return wakeup_->descriptor(); }

  /// Shows all values that are still there, of names that begin so; older ones first.
  [[nodiscard]] Status Each(
      const std::string& prefix,
      const std::function<void(const std::string& name, const std::string& value)>& take);
  /// The last value of that name; none: there never was one.
  [[nodiscard]] Result<std::optional<std::string>> Load(const std::string& name);
  /// Begins to write a value. One at a time: an answer follows.
  void Store(const std::string& name, const std::string& value);
  /// The answer to the last Store(), once: kDone when every replica in sync has it.
  std::optional<Failure> Poll();

 private:
  CompactedTopic(Settings settings, std::string topic, Client producer, LogSink log);

  Settings settings_;
  std::string topic_;
  LogSink log_;
  std::unique_ptr<Wakeup> wakeup_;
  Client producer_;
  Queue events_;
  std::optional<Failure> answer_;
};

}  // namespace sluice::kafka

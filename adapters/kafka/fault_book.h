#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/ports/record_source.h"

namespace sluice::kafka {

/// What is wrong at the moment, by place, so that the core hears of each beginning once and of the
/// end when nothing is left.
///
/// Threads:   one call at a time.
/// Ownership: events are handed over by value.
/// Time:      never blocks.
/// Errors:    none.
class FaultBook {
 public:
  enum class Place : uint8_t {
    kBrokers,    ///< Reaching any broker, TLS, login.
    kGroup,      ///< Membership and committed offsets.
    kTopic,      ///< A topic by name: not there, not allowed.
    kPartition,  ///< Reading one partition.
  };

  /// Notes a fault; an event follows when it is new or means something else than before.
  void Begin(Place place, const std::string& name, Failure failure,
             std::deque<SourceEvent>& events);
  /// The fault is over. When it was the one told last, another that still stands is told, or
  /// kRecovered.
  void End(Place place, const std::string& name, std::deque<SourceEvent>& events);
  void EndAll(Place place, std::deque<SourceEvent>& events);

  [[nodiscard]] bool any() const { return !standing_.empty(); }
  [[nodiscard]] bool Stands(Place place) const;
  [[nodiscard]] std::vector<std::string> Names(Place place) const;

 private:
  using Key = std::pair<Place, std::string>;
  void Erase(const Key& key, std::deque<SourceEvent>& events);

  std::map<Key, Failure> standing_;
  Key told_;
};

}  // namespace sluice::kafka

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "core/model/record.h"
#include "core/model/result.h"

namespace sluice::kafka {

/// From where to where each partition is read.
struct ReadRange {
  enum class From : uint8_t {
    kStart,   ///< The log's beginning.
    kEnd,     ///< Only what is written from now on.
    kLast,    ///< The last `value` offsets.
    kOffset,  ///< From offset `value`.
    kTime,    ///< The first record whose timestamp is at least `value` (ms since 1970).
  };
  From from = From::kStart;
  int64_t value = 0;
  std::optional<int64_t> until_ms;  ///< Records from this timestamp on are not told.
  bool until_passed = false;        ///< That time is over: reading stops at the end.
};

/// Adds one expression to a range: `start`, `end`, `-100` (the last hundred of each partition),
/// `1234` (from that offset), `@2h` (from two hours before `now_ms`; units s m h d), `s@ms` (from a
/// timestamp), `e@ms` (up to a timestamp).
[[nodiscard]] Status ParseRange(std::string_view text, int64_t now_ms, ReadRange& range);

/// What to read.
struct ReadRequest {
  std::string topic;             ///< A name, or with `is_regex` an expression over whole names.
  bool is_regex = false;         ///< POSIX extended; topics created later are followed too.
  std::set<int32_t> partitions;  ///< Empty: all.
  ReadRange range;
  uint64_t records_max = UINT64_MAX;
  bool stop_at_end = false;  ///< Stop at what was the end when reading began.
};

/// Reads topics without being a member of any group and without committing anything.
///
/// Threads:   one call at a time.
/// Ownership: records are passed by reference for the call; copy what is kept.
/// Time:      Read() blocks until done; `go_on` is asked at least every 200 ms.
/// Errors:    in the result; a partition that cannot be read ends the reading.
class TopicReader {
 public:
  static Result<TopicReader> Open(const Settings& settings, LogSink log = nullptr);

  /// Tells each record to `take`; reading ends when it, or `go_on`, answers false.
  [[nodiscard]] Status Read(const ReadRequest& request,
                            const std::function<bool(const OwnedRecord&)>& take,
                            const std::function<bool()>& go_on);

 private:
  struct Partition {
    Topic topic;
    int64_t end = 0;  ///< The next offset to be written when reading began.
    bool done = false;
  };

  TopicReader(Admin admin, Client client, LogSink log);
  [[nodiscard]] Status Begin(const ReadRequest& request, bool late);
  [[nodiscard]] Status BeginPartition(const ReadRequest& request, const TopicPartition& stream,
                                      bool late);
  [[nodiscard]] Result<int64_t> FirstOffset(const ReadRange& range, const TopicPartition& stream,
                                            int64_t low, int64_t high) const;
  /// False when reading is over.
  [[nodiscard]] Result<bool> OnMessage(const ReadRequest& request,
                                       const rd_kafka_message_t& message,
                                       const std::function<bool(const OwnedRecord&)>& take);
  void ServeLogs();
  void StopAll();

  Admin admin_;
  Client client_;
  LogSink log_;
  std::map<TopicPartition, Partition> partitions_;
  Queue queue_;
  uint64_t told_ = 0;
  size_t done_ = 0;
};

}  // namespace sluice::kafka

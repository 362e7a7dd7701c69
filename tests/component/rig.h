#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/operations/index/pipeline.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_control_store.h"
#include "tests/fakes/fake_dead_letters.h"
#include "tests/fakes/fake_divergence_store.h"
#include "tests/fakes/fake_document_index.h"
#include "tests/fakes/fake_document_merger.h"
#include "tests/fakes/fake_document_scan.h"
#include "tests/fakes/fake_event_decoder.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_randomness.h"
#include "tests/fakes/fake_record_archive.h"
#include "tests/fakes/fake_record_source.h"
#include "tests/fakes/fake_search_cluster.h"
#include "tests/fakes/fake_waiter.h"
#include "tests/fakes/recording_observer.h"

namespace sluice::testing {

/// What all members of a group share.
struct World {
  FakeLog log;
  FakeSearchCluster cluster;
  FakeControlIndex control{cluster};
  FakeDivergenceIndex divergence;
  FakeClock clock;
  int64_t copies_live_us = INT64_MAX;  ///< How long a copy of a request may land after its sending.
  /// Hears what happens, for people; none: nobody listens.
  std::function<void(const std::string&)> tell;
};

/// How a member's ports are made; a test that wants a broken one replaces its maker.
struct Makers {
  std::function<std::unique_ptr<FakeRecordSource>(World&)> source = [](World& world) {
    return std::make_unique<FakeRecordSource>(world.log);
  };
  std::function<std::unique_ptr<FakeDocumentIndex>(World&)> index = [](World& world) {
    return std::make_unique<FakeDocumentIndex>(world.cluster, &world.clock, world.copies_live_us);
  };
  std::function<std::unique_ptr<DocumentMerger>()> merger = [] {
    return std::make_unique<FakeDocumentMerger>();
  };
  std::function<std::unique_ptr<FakeDeadLetters>()> letters = [] {
    return std::make_unique<FakeDeadLetters>();
  };
};

/// One pipeline and its ports. Destroying it is a crash.
class Member {
 public:
  Member(World& world, const PipelineSettings& settings, uint64_t seed = 1,
         const Makers& makers = {});

  World& world;
  std::unique_ptr<FakeRecordSource> source_port;
  std::unique_ptr<FakeDocumentIndex> index_port;
  std::unique_ptr<DocumentMerger> merger;
  std::unique_ptr<FakeDeadLetters> letters_port;
  FakeEventDecoder decoder;
  FakeRecordArchive archive;
  FakeControlStore control;
  FakeDivergenceStore divergence;
  FakeDocumentScan scan;
  FakeWaiter waiter;
  FakeRandomness randomness;
  RecordingObserver observer;
  FakeRecordSource& source;
  FakeDocumentIndex& index;
  FakeDeadLetters& letters;
  Pipeline pipeline;

  /// Turns until nothing happens any more, without moving the clock.
  void TurnUntilQuiet();
  /// Turns and moves the clock in steps of 10 ms.
  void RunFor(int64_t ms);
  /// As RunFor() until `done`, at most so long; whether it came true.
  bool RunUntil(const std::function<bool()>& done, int64_t at_most_ms = 120'000);

  [[nodiscard]] const PipelineStats& stats() const { return pipeline.stats(); }
  [[nodiscard]] uint64_t fate(Fate fate) const;
};

/// A topic `t`, one member that owns all of it, settings under which things happen at once.
class Rig {
 public:
  static PipelineSettings Defaults();

  explicit Rig(const PipelineSettings& settings = Defaults(), int32_t partitions = 1);
  /// Assigns everything and turns until records flow.
  Member& Start();

  Offset Append(const std::string& key, const std::string& value, int32_t partition = 0);
  Offset AppendTombstone(const std::string& key, int32_t partition = 0);
  [[nodiscard]] static TopicPartition At(int32_t partition) { return {"t", partition}; }
  /// The committed position, -1 when there is none.
  [[nodiscard]] int64_t Committed(int32_t partition = 0) const;
  /// The stored document, empty when there is none.
  [[nodiscard]] std::string Document(const std::string& id) const;

  World world;
  PipelineSettings settings;
  Member member;
};

/// A request's verdict with words.
[[nodiscard]] Failure Words(Disposition disposition, FailureReason reason,
                            const std::string& detail = "why");
[[nodiscard]] RequestFate Fails(Disposition disposition, FailureReason reason,
                                RequestFate::Effect effect = RequestFate::Effect::kNone);

}  // namespace sluice::testing

#include "tests/component/rig.h"

#include "core/model/check.h"

namespace sluice::testing {

Member::Member(World& shared, const PipelineSettings& settings, uint64_t seed, const Makers& makers)
    : world(shared),
      source_port(makers.source(shared)),
      index_port(makers.index(shared)),
      merger(makers.merger()),
      letters_port(makers.letters()),
      archive(shared.log),
      control(shared.control),
      divergence(shared.divergence),
      scan(shared.cluster, *index_port),
      waiter(shared.clock),
      randomness(seed),
      source(*source_port),
      index(*index_port),
      letters(*letters_port),
      pipeline(0, settings,
               PipelinePorts{source, decoder, *merger, index, letters, archive, waiter,
                             shared.clock, randomness, observer, control, divergence, scan}) {}

void Member::TurnUntilQuiet() {
  constexpr int kMost = 10'000;
  for (int i = 0; i < kMost; ++i) {
    if (!pipeline.Turn()) return;
  }
  SLUICE_CHECK(false, "the pipeline gets quiet when nothing comes in");
}

void Member::RunFor(int64_t ms) {
  for (int64_t passed = 0; passed < ms; passed += 10) {
    TurnUntilQuiet();
    world.clock.AdvanceMs(10);
  }
  TurnUntilQuiet();
}

bool Member::RunUntil(const std::function<bool()>& done, int64_t at_most_ms) {
  for (int64_t passed = 0; passed < at_most_ms && !done(); passed += 10) {
    TurnUntilQuiet();
    world.clock.AdvanceMs(10);
  }
  return done();
}

uint64_t Member::fate(Fate fate) const {
  uint64_t count = 0;
  for (const PartitionStats& partition : stats().partitions) {
    count += partition.fates[static_cast<size_t>(fate)];
  }
  return count;
}

PipelineSettings Rig::Defaults() {
  PipelineSettings settings;
  settings.group = "readers";
  settings.bulk_linger_us = 0;
  settings.backoff = {.first_us = 10'000, .longest_us = 100'000};
  settings.commit_interval_us = 100'000;
  settings.revoke_timeout_us = 5'000'000;
  settings.shutdown_timeout_us = 5'000'000;
  return settings;
}

Rig::Rig(const PipelineSettings& chosen, int32_t partitions)
    : settings(chosen), member(world, chosen) {
  world.log.CreateTopic("t", partitions);
}

Member& Rig::Start() {
  member.source.AssignTopic("t");
  member.RunFor(20);
  return member;
}

Offset Rig::Append(const std::string& key, const std::string& value, int32_t partition) {
  return world.log.Append(At(partition), key, value);
}

Offset Rig::AppendTombstone(const std::string& key, int32_t partition) {
  return world.log.Append(At(partition), key, std::nullopt);
}

int64_t Rig::Committed(int32_t partition) const {
  const auto committed = world.log.Committed(At(partition));
  return committed ? committed->next.value : -1;
}

std::string Rig::Document(const std::string& id) const {
  const auto* stored = world.cluster.Find("t", id);
  return stored == nullptr ? std::string() : stored->document;
}

Failure Words(Disposition disposition, FailureReason reason, const std::string& detail) {
  return {{disposition, reason, {}}, "type", detail};
}

RequestFate Fails(Disposition disposition, FailureReason reason, RequestFate::Effect effect) {
  return {Words(disposition, reason), effect, reason != FailureReason::kUnreachable};
}

}  // namespace sluice::testing

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/control.h"
#include "core/model/divergence.h"
#include "core/model/result.h"
#include "core/operations/index/control_decision.h"

namespace sluice {

/// A rebuild of an index, as brokers, search cluster and control records show it at one moment.
/// `live` is the index that is searched, `shadow` the one that is filled behind the alias
/// `NAME.rebuild`, by a group of its own.
struct RebuildSight {
  std::optional<ControlRecord> live;
  ControlSight live_seen;  ///< The offsets are those of the group of `sluice index`.
  std::optional<ControlRecord> shadow;
  ControlSight shadow_seen;  ///< The offsets are those of the rebuild's group.
};

/// How far a rebuild is. Each is left by one step that is repeated after a crash.
enum class RebuildStage : uint8_t {
  kNone,       ///< There is none.
  kRefilling,  ///< The shadow is being filled; the alias stands where it stood.
  kAnnounced,  ///< It may be moved at any moment: the live record knows the next index.
  kMoved,      ///< It was moved; what is recorded does not all say so yet.
  kKept,       ///< Done; the former index is kept for going back.
};
[[nodiscard]] const char* RebuildStageName(RebuildStage stage);  ///< "none", "refilling", …

[[nodiscard]] RebuildStage StageOf(const RebuildSight& sight);

[[nodiscard]] std::string ShadowNameOf(const std::string& index);
/// The group that fills the shadow.
[[nodiscard]] std::string ShadowGroupOf(const std::string& group, const std::string& index);
/// The first name to try for the next backing index: the number at the end of the present one, and
/// one more.
[[nodiscard]] std::string NextBackingOf(const std::string& index, const std::string& present);

/// Whether the topic holds everything that the index is made of: nothing was ever removed from its
/// beginning.
[[nodiscard]] bool HoldsEverything(const StreamFacts& stream);

/// How a shadow begins: its record, and where its group begins to read.
///
/// Fails where the live index's history is not known, or not that of the topic; where the topic
/// does not hold everything and there is no source that can be asked (`asks_source`). `recipe`:
/// what the index is made with.
[[nodiscard]] Result<ControlChange> BeginShadow(const RebuildSight& sight, const std::string& group,
                                                const std::string& backing, bool asks_source,
                                                const std::string& recipe);
/// How the former index becomes the shadow: it lacks what came after the alias was moved.
/// `hides_stubs`: what the configuration asks of the alias.
[[nodiscard]] Result<ControlChange> BeginReturn(const RebuildSight& sight, const std::string& group,
                                                bool hides_stubs);

/// Why the alias may not be moved onto the shadow, whatever it holds: its versions would not be
/// those that the live index's writer makes.
[[nodiscard]] std::optional<Error> HistoryObstacle(const RebuildSight& sight);

/// Divergent ids of the shadow of which the live index's writer knows nothing, or less: it would
/// fill columns from documents that miss a change. `live`, `shadow`: all entries of each.
[[nodiscard]] std::vector<Divergence> UnknownDivergences(const std::vector<Divergence>& live,
                                                         const std::vector<Divergence>& shadow);

/// Whether the group of the stream has passed all of these places, one a partition.
[[nodiscard]] bool HasPassed(const StreamFacts& stream, const std::vector<int64_t>& places);
/// The next offset to be written, by partition.
[[nodiscard]] std::vector<int64_t> EndsOf(const StreamFacts& stream);
/// What the group has not committed yet of what the stream holds.
[[nodiscard]] int64_t LagOf(const StreamFacts& stream);

/// The same for what is known while the shadow is still being filled, so that nobody waits for a
/// rebuild that comes to nothing.
[[nodiscard]] std::optional<Error> RefillObstacle(const RebuildSight& sight);

/// Whether the shadow was begun with other settings and mappings than are asked for now: it is
/// worth nothing then, and nobody searches it. Never of a former index, nor where its recipe is
/// not known.
[[nodiscard]] bool IsMadeOtherwise(const RebuildSight& sight, const std::string& recipe);

/// The live record before the alias is moved: it knows the shadow as the next index, and what the
/// group had committed, up to where the present index holds everything. `hides_stubs`: the alias
/// does so in the present index.
[[nodiscard]] ControlRecord Announced(const RebuildSight& sight, bool hides_stubs, int64_t now_ms,
                                      int64_t keep_until_ms);
/// The live record when it is not moved after all.
[[nodiscard]] ControlRecord Withdrawn(const RebuildSight& sight);
/// The live record after it was moved; the alias has left `former`. An index whose history was not
/// known, or that was not the one that was written last, is not kept to go back to.
[[nodiscard]] ControlRecord Moved(const RebuildSight& sight, const std::string& former_uuid);

}  // namespace sluice

#pragma once

#include <cstdint>
#include <string>

namespace sluice::config {

/// The memory that this process can have, in bytes: the least limit of the control groups it is in
/// (which is what a container, a pod or a systemd unit was given), or what the machine has. 0 when
/// nothing can be read.
[[nodiscard]] int64_t MemoryOfThisProcess();

/// The least limit of the control groups that `root`/proc/self/cgroup names, of either version; 0:
/// none. For tests `root` is a folder that looks like one.
[[nodiscard]] int64_t ControlGroupLimit(const std::string& root);

}  // namespace sluice::config

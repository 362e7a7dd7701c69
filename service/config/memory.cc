#include "service/config/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "service/config/values.h"

namespace sluice::config {
namespace {

/// Version 1 says "no limit" by a number near the largest.
constexpr int64_t kNoLimit = int64_t{1} << 60;

std::optional<int64_t> ReadLimit(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text)) return std::nullopt;
  const auto limit = ParseInteger(text);  // "max" is none
  return limit && *limit > 0 && *limit < kNoLimit ? limit : std::nullopt;
}

/// The limits of a group and all above it. In a container the group's own path is not there, and
/// its folder is the root.
int64_t LeastLimit(const std::string& folder, std::string group, const std::string& name) {
  int64_t least = kNoLimit;
  while (true) {
    if (const auto limit = ReadLimit(folder + group + "/" + name)) least = std::min(least, *limit);
    if (group.empty()) return least;
    group.erase(std::min(group.rfind('/'), group.size() - 1));
  }
}

}  // namespace

int64_t ControlGroupLimit(const std::string& root) {
  int64_t least = kNoLimit;
  std::ifstream groups(root + "/proc/self/cgroup");
  // "0::/system.slice/sluice.service" of version 2, "7:memory:/docker/4f…" of version 1.
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    const std::string mount = root + "/sys/fs/cgroup";
    if (controllers.empty()) least = std::min(least, LeastLimit(mount, group, "memory.max"));
    if (controllers == "memory") {
      least = std::min(least, LeastLimit(mount + "/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least == kNoLimit ? 0 : least;
}

int64_t MemoryOfThisProcess() {
  const int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const int64_t group = ControlGroupLimit("");
  if (machine <= 0) return group;
  return group == 0 ? machine : std::min(machine, group);
}

}  // namespace sluice::config

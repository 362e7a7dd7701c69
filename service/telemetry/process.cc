#include "service/telemetry/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::telemetry {
namespace {

// Fields of /proc/self/stat behind the name, which is in parentheses and may hold anything; the
// numbers are those of proc(5) less three.
constexpr size_t kUserTicks = 11;
constexpr size_t kSystemTicks = 12;
constexpr size_t kStartTicks = 19;
constexpr size_t kVirtualBytes = 20;
constexpr size_t kResidentPages = 21;

std::string ReadFile(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

double BootSeconds() {
  std::istringstream lines(ReadFile("/proc/stat"));
  for (std::string word; lines >> word;) {
    double seconds = -1;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return -1;
}

int64_t CountOpenFiles() {
  std::error_code error;
  auto files = std::filesystem::directory_iterator("/proc/self/fd", error);
  if (error) return -1;
  // One of them is the one that counts.
  return std::max<int64_t>(std::distance(begin(files), end(files)) - 1, 0);
}

}  // namespace

ProcessUsage ReadProcessUsage() {
  ProcessUsage usage;
  const std::string stat = ReadFile("/proc/self/stat");
  const size_t name_end = stat.rfind(')');
  if (name_end != std::string::npos) {
    std::istringstream in(stat.substr(name_end + 1));
    std::vector<std::string> fields;
    for (std::string field; in >> field;) fields.push_back(field);
    const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    if (fields.size() > kResidentPages && tick > 0) {
      const auto number = [&fields](size_t i) { return std::stod(fields[i]); };
      usage.cpu_seconds = (number(kUserTicks) + number(kSystemTicks)) / tick;
      usage.virtual_bytes = static_cast<int64_t>(number(kVirtualBytes));
      usage.resident_bytes = static_cast<int64_t>(number(kResidentPages)) * sysconf(_SC_PAGESIZE);
      const double boot = BootSeconds();
      if (boot >= 0) usage.started_seconds = boot + number(kStartTicks) / tick;
    }
  }
  usage.open_files = CountOpenFiles();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    usage.open_files_max = static_cast<int64_t>(limit.rlim_cur);
  }
  return usage;
}

}  // namespace sluice::telemetry

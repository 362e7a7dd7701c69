#include "core/operations/group/record_rereads.h"

#include <utility>

namespace sluice {

bool RecordRereads::Request(User user, uint64_t token, const TopicPartition& stream,
                            Offset offset) {
  if (open_ >= archive_.capacity()) return false;
  ++open_;
  archive_.Request(token << 1 | static_cast<uint64_t>(user), stream, offset);
  return true;
}

void RecordRereads::Poll(User user, std::vector<ArchivedRecord>& answers) {
  polled_.clear();
  archive_.Poll(polled_);
  for (ArchivedRecord& answer : polled_) {
    // Any other answer says only why it takes so long.
    if (answer.verdict.disposition == Disposition::kDone) --open_;
    const size_t of = answer.token & 1;
    answer.token >>= 1;
    waiting_[of].push_back(std::move(answer));
  }
  std::vector<ArchivedRecord>& own = waiting_[static_cast<size_t>(user)];
  for (ArchivedRecord& answer : own) answers.push_back(std::move(answer));
  own.clear();
}

}  // namespace sluice

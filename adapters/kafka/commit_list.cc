#include "adapters/kafka/commit_list.h"

#include <cstring>

namespace sluice::kafka {

void AddCommit(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list,
               const TopicPartition& name, const CommitPosition& position, std::string_view note) {
  rd_kafka_topic_partition_t* added =
      rd_kafka_topic_partition_list_add(list, name.topic.c_str(), name.partition);
  added->offset = position.next.value;
  rd_kafka_topic_partition_set_leader_epoch(added, position.leader_epoch);
  if (note.empty()) return;
  // Freed with the list.
  added->metadata = rd_kafka_mem_malloc(client, note.size());
  std::memcpy(added->metadata, note.data(), note.size());
  added->metadata_size = note.size();
}

std::string NoteOf(const rd_kafka_topic_partition_t& committed) {
  if (committed.metadata_size == 0) return {};
  return {static_cast<const char*>(committed.metadata), committed.metadata_size};
}

}  // namespace sluice::kafka

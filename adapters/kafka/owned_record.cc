#include "adapters/kafka/owned_record.h"

#include <utility>

namespace sluice::kafka {
namespace {

std::optional<std::string> Copy(const void* bytes, size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(bytes), size);
}

}  // namespace

OwnedRecord CopyRecord(const rd_kafka_message_t& message) {
  OwnedRecord record;
  record.stream = {rd_kafka_topic_name(message.rkt), message.partition};
  record.offset = Offset{message.offset};
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  record.key = Copy(message.key, message.key_len);
  record.value = Copy(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.push_back({name, Copy(value, size)});
  }
  return record;
}

}  // namespace sluice::kafka

#include "adapters/kafka/produce.h"

#include <array>
#include <utility>

namespace sluice::kafka {
namespace {

void* Bytes(const std::optional<std::string_view>& view) {
  if (!view) return nullptr;
  // Null means null to the library, so an empty one points at something. It only reads.
  static constexpr char kEmpty = '\0';
  return const_cast<char*>(view->data() == nullptr ? &kEmpty : view->data());
}

}  // namespace

std::vector<HeaderView> ViewsOf(std::span<const Header> headers) {
  std::vector<HeaderView> views;
  views.reserve(headers.size());
  for (const Header& header : headers) {
    views.push_back({header.name,
                     header.value ? std::optional<std::string_view>(*header.value) : std::nullopt});
  }
  return views;
}

rd_kafka_resp_err_t Produce(rd_kafka_t* producer, const OutgoingRecord& record) {
  std::unique_ptr<rd_kafka_headers_t, Freer<rd_kafka_headers_destroy>> headers(
      rd_kafka_headers_new(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value ? header.value->data() : nullptr,
                        header.value ? static_cast<ssize_t>(header.value->size()) : 0);
  }
  std::array<rd_kafka_vu_t, 8> fields{};
  if (record.handle != nullptr) {
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = record.handle;
  } else {
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = record.topic;
  }
  fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  fields[1].u.i32 = record.partition;
  fields[2].vtype = RD_KAFKA_VTYPE_KEY;
  fields[2].u.mem = {Bytes(record.key), record.key ? record.key->size() : 0};
  fields[3].vtype = RD_KAFKA_VTYPE_VALUE;
  fields[3].u.mem = {Bytes(record.value), record.value ? record.value->size() : 0};
  fields[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  fields[4].u.i = RD_KAFKA_MSG_F_COPY;
  fields[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[5].u.ptr = reinterpret_cast<void*>(record.token);
  fields[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[6].u.headers = headers.get();
  fields[7].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  fields[7].u.i64 = record.timestamp_ms.value_or(0);  // the library's word for now
  const KafkaError error(rd_kafka_produceva(producer, fields.data(), fields.size()));
  if (error) return rd_kafka_error_code(error.get());
  [[maybe_unused]] const rd_kafka_headers_t* const taken_by_the_producer = headers.release();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace sluice::kafka

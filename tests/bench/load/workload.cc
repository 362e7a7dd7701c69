#include "tests/bench/load/workload.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>

namespace sluice::bench {
namespace {

constexpr uint64_t kFirstTimeMs = 1'772'360'130'000;
constexpr uint64_t kFirstLsn = 24'023'040;
constexpr uint64_t kWideColumns = 40;
constexpr const char* kStatuses[] = {"new", "paid", "shipped", "returned"};
constexpr const char* kNotes[] = {"", "ring twice", "leave at the door", "gift, no bill"};

auto Into(std::string& out) {
  return std::back_inserter(out);
}

void AppendNarrowRow(uint64_t id, uint64_t bits, uint64_t ordinal, std::string& out) {
  fmt::format_to(
      Into(out),
      R"({{"id":{},"customer_id":{},"sku":"A-{:08}","quantity":{},"amount":"{}.{:02}","status":"{}","note":"{}","updated_at":"2026-03-01T10:{:02}:{:02}.{:06}Z"}})",
      id, 100'000 + bits % 900'000, (bits >> 20) % 100'000'000, 1 + (bits >> 12) % 9,
      10 + (bits >> 8) % 9'990, (bits >> 24) % 100, kStatuses[bits % 4], kNotes[(bits >> 2) % 4],
      ordinal / 60'000'000 % 60, ordinal / 1'000'000 % 60, ordinal % 1'000'000);
}

void AppendWideRow(uint64_t id, uint64_t bits, std::string& out) {
  fmt::format_to(Into(out), R"({{"id":{})", id);
  for (uint64_t column = 1; column < kWideColumns; ++column) {
    bits = Mix(bits + column);
    switch (column % 4) {
      case 0: fmt::format_to(Into(out), R"(,"c{:02}":{})", column, bits % 1'000'000'000); break;
      case 1: fmt::format_to(Into(out), R"(,"c{:02}":null)", column); break;
      case 2: fmt::format_to(Into(out), R"(,"c{:02}":{})", column, bits % 2 == 0); break;
      default:
        fmt::format_to(Into(out),
                       R"(,"c{:02}":"{:016x} the quick brown fox jumps over the lazy dog and runs )"
                       R"(on through the wide field, {:016x} {:016x} until evening falls")",
                       column, bits, Mix(bits), Mix(bits + 1));
    }
  }
  out += '}';
}

constexpr std::string_view kSourceSchema =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"version"},{"type":"string","optional":false,"field":"connector"},{"type":"string","optional":false,"field":"name"},{"type":"int64","optional":false,"field":"ts_ms"},{"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":"true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"default":"false","field":"snapshot"},{"type":"string","optional":false,"field":"db"},{"type":"string","optional":true,"field":"sequence"},{"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"},{"type":"string","optional":false,"field":"schema"},{"type":"string","optional":false,"field":"table"},{"type":"int64","optional":true,"field":"txId"},{"type":"int64","optional":true,"field":"lsn"},{"type":"int64","optional":true,"field":"xmin"},{"type":"string","optional":true,"field":"origin"},{"type":"int64","optional":true,"field":"origin_lsn"}],"optional":false,"name":"io.debezium.connector.postgresql.Source","version":1,"field":"source"})";
constexpr std::string_view kSchemaTail =
    R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"id"},{"type":"int64","optional":false,"field":"total_order"},{"type":"int64","optional":false,"field":"data_collection_order"}],"optional":true,"name":"event.block","version":1,"field":"transaction"},{"type":"string","optional":false,"field":"op"},{"type":"int64","optional":true,"field":"ts_ms"},{"type":"int64","optional":true,"field":"ts_us"},{"type":"int64","optional":true,"field":"ts_ns"}])";

}  // namespace

uint64_t Mix(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

WorkloadKind WorkloadFrom(std::string_view name) {
  if (name == "narrow") return WorkloadKind::kNarrow;
  if (name == "schema") return WorkloadKind::kSchema;
  if (name == "wide") return WorkloadKind::kWide;
  throw std::invalid_argument("the workload is narrow, schema or wide, not " + std::string(name));
}

Workload::Workload(WorkloadKind kind, uint64_t keys, uint32_t topics) : kind_(kind), keys_(keys) {
  columns_ = {{"id", "int64"},       {"customer_id", "int64"}, {"sku", "string"},
              {"quantity", "int32"}, {"amount", "string"},     {"status", "string"},
              {"note", "string"},    {"updated_at", "string"}};
  for (uint32_t i = 0; i < topics; ++i) {
    tables_.push_back(fmt::format("orders_{}", i));
    topics_.push_back("bench.public." + tables_.back());
    if (kind_ != WorkloadKind::kSchema) {
      key_prefixes_.emplace_back();
      value_prefixes_.emplace_back();
      continue;
    }
    key_prefixes_.push_back(fmt::format(
        R"({{"schema":{{"type":"struct","fields":[{{"type":"int64","optional":false,"field":"id"}}],"optional":false,"name":"{}.Key"}},"payload":)",
        topics_.back()));
    value_prefixes_.push_back(R"({"schema":)" + SchemaOf(topics_.back()) + R"(,"payload":)");
  }
}

std::string Workload::SchemaOf(const std::string& table) const {
  std::string row;
  for (const Column& column : columns_) {
    fmt::format_to(Into(row), R"({}{{"type":"{}","optional":{},"field":"{}"}})",
                   row.empty() ? "" : ",", column.type, column.name != "id", column.name);
  }
  std::string schema = R"({"type":"struct","fields":[)";
  for (const char* side : {"before", "after"}) {
    fmt::format_to(
        Into(schema),
        R"({{"type":"struct","fields":[{}],"optional":true,"name":"{}.Value","field":"{}"}},)", row,
        table, side);
  }
  schema.append(kSourceSchema).append(",").append(kSchemaTail);
  return schema + R"(,"optional":false,"name":")" + table + R"(.Envelope","version":2})";
}

uint64_t Workload::IdOf(uint64_t ordinal) const {
  return 1 + (ordinal < keys_ ? ordinal : Mix(ordinal) % keys_);
}

uint32_t Workload::TopicOf(uint64_t id) const {
  return static_cast<uint32_t>(Mix(id) % topics_.size());
}

void Workload::AppendDocument(uint64_t ordinal, std::string& out) const {
  const uint64_t id = IdOf(ordinal);
  switch (kind_) {
    case WorkloadKind::kNarrow:
    case WorkloadKind::kSchema: AppendNarrowRow(id, Mix(ordinal), ordinal, out); break;
    case WorkloadKind::kWide: AppendWideRow(id, Mix(ordinal), out); break;
  }
}

void Workload::AppendSource(uint64_t ordinal, uint32_t topic, std::string& out) const {
  const uint64_t lsn = kFirstLsn + ordinal * 168;
  const uint64_t ts_ms = kFirstTimeMs + ordinal / 50;
  const uint64_t part_us = Mix(ordinal / 8) % 1000;
  fmt::format_to(
      Into(out),
      R"("source":{{"version":"3.7.0.Final","connector":"postgresql","name":"bench","ts_ms":{0},"snapshot":"false","db":"shop","sequence":"[\"{1}\",\"{2}\"]","ts_us":{0}{3:03},"ts_ns":{0}{3:03}000,"schema":"public","table":"{4}","txId":{5},"lsn":{2},"xmin":null,"origin":null,"origin_lsn":null}},"transaction":null)",
      ts_ms, lsn - lsn % 1344, lsn, part_us, tables_[topic], 751 + ordinal / 8);
  const uint64_t seen_ms = ts_ms + 40 + Mix(ordinal) % 200;
  fmt::format_to(Into(out), R"(,"op":"{0}","ts_ms":{1},"ts_us":{1}{2:03},"ts_ns":{1}{2:03}{3:03})",
                 ordinal < keys_ ? 'c' : 'u', seen_ms, Mix(ordinal + 1) % 1000,
                 Mix(ordinal + 2) % 1000);
}

void Workload::Make(uint64_t ordinal, Event& event) const {
  event.id = IdOf(ordinal);
  event.topic = TopicOf(event.id);
  const bool with_schema = kind_ == WorkloadKind::kSchema;
  event.key = key_prefixes_[event.topic];
  fmt::format_to(Into(event.key), R"({{"id":{}}})", event.id);
  event.value = value_prefixes_[event.topic];
  event.value += R"({"before":null,"after":)";
  AppendDocument(ordinal, event.value);
  event.value += ',';
  AppendSource(ordinal, event.topic, event.value);
  event.value += with_schema ? "}}" : "}";
  if (with_schema) event.key += '}';
}

}  // namespace sluice::bench

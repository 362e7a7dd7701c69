// Decodes one record many times. A program with a report, no test:
//   decoder_bench narrow|schema|wide|toast [ROUNDS]
// Instructions per event: run it under `valgrind --tool=callgrind` with N and with 2N rounds; the
// difference of the two totals divided by N leaves the start-up out.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/debezium/envelope_decoder.h"

namespace {

using sluice::ChangeEvent;
using sluice::PartitionSlot;
using sluice::Record;
using sluice::debezium::EnvelopeDecoder;

std::string Envelope(const std::string& row) {
  return R"({"before":null,"after":)" + row +
         R"(,"source":{"version":"3.7.0.Final","connector":"postgresql","name":"shop",)"
         R"("ts_ms":1772360130123,"snapshot":"false","db":"shop",)"
         R"("sequence":"[\"24023040\",\"24023128\"]","ts_us":1772360130123456,)"
         R"("ts_ns":1772360130123456000,"schema":"public","table":"orders","txId":751,)"
         R"("lsn":24023128,"xmin":null,"origin":null,"origin_lsn":null},"transaction":null,)"
         R"("op":"u","ts_ms":1772360130300,"ts_us":1772360130300112,)"
         R"("ts_ns":1772360130300112000})";
}

std::string NarrowRow() {
  return R"({"id":1042,"customer":"c-77120","amount":"1999.90","status":"paid",)"
         R"("created_at":"2026-03-01T10:15:30.123456Z","qty":3,"active":true,)"
         R"("note":"gift wrapped, leave at the door please"})";
}

std::string WideRow() {
  std::string row = R"({"id":1042)";
  for (int column = 0; column < 40; ++column) {
    row += ",\"column_" + std::to_string(column) + "\":\"value " + std::string(32, 'v') + "\"";
  }
  return row + "}";
}

/// Connect's schema for an envelope is some kilobytes of JSON; only its size matters here.
std::string Schema() {
  std::string fields;
  for (int field = 0; field < 40; ++field) {
    fields +=
        R"({"type":"string","optional":true,"field":"field_)" + std::to_string(field) + "\"},";
  }
  return R"({"type":"struct","fields":[)" + fields + R"({"type":"int64","optional":true}]})";
}

std::string Value(std::string_view workload) {
  if (workload == "narrow") return Envelope(NarrowRow());
  if (workload == "schema") {
    return R"({"schema":)" + Schema() + R"(,"payload":)" + Envelope(NarrowRow()) + "}";
  }
  if (workload == "wide") return Envelope(WideRow());
  if (workload == "toast") {
    return Envelope(R"({"id":1042,"body":")" + std::string(100'000, 't') +
                    R"(","other":"__debezium_unavailable_value"})");
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string value = argc > 1 ? Value(argv[1]) : std::string();
  const long rounds = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 1'000'000;
  if (value.empty() || rounds <= 0) {
    std::fprintf(stderr, "usage: decoder_bench narrow|schema|wide|toast [ROUNDS]\n");
    return 2;
  }
  EnvelopeDecoder decoder;
  Record record;
  record.partition = PartitionSlot{0};
  record.key = R"({"id":1042})";
  record.value = value;
  ChangeEvent event;
  size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (long round = 0; round < rounds; ++round) {
    decoder.Decode(record, event);
    bytes += event.after.size() + event.unchanged.size();
  }
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  std::printf("%s: %zu bytes a value, %s, %.0f ns an event, %zu bytes of rows\n", argv[1],
              value.size(), sluice::EventKindName(event.kind),
              spent.count() / static_cast<double>(rounds), bytes / static_cast<size_t>(rounds));
  return 0;
}

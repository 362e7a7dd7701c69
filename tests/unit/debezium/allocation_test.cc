// Counts allocations of the whole program, so that "none per event" can be claimed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <new>
#include <vector>

#include "adapters/debezium/envelope_decoder.h"
#include "adapters/debezium/envelope_encoder.h"
#include "adapters/debezium/stream_decoder.h"
#include "tests/unit/debezium/event_text.h"
#include "tests/unit/debezium/golden_records.h"
#include "tests/unit/debezium/recorded_changes.h"
#include "tests/unit/debezium/workload_tables.h"

// Sanitizers bring allocation functions of their own, which must not be mixed with these.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLUICE_COUNTS_ALLOCATIONS 0
#else
#define SLUICE_COUNTS_ALLOCATIONS 1
#endif

namespace {
[[maybe_unused]] size_t allocations = 0;
}  // namespace

#if SLUICE_COUNTS_ALLOCATIONS
void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

#endif

namespace sluice::debezium {
namespace {

TEST(Allocation, DecodingAllocatesNothingOnceWarm) {
  if (SLUICE_COUNTS_ALLOCATIONS == 0) {
    GTEST_SKIP() << "a sanitizer's own allocation functions cannot be counted";
  }
  const std::vector<OwnedRecord> records = AllGolden();
  std::map<std::string, uint32_t> slots;
  for (const OwnedRecord& record : records) {
    slots.try_emplace(record.stream.topic, static_cast<uint32_t>(slots.size()));
  }
  std::vector<Record> views;
  for (const OwnedRecord& record : records) {
    views.push_back(MakeRecord(record.key, record.value, slots.at(record.stream.topic)));
  }
  EnvelopeDecoder decoder;
  ChangeEvent event;
  for (const Record& record : views) decoder.Decode(record, event);
  const size_t before = allocations;
  for (const Record& record : views) decoder.Decode(record, event);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(before, 0U);  // else nothing was counted
}

TEST(Allocation, DecodingDocumentsAllocatesNothingOnceWarm) {
  if (SLUICE_COUNTS_ALLOCATIONS == 0) {
    GTEST_SKIP() << "a sanitizer's own allocation functions cannot be counted";
  }
  const std::vector<OwnedRecord> records = ReadGolden(GoldenFolder() / "cdcout-15-outbox.jsonl");
  for (const DocumentIdentity identity :
       {DocumentIdentity::kKey, DocumentIdentity::kHeader, DocumentIdentity::kPosition}) {
    StreamOptions options;
    options.document_topics = ".*";
    options.documents.identity = identity;
    StreamDecoder decoder(options);
    decoder.Bind(PartitionSlot{0}, {"outbox.event.Order", 0});
    ChangeEvent event;
    const auto decode = [&] {
      for (const OwnedRecord& record : records) {
        decoder.Decode(MakeRecord(record.key, record.value), event);
        if (event.wants_id) decoder.SetId("11111111-0000-4000-8000-000000000001", event);
      }
    };
    decode();
    const size_t before = allocations;
    decode();
    EXPECT_EQ(allocations - before, 0U);
  }
  EXPECT_EQ(records.size(), 7U);
}

/// Every row of every type that was recorded, with its table.
struct EncodedRow {
  const Table* table;
  Row row;
};

void EncodeAll(EnvelopeEncoder& encoder, const std::vector<EncodedRow>& rows) {
  for (const EncodedRow& one : rows) {
    encoder.Key(*one.table, one.row);
    encoder.Value(RowOperation::kUpdate, *one.table, one.row, one.row, {});
    encoder.KeyHeader(*one.table, one.row);
    encoder.Message("prefix", "content", {});
    const TableCount counts[] = {{one.table, 1}};
    encoder.TransactionEnd(1, Lsn{1}, 1, counts);
  }
}

TEST(Allocation, EncodingAllocatesNothingOnceWarm) {
  if (SLUICE_COUNTS_ALLOCATIONS == 0) {
    GTEST_SKIP() << "a sanitizer's own allocation functions cannot be counted";
  }
  std::vector<RecordedChange> changes;
  for (const auto& file : GoldenFiles()) {
    if (!file.filename().string().starts_with("cdcdbl-")) continue;
    for (RecordedChange& change : ReadRecordedChanges(file)) changes.push_back(std::move(change));
  }
  WorkloadTables tables;
  std::vector<EncodedRow> rows;
  for (const RecordedChange& change : changes) {
    if (!change.after) continue;
    rows.push_back({&tables.Of(change.table, change.shape, {"id"}), change.after->view()});
  }
  EncoderOptions options;
  options.key_schemas = options.value_schemas = true;
  EnvelopeEncoder encoder(options);
  EncodeAll(encoder, rows);
  const size_t before = allocations;
  EncodeAll(encoder, rows);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(rows.size(), 50U);
}

}  // namespace
}  // namespace sluice::debezium

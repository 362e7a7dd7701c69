// Every record that real connectors wrote (tests/golden/debezium), decoded and compared with the
// committed .expected file beside it. To write those files anew after a wanted change, and then to
// read the difference line by line:
//   SLUICE_GOLDEN_UPDATE=1 <build>/tests/unit/debezium/debezium_unit_test --gtest_filter='Golden*'

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "adapters/debezium/envelope_decoder.h"
#include "tests/unit/debezium/event_text.h"
#include "tests/unit/debezium/golden_records.h"

namespace sluice::debezium {
namespace {

std::string DecodeFile(const std::filesystem::path& file, DecoderOptions options) {
  EnvelopeDecoder decoder(options);
  std::map<TopicPartition, uint32_t> slots;
  std::string lines;
  for (const OwnedRecord& record : ReadGolden(file)) {
    const auto slot = static_cast<uint32_t>(slots.size());
    ChangeEvent event;
    decoder.Decode(
        MakeRecord(record.key, record.value, slots.try_emplace(record.stream, slot).first->second),
        event);
    lines += record.stream.topic + "/" + std::to_string(record.stream.partition) + "@" +
             std::to_string(record.offset.value) + " " + EventText(event) + "\n";
  }
  return lines;
}

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Golden, EveryFileIsThere) {
  EXPECT_GE(GoldenFiles().size(), 70U);
}

TEST(Golden, EachRecordMeansWhatItsExpectedLineSays) {
  const bool update = std::getenv("SLUICE_GOLDEN_UPDATE") != nullptr;
  for (const auto& file : GoldenFiles()) {
    SCOPED_TRACE(file.filename().string());
    auto expected = file;
    expected.replace_extension(".expected");
    const std::string lines = DecodeFile(file, {});
    if (update) std::ofstream(expected) << lines;
    EXPECT_EQ(lines, ReadAll(expected));
  }
}

TEST(Golden, ThePortableKernelDecodesTheSame) {
  DecoderOptions portable;
  portable.kernel = ScanKernel::kPortable;
  for (const auto& file : GoldenFiles()) {
    SCOPED_TRACE(file.filename().string());
    auto expected = file;
    expected.replace_extension(".expected");
    EXPECT_EQ(DecodeFile(file, portable), ReadAll(expected));
  }
}

TEST(Golden, TheFormatMayBeNamedWhereItIsKnown) {
  for (const auto& file : GoldenFiles()) {
    const std::string name = file.filename().string();
    if (!name.starts_with("cdc-") && !name.starts_with("cdcs-")) continue;
    SCOPED_TRACE(name);
    DecoderOptions options;
    options.format =
        name.starts_with("cdcs-") ? EventFormat::kWithSchema : EventFormat::kSchemaless;
    auto expected = file;
    expected.replace_extension(".expected");
    EXPECT_EQ(DecodeFile(file, options), ReadAll(expected));
  }
}

}  // namespace
}  // namespace sluice::debezium

// The contract of RowSink, held by files on a disk.
#include <gtest/gtest.h>

#include <sstream>

#include "adapters/file/row_file.h"
#include "tests/contract/row_sink_contract.h"
#include "tests/fakes/fake_clock.h"
#include "tests/unit/file/scratch_folder.h"

namespace sluice::testing {
namespace {

class FileHarness : public RowSinkHarness {
 public:
  std::unique_ptr<RowSink> Open() override {
    file::RowFileSettings settings;
    settings.directory = folder_.path();
    settings.name = "rows";
    settings.columns = ContractColumns();
    settings.header = false;
    return std::make_unique<file::RowFile>(settings, clock_);
  }
  std::vector<std::string> Find() override {
    std::vector<std::string> lines;
    for (const std::string& name : folder_.Names("rows-")) {
      std::istringstream text(folder_.Read(name));
      for (std::string line; std::getline(text, line);) lines.push_back(line);
    }
    return lines;
  }

 private:
  ScratchFolder folder_;
  FakeClock clock_;
};

INSTANTIATE_TEST_SUITE_P(File, RowSinkContract, ::testing::Values(MakeRowSink([] {
                           return std::make_unique<FileHarness>();
                         })),
                         [](const auto&) { return "file"; });

}  // namespace
}  // namespace sluice::testing

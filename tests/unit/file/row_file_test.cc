#include "adapters/file/row_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <random>
#include <sstream>

#include "adapters/file/error_map.h"
#include "tests/fakes/fake_clock.h"
#include "tests/unit/file/scratch_folder.h"

namespace sluice::file {
namespace {

using ::sluice::testing::FakeClock;
using ::sluice::testing::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kHourUs = 3'600'000'000;

class Files : public ::testing::Test {
 protected:
  Files() {
    settings_.directory = folder_.path();
    settings_.name = "holding";
    settings_.columns = {{"id", RowPart::kId, {}}, {"old_value", RowPart::kOld, {}}};
  }

  /// Begins anew where the files were kept last; returns what that says of the positions.
  std::string Open() {
    file_.reset();
    file_ = std::make_unique<RowFile>(settings_, clock_);
    std::string positions = "not told";
    failure_ = file_->Load(positions);
    return positions;
  }
  void Append(const std::string& id) {
    const Failure failure = file_->Append({id, {{RowValue::Kind::kText, id}, {}}});
    ASSERT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
  }
  void Keep(const std::string& positions) {
    const Failure failure = file_->Keep(positions);
    ASSERT_EQ(failure.verdict.disposition, Disposition::kDone) << failure.detail;
  }

  ScratchFolder folder_;
  FakeClock clock_;
  RowFileSettings settings_;
  std::unique_ptr<RowFile> file_;
  Failure failure_;
};

TEST_F(Files, BeginWithTheNamesOfTheColumnsAndAreOpenUntilTheyAreSealed) {
  Open();
  Append("a");
  Keep("at a");
  EXPECT_EQ(folder_.Read("holding-000001.csv.open"), "id,old_value\na,\n");
  EXPECT_THAT(folder_.Names(".csv"), ElementsAre("holding-000001.csv.open"));
}

TEST_F(Files, AreSealedBySizeAndTheNextOneBeginsLikeTheFirst) {
  settings_.rotate_bytes = 20;
  Open();
  Append("a");
  Keep("1");
  Append("bcdefg");
  Keep("2");
  Append("h");
  Keep("3");
  EXPECT_THAT(folder_.Names(".csv"), ElementsAre("holding-000001.csv", "holding-000002.csv.open"));
  EXPECT_EQ(folder_.Read("holding-000001.csv"), "id,old_value\na,\nbcdefg,\n");
  EXPECT_EQ(folder_.Read("holding-000002.csv.open"), "id,old_value\nh,\n");
  EXPECT_EQ(file_->counts().files_sealed, 1U);
  EXPECT_EQ(Open(), "3");
}

TEST_F(Files, AreSealedByTimeAlsoWhenNoMoreRowsCome) {
  Open();
  Append("a");
  Keep("1");
  clock_.AdvanceUs(kHourUs - 1);
  Keep("1");
  EXPECT_THAT(folder_.Names(".csv"), ElementsAre("holding-000001.csv.open"));
  clock_.AdvanceUs(1);
  Keep("1");
  EXPECT_THAT(folder_.Names(".csv"), ElementsAre("holding-000001.csv"));
  clock_.AdvanceUs(2 * kHourUs);
  Keep("1");  // nothing is in the next one
  EXPECT_THAT(folder_.Names(".csv"), ElementsAre("holding-000001.csv"));
  EXPECT_EQ(Open(), "1");
  Append("b");
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000002.csv.open"), "id,old_value\nb,\n");
}

TEST_F(Files, WhatWasWrittenAndNotKeptIsCutOff) {
  Open();
  Append("a");
  Keep("1");
  Append(std::string(2'000'000, 'x'));  // more than is held back
  EXPECT_GT(folder_.Read("holding-000001.csv.open").size(), 2'000'000U);
  EXPECT_EQ(Open(), "1");
  Append("b");
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000001.csv.open"), "id,old_value\na,\nb,\n");
}

TEST_F(Files, ACrashBetweenSealingAndTheNextStateIsRecovered) {
  Open();
  const std::string first = folder_.Read("holding.state");
  Append("a");
  Keep("1");
  const std::string kept = folder_.Read("holding.state");
  file_.reset();
  ASSERT_EQ(rename(folder_.Of("holding-000001.csv.open").c_str(),
                   folder_.Of("holding-000001.csv").c_str()),
            0);
  settings_.rotate_bytes = 1;
  EXPECT_EQ(Open(), "1");
  // Found sealed once it may be taken away.
  ASSERT_EQ(unlink(folder_.Of("holding-000001.csv").c_str()), 0);
  EXPECT_EQ(Open(), "1");
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kDone) << failure_.detail;
  folder_.Write("holding.state", kept);
  folder_.Write("holding-000001.csv", "id,old_value\na,\n");
  // The next file had been begun, and not kept.
  folder_.Write("holding-000002.csv.open", "id,old_value\ngarbage");
  EXPECT_EQ(Open(), "1");
  Append("b");
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000002.csv"), "id,old_value\nb,\n");
  EXPECT_NE(first, folder_.Read("holding.state"));
}

TEST_F(Files, ASealedFileMayBeTakenAwayAtOnce) {
  settings_.rotate_bytes = 1;
  Open();
  Append("a");
  Keep("1");  // kept, then sealed; the process ends here
  file_.reset();
  ASSERT_EQ(unlink(folder_.Of("holding-000001.csv").c_str()), 0);
  EXPECT_EQ(Open(), "1");
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kDone) << failure_.detail;
  Append("b");
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000002.csv"), "id,old_value\nb,\n");
}

TEST_F(Files, WithOtherColumnsAnotherFileBegins) {
  Open();
  Append("a");
  Keep("1");
  settings_.columns.push_back({"new_value", RowPart::kNew, {}});
  EXPECT_EQ(Open(), "1");
  const Failure failure = file_->Append({"b", {{RowValue::Kind::kText, "b"}, {}, {}}});
  EXPECT_EQ(failure.verdict.disposition, Disposition::kDone);
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000001.csv"), "id,old_value\na,\n");
  EXPECT_EQ(folder_.Read("holding-000002.csv.open"), "id,old_value,new_value\nb,,\n");
  EXPECT_EQ(Open(), "2");
}

TEST_F(Files, AsJsonHaveALineForEachRow) {
  settings_.format = RowFormat::kNdjson;
  Open();
  Append("a");
  Append("b");
  Keep("1");
  EXPECT_EQ(folder_.Read("holding-000001.ndjson.open"),
            "{\"id\":\"a\",\"old_value\":null}\n{\"id\":\"b\",\"old_value\":null}\n");
}

// ---- What halts ------------------------------------------------------------------------------

TEST_F(Files, AStateThatCannotBeReadHalts) {
  Open();
  Append("a");
  Keep("1");
  folder_.Write("holding.state", "sluice-changelog 1\nfile 1 csv\n");
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure_.verdict.reason, FailureReason::kStorageMismatch);
  EXPECT_THAT(failure_.detail, HasSubstr("holding.state"));
  EXPECT_THAT(failure_.detail, HasSubstr("changelog.name"));
}

TEST_F(Files, FilesWithoutAStateHaltAndThoseOfAnotherNameDoNot) {
  folder_.Write("holding-archive-000001.csv", "");
  folder_.Write("holding-2.state", "");
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kDone) << failure_.detail;
  Append("a");
  Keep("1");
  file_.reset();
  unlink(folder_.Of("holding.state").c_str());
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(failure_.detail, HasSubstr("holding-000001.csv.open"));
}

TEST_F(Files, AFileThatHasLostRowsHalts) {
  Open();
  Append("a");
  Keep("1");
  file_.reset();
  ASSERT_EQ(truncate(folder_.Of("holding-000001.csv.open").c_str(), 3), 0);
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kHalt);
  unlink(folder_.Of("holding-000001.csv.open").c_str());
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kHalt);
}

TEST_F(Files, ASealedFileIsNeverWrittenOver) {
  settings_.rotate_bytes = 1;
  Open();
  Append("a");
  folder_.Write("holding-000001.csv", "somebody's");
  const Failure failure = file_->Keep("1");
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(folder_.Read("holding-000001.csv"), "somebody's");
}

TEST_F(Files, ASecondWriterIsRefusedWhileTheFirstIsThere) {
  Open();
  RowFile second(settings_, clock_);
  std::string positions;
  const Failure failure = second.Load(positions);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_THAT(failure.detail, HasSubstr("another process"));
  EXPECT_THAT(failure.detail, HasSubstr("holding.lock"));
}

TEST_F(Files, AFolderThatIsNotThereIsMadeAndOneBelowNothingIsHeld) {
  settings_.directory = folder_.Of("new");
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kDone);
  settings_.directory = folder_.Of("no/where");
  Open();
  EXPECT_EQ(failure_.verdict.disposition, Disposition::kHold);
  EXPECT_THAT(failure_.detail, HasSubstr("changelog.file.directory"));
}

TEST_F(Files, WithoutRoomNothingIsLostOrDoubled) {
  Open();
  Append("a");
  Keep("1");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 1'000'000;
  setrlimit(RLIMIT_FSIZE, &tight);
  const Failure failure =
      file_->Append({"b", {{RowValue::Kind::kText, std::string(1'500'000, 'b')}, {}}});
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kStorageFull);
  EXPECT_EQ(Open(), "1");
  Append("b");
  Keep("2");
  EXPECT_EQ(folder_.Read("holding-000001.csv.open"), "id,old_value\na,\nb,\n");
}

// ---- Kill -9 -----------------------------------------------------------------------------------

/// Writes rows 0, 1, 2 … from where the files stand, tells the pipe of each, and never ends.
[[noreturn]] void WriteForEver(const RowFileSettings& settings, int pipe, uint32_t seed) {
  FakeClock clock;
  RowFile file(settings, clock);
  std::string positions;
  if (file.Load(positions).verdict.disposition != Disposition::kDone) _exit(1);
  std::mt19937 random(seed);
  for (int number = positions.empty() ? 0 : std::stoi(positions);; ++number) {
    const std::string id = std::to_string(number);
    // Some rows are larger than what is held back.
    const size_t more = random() % 20 == 0 ? 1'100'000 : 3;
    const ChangelogRow row{
        id, {{RowValue::Kind::kText, id}, {RowValue::Kind::kText, std::string(more, 'x')}}};
    if (file.Append(row).verdict.disposition != Disposition::kDone) _exit(2);
    if (random() % 3 == 0 &&
        file.Keep(std::to_string(number + 1)).verdict.disposition != Disposition::kDone) {
      _exit(3);
    }
    if (write(pipe, ".", 1) != 1) _exit(4);
  }
}

TEST_F(Files, HaveEachRowOnceWhereverItsWriterIsKilled) {
  settings_.rotate_bytes = 40;
  std::mt19937 random(11);
  for (uint32_t round = 0; round < 40; ++round) {
    int ends[2];  // NOLINT(modernize-avoid-c-arrays): pipe() wants one
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      WriteForEver(settings_, ends[1], round);
    }
    close(ends[1]);
    char told = 0;
    for (size_t rows = random() % 12 + 1; rows > 0 && read(ends[0], &told, 1) == 1;) --rows;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": ended with " << status;
    close(ends[0]);

    const std::string positions = Open();
    ASSERT_EQ(failure_.verdict.disposition, Disposition::kDone) << failure_.detail;
    file_.reset();
    int next = 0;
    for (const std::string& name : folder_.Names("holding-")) {
      std::istringstream lines(folder_.Read(name));
      std::string line;
      if (std::getline(lines, line)) {
        EXPECT_EQ(line, "id,old_value");
      }
      while (std::getline(lines, line))
        ASSERT_EQ(line.substr(0, line.find(',')), std::to_string(next++)) << name;
    }
    ASSERT_EQ(std::to_string(next), positions.empty() ? "0" : positions) << "round " << round;
  }
  EXPECT_GT(folder_.Names(".csv").size(), 5U);
}

// ---- The state, and what errors mean
// --------------------------------------------------------------

TEST(FileState, IsReadAsItWasWrittenAndNoPartOfItIs) {
  const FileState state{12, "csv", 3'456, "0123abcd", "t 0 id 5 0 0 0 0 0\nend\n"};
  const std::string text = RenderFileState(state);
  EXPECT_EQ(ParseFileState(text), state);
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(ParseFileState(text.substr(0, size))) << size;
  EXPECT_FALSE(ParseFileState(text + "x"));
  EXPECT_FALSE(ParseFileState("sluice-changelog 2" + text.substr(18)));
}

TEST(FileErrors, EachHasAMeaningAndACure) {
  EXPECT_EQ(MeaningOf(0).disposition, Disposition::kDone);
  for (const int code : {ENOSPC, EDQUOT, EFBIG}) {
    EXPECT_EQ(MeaningOf(code).disposition, Disposition::kHold);
    EXPECT_EQ(MeaningOf(code).reason, FailureReason::kStorageFull) << code;
  }
  for (const int code : {EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EMFILE, ENFILE, EIO, EAGAIN}) {
    EXPECT_EQ(MeaningOf(code).disposition, Disposition::kHold);
    EXPECT_EQ(MeaningOf(code).reason, FailureReason::kStorageRefused) << code;
  }
  EXPECT_EQ(MeaningOf(ELOOP).disposition, Disposition::kHold);  // no row names it
  const Failure failure = FailureOf(ENOSPC, "cannot write", "/var/x");
  EXPECT_THAT(failure.detail, HasSubstr("cannot write /var/x: No space left on device; make room"));
}

}  // namespace
}  // namespace sluice::file

#include "core/operations/group/commit_note.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(CommitNote, IsKnownAsOne) {
  EXPECT_TRUE(IsCommitNote(RenderCommitNote({})));
  EXPECT_TRUE(IsCommitNote(RenderCommitNote({.clean = true, .epoch = 3, .version = 9})));
  for (const char* other : {"", "left by the last owner", "2;clean=1", "11"})
    EXPECT_FALSE(IsCommitNote(other)) << other;
}

TEST(CommitNote, IsReadAsItWasWritten) {
  EXPECT_EQ(RenderCommitNote({.clean = true}), "1;clean=1");
  EXPECT_TRUE(ParseCommitNote(RenderCommitNote({.clean = true})).clean);
  EXPECT_FALSE(ParseCommitNote(RenderCommitNote({.clean = false})).clean);
}

TEST(CommitNote, TellsOfOurOwnSource) {
  const CommitNote note{.clean = true, .epoch = 7, .version = INT64_MAX};
  EXPECT_EQ(RenderCommitNote(note), "1;clean=1;epoch=7;version=9223372036854775807");
  EXPECT_EQ(ParseCommitNote(RenderCommitNote(note)), note);
}

TEST(CommitNote, OlderOnesTellNothingOfASource) {
  EXPECT_EQ(ParseCommitNote("1;clean=1"), (CommitNote{.clean = true, .epoch = 0, .version = 0}));
}

TEST(CommitNote, PassesOverNumbersThatAreNone) {
  for (const char* text : {"1;epoch=", "1;epoch=-5", "1;epoch=5x", "1;epoch=9223372036854775808",
                           "1;epoch", "1;epochs=5", "1;version=0"}) {
    EXPECT_EQ(ParseCommitNote(text), CommitNote{}) << text;
  }
}

TEST(CommitNote, OfAnotherKindSaysNothing) {
  for (const char* text : {"", "clean=1", "2;clean=1", "1", "1;clean=10", "1;unclean=1",
                           ";1;clean=1", "written by another consumer"}) {
    EXPECT_FALSE(ParseCommitNote(text).clean) << text;
  }
  EXPECT_TRUE(ParseCommitNote("1;later=x;clean=1").clean) << "further parts are passed over";
}

TEST(CommitNote, IsCleanOnlyWithTheLastCommitOfAQuietOwner) {
  EXPECT_TRUE(NoteOf(true, true).clean);
  EXPECT_FALSE(NoteOf(false, true).clean) << "it may send something yet";
  EXPECT_FALSE(NoteOf(true, false).clean);
}

TEST(CommitNote, IsNotWantedWhereNothingWasEverCommitted) {
  EXPECT_TRUE(FoundClean(false, ""));
  EXPECT_TRUE(FoundClean(true, "1;clean=1"));
  EXPECT_FALSE(FoundClean(true, "1;clean=0"));
  EXPECT_FALSE(FoundClean(true, "")) << "committed by somebody else";
}

}  // namespace
}  // namespace sluice

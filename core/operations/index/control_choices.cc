#include "core/operations/index/control_choices.h"

namespace sluice {

std::string ChoicesFor(HistoryChange change, const std::string& index, const std::string& backing) {
  const std::string raise = "`sluice control new-incarnation " + index;
  const std::string accept = "`sluice control accept " + index + "`";
  const std::string rebuild = "`sluice rebuild " + index + "`";
  const std::string remove = "DELETE /" + (backing.empty() ? index + "-000001" : backing);
  switch (change) {
    case HistoryChange::kLog:
      return "; choices: rebuild: " + remove + ", then " + raise +
             "` reads the topic again into a new index, and where it is one that was made anew, "
             "have the source tell all rows too (`sluice capture status` says what stands against "
             "that, "
             "`sluice capture signal execute-snapshot`); new incarnation: " +
             raise +
             "` reads it over the documents that are there, and those of rows that it does not "
             "tell of stay; accept: " +
             accept + ", only when records and offsets are the same as before";
    case HistoryChange::kKeys:
      return "; choices: rebuild: " + remove + ", then " + raise +
             " --from end`, start and have the source tell all rows (`sluice capture signal "
             "execute-snapshot`); new incarnation: " +
             raise +
             " --from end` and the same over the documents that are there, of which those of rows "
             "deleted meanwhile may stay; accept: " +
             accept + ", only when no key was written in two partitions";
    case HistoryChange::kIndex:
      return "; choices: rebuild: " + rebuild +
             " fills a new index, while the present one answers, and moves the alias onto it; new "
             "incarnation: " +
             raise + "` reads the topic over the documents that are there; accept: " + accept +
             ", only when every document is there with its version";
    case HistoryChange::kIndexGone:
      return "; choices: bring it back (its alias, or a snapshot of it); new incarnation: " +
             raise +
             "` reads the topic again into a new index; where the topic has lost its beginning, " +
             raise +
             " --from end`, start and have the source tell all rows (`sluice capture signal "
             "execute-snapshot`)";
    case HistoryChange::kGroup:
      return "; choices: give the service its former kafka.group.id; accept: " + accept +
             " reads again from the recorded start; new incarnation: " + raise +
             "` reads the topic again; rebuild: " + remove + ", then new-incarnation";
    case HistoryChange::kFloor:
      return "; choices: give the service its former kafka.group.id or offsets; new incarnation: " +
             raise + "` reads the topic again; rebuild: " + rebuild +
             " fills a new index, which needs no stubs of before";
    case HistoryChange::kSnapshot:
      return "; choices: accept and repair: " + accept +
             ", start, and `sluice verify --repair` deletes the documents of rows that are gone; "
             "rebuild: " +
             remove + ", then " + raise +
             " --from end`, start and have the source tell all rows (an incremental snapshot); new "
             "incarnation: the same over the documents that are there, of which those of rows "
             "deleted meanwhile stay until `sluice verify --repair`";
    case HistoryChange::kOtherMode:
      return "; choices: give the service its former version.mode; rebuild: " + remove + ", then " +
             raise + "`";
  }
  return "";
}

std::string ForeignChoices(VersionMode mode, const std::string& index, const std::string& backing,
                           bool raise_helps) {
  std::string text =
      "; choices: find out who writes there and end that; then rebuild: `sluice rebuild " + index +
      "` fills a new index in place of " + backing + ", while that one answers";
  switch (mode) {
    case VersionMode::kOffset:
      text += "; new incarnation: ";
      text += raise_helps ? "`sluice control new-incarnation " + index +
                                "` reads the topic over the documents that are there, with "
                                "versions above that one"
                          : "it does not help, for that version is above those of the next one";
      break;
    case VersionMode::kHeader: break;  // no incarnation raises versions that the source has made
  }
  return text + "; accept: it does not help, for the document keeps that version";
}

}  // namespace sluice

#include "core/operations/source/stream_owners.h"

#include <utility>

namespace sluice {
namespace {

std::string Told(const StreamOwners::Owner& owner) {
  return "\"" + owner.schema + "\".\"" + owner.name + "\"";
}

bool IsSame(const StreamOwners::Owner& a, const StreamOwners::Owner& b) {
  // One that was dropped and created anew has its name, one that was renamed its number.
  return (a.schema == b.schema && a.name == b.name) || (a.id != 0 && a.id == b.id);
}

Failure Halt(std::string text) {
  return {{Disposition::kHalt, FailureReason::kDatabaseUnsuitable, WriteResult::kCreated},
          "",
          std::move(text)};
}

}  // namespace

Failure StreamOwners::Claim(const Owner& owner, const std::string& stream) {
  const std::string text = owner.schema + "." + owner.name;
  const Owner& namesake = by_text_.emplace(text, owner).first->second;
  if (!IsSame(namesake, owner)) {
    return Halt(
        "the tables " + Told(namesake) + " and " + Told(owner) + " are both told as " + text +
        ", and could not be told apart; rename one, or leave its schema out: take it out of "
        "schema.include.list, or add it to schema.exclude.list");
  }
  const Owner& holder = by_stream_.emplace(stream, owner).first->second;
  if (IsSame(holder, owner)) return {};
  return Halt("the tables " + Told(holder) + " and " + Told(owner) +
              " would both write to the topic " + stream +
              ", which takes the rows of one table; give one of them another topic by "
              "topic.routing.regex and topic.routing.replacement, or leave it out: take it out of "
              "table.include.list, or add it to table.exclude.list");
}

const StreamOwners::Owner* StreamOwners::HolderOf(const std::string& stream) const {
  const auto holder = by_stream_.find(stream);
  return holder == by_stream_.end() ? nullptr : &holder->second;
}

}  // namespace sluice

#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddRead(std::vector<Option>& table) {
  table.push_back(Text("changelog.name", &C::changelog_name, "changelog",
                       "What its files are called, and what its place in the topics is kept under. "
                       "Another name begins anew, at the beginning of the topics."));
  table.push_back(List("changelog.topics", &C::changelog_topics, false,
                       "Topics with the change events of tables, by name.", "[cdc.bank.holding]"));
  table.push_back(Text("changelog.topics.regex", &C::changelog_topics_regex, "",
                       "Topics by a POSIX extended regular expression over whole names, in "
                       "addition.",
                       "cdc\\.bank\\..*"));
  table.push_back(Duration("changelog.topics.refresh", &C::changelog_topics_refresh_us, "30s",
                           100 * kMs, 1 * kHour,
                           "How long a new topic or partition may stay unseen."));
}

void AddRows(std::vector<Option>& table) {
  table.push_back(List("changelog.fields", &C::changelog_fields, false,
                       "Columns of the tables whose changes are told, one row each.",
                       "[holding_stock, holding_quantity]"));
  table.push_back(List(
      "changelog.columns", &C::changelog_columns, false,
      "What a row holds, in this order, each as NAME:PART. PART is column (the table's column "
      "NAME, "
      "as it is after the change, of a delete as it was) or column:COLUMN; field, old, new (the "
      "field, its value before and after); changed (whether both are there and differ); created, "
      "updated, deleted (when an insert, an update, a "
      "delete was committed, else null); inserted (when the record came into its topic); operation "
      "(c, u, d); id.",
      "['holding_id:column', 'change_field:field', 'old_value:old', 'new_value:new', "
      "'crud_type:operation']"));
  table.push_back(Boolean("changelog.unchanged", &C::changelog_unchanged, "false",
                          "Whether an update also tells the fields that it left as they were."));
  table.push_back(Choice("changelog.id", &C::changelog_id, "offset", {"offset", "source"},
                         "What makes the id of a row: offset is topic-partition-offset-field, by "
                         "the record; source is topic-lsn-milliseconds-operation-row-field, by the "
                         "change's place in the database's log and its key (without one its row), "
                         "which are the same where a source sends a change again."));
  table.push_back(Duration("changelog.keep.interval", &C::changelog_keep_interval_us, "1s",
                           10 * kMs, 1 * kMinute,
                           "How often rows are made safe, and with them how far was read."));
}

void AddSinks(std::vector<Option>& table) {
  table.push_back(Text("changelog.topic", &C::changelog_topic, "",
                       "A topic that rows go to as JSON documents whose key is their id, for "
                       "`sluice index` (event.documents.topics.regex). Empty: none.",
                       "cdc.changes.holding"));
  table.push_back(Text("changelog.positions.topic", &C::changelog_positions_topic,
                       "sluice.positions",
                       "The compacted topic in which the place of such rows is kept."));
  table.push_back(Text("changelog.file.directory", &C::changelog_file_directory, "",
                       "A folder that rows go to as files. Empty: none.", "/var/lib/sluice"));
  table.push_back(Choice("changelog.file.format", &C::changelog_file_format, "csv",
                         {"csv", "ndjson"},
                         "csv is as PostgreSQL's COPY reads it (null is nothing, an empty text is "
                         "\"\"); ndjson is one JSON object a line."));
  table.push_back(Boolean("changelog.file.header", &C::changelog_file_header, "true",
                          "Whether each CSV file begins with the names of the columns."));
  table.push_back(Bytes("changelog.file.rotate.bytes", &C::changelog_file_rotate_bytes, "64MiB", 1,
                        1024 * kGiB,
                        "A file of this size is sealed: it gets its final name, and another one is "
                        "begun."));
  table.push_back(Duration("changelog.file.rotate.interval", &C::changelog_file_rotate_interval_us,
                           "1h", 100 * kMs, 8784 * kHour,
                           "A file that has rows is sealed when it has been open so long."));
}

}  // namespace

std::vector<Option> ChangelogOptions() {
  std::vector<Option> options;
  AddRead(options);
  AddRows(options);
  AddSinks(options);
  return options;
}

}  // namespace sluice::config

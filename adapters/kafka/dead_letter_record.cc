#include "adapters/kafka/dead_letter_record.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sluice::kafka {
namespace {

/// The headers behind those that the record had itself.
class AddedHeaders {
 public:
  AddedHeaders(const std::vector<Header>& headers, size_t begin)
      : headers_(headers), begin_(begin) {}

  [[nodiscard]] std::string Text(std::string_view name) const {
    for (size_t i = begin_; i < headers_.size(); ++i)
      if (headers_[i].name == name) return headers_[i].value.value_or("");
    return {};
  }
  [[nodiscard]] std::optional<int64_t> Number(std::string_view name) const {
    const std::string text = Text(name);
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

 private:
  const std::vector<Header>& headers_;
  size_t begin_;
};

}  // namespace

std::optional<StoredLetter> ReadLetter(const OwnedRecord& record) {
  // A record that was a dead letter itself has such headers too: the last ones are of this letter.
  const auto first =
      std::find_if(record.headers.rbegin(), record.headers.rend(),
                   [](const Header& header) { return header.name == "__connect.errors.topic"; });
  if (first == record.headers.rend()) return std::nullopt;
  const auto begin = static_cast<size_t>(record.headers.rend() - first) - 1;
  const AddedHeaders added(record.headers, begin);
  const auto partition = added.Number("__connect.errors.partition");
  const auto offset = added.Number("__connect.errors.offset");
  if (!partition || !offset || added.Text("__connect.errors.connector.name") != "sluice" ||
      added.Text("sluice.reason").empty())
    return std::nullopt;
  StoredLetter letter;
  letter.place = record.stream;
  letter.at = record.offset;
  letter.record.stream = {added.Text("__connect.errors.topic"), static_cast<int32_t>(*partition)};
  letter.record.offset = Offset{*offset};
  letter.record.timestamp_ms = record.timestamp_ms;
  letter.record.key = record.key;
  letter.record.value = record.value;
  letter.record.headers.assign(record.headers.begin(),
                               record.headers.begin() + static_cast<ptrdiff_t>(begin));
  letter.original = added.Text("sluice.content") == "original";
  letter.stage = added.Text("sluice.stage");
  letter.reason = added.Text("sluice.reason");
  letter.error_type = added.Text("sluice.error.type");
  letter.message = added.Text("__connect.errors.exception.message");
  letter.index = added.Text("sluice.index");
  letter.id = added.Text("sluice.id");
  letter.destination = added.Text("sluice.destination");
  letter.version = added.Number("sluice.version").value_or(0);
  letter.operation = added.Text("sluice.operation");
  letter.attempts = added.Number("sluice.attempts").value_or(0);
  letter.first_ms = added.Number("sluice.first.ms").value_or(0);
  letter.last_ms = added.Number("sluice.last.ms").value_or(0);
  letter.replaced = added.Text("sluice.replaced");
  return letter;
}

}  // namespace sluice::kafka

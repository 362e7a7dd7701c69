#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so
/// that the result is always JSON.
void AppendJsonString(std::string& out, std::string_view text);

/// Writes one JSON value piece by piece; commas and quotes are its business.
///
/// Threads:   one call at a time per instance.
/// Ownership: none.
/// Time:      never blocks.
/// Errors:    none; a wrong order of calls writes wrong JSON.
class JsonWriter {
 public:
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view name);

  JsonWriter& String(std::string_view text);
  JsonWriter& Integer(int64_t value);
  JsonWriter& Unsigned(uint64_t value);
  JsonWriter& Number(double value);
  JsonWriter& Boolean(bool value);
  JsonWriter& Null();
  /// `json` must be one JSON value.
  JsonWriter& Raw(std::string_view json);

  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  void BeforeValue();

  std::string out_;
  std::vector<bool> has_members_;
  bool after_key_ = false;
};

}  // namespace sluice

#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/operations/json_string.h"

namespace sluice::elasticsearch {

/// Writes one member after the other of a JSON object.
class ObjectText {
 public:
  void Text(std::string_view name, std::string_view value) {
    Name(name);
    AppendText(value);
  }
  void Number(std::string_view name, int64_t value) {
    Name(name);
    text_ += std::to_string(value);
  }
  void Texts(std::string_view name, const std::vector<std::string>& items) {
    Name(name);
    text_ += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text_ += ',';
      AppendText(items[i]);
    }
    text_ += ']';
  }
  void Numbers(std::string_view name, const std::vector<int64_t>& items) {
    Name(name);
    text_ += '[';
    for (size_t i = 0; i < items.size(); ++i)
      text_ += (i == 0 ? "" : ",") + std::to_string(items[i]);
    text_ += ']';
  }
  /// A value that is JSON already.
  void Raw(std::string_view name, std::string_view json) {
    Name(name);
    text_ += json;
  }
  [[nodiscard]] std::string Take() { return "{" + text_ + "}"; }

 private:
  void Name(std::string_view name) {
    if (!text_.empty()) text_ += ',';
    AppendText(name);
    text_ += ':';
  }
  void AppendText(std::string_view value) {
    text_ += '"';
    AppendJsonEscaped(value, text_);
    text_ += '"';
  }
  std::string text_;
};

/// Reads members and remembers whether one was missing or of another type.
class ObjectReader {
 public:
  explicit ObjectReader(const simdjson::dom::element& from) : from_(from) {}

  std::string Text(std::string_view name) {
    std::string_view text;
    if (from_[name].get(text) != simdjson::SUCCESS) good_ = false;
    return std::string(text);
  }
  int64_t Number(std::string_view name) {
    int64_t number = 0;
    if (from_[name].get(number) != simdjson::SUCCESS) good_ = false;
    return number;
  }
  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const std::string_view text : Items<std::string_view>(name)) texts.emplace_back(text);
    return texts;
  }
  std::vector<int64_t> Numbers(std::string_view name) { return Items<int64_t>(name); }
  /// Whether there is such a member, whatever it is.
  [[nodiscard]] bool Has(std::string_view name) const {
    simdjson::dom::element found;
    return from_[name].get(found) == simdjson::SUCCESS;
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  template <typename Item>
  std::vector<Item> Items(std::string_view name) {
    std::vector<Item> items;
    simdjson::dom::array array;
    if (from_[name].get(array) != simdjson::SUCCESS) good_ = false;
    if (!good_) return items;
    for (const simdjson::dom::element element : array) {
      Item item{};
      if (element.get(item) != simdjson::SUCCESS) good_ = false;
      items.push_back(item);
    }
    return items;
  }

  const simdjson::dom::element from_;
  bool good_ = true;
};

}  // namespace sluice::elasticsearch

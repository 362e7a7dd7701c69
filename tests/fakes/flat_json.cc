#include "tests/fakes/flat_json.h"

#include "core/model/check.h"

namespace sluice::testing {

std::vector<FlatField> FlatFields(std::string_view object) {
  SLUICE_CHECK(object.size() >= 2 && object.front() == '{' && object.back() == '}',
               "a flat test object stands in braces");
  std::vector<FlatField> fields;
  size_t at = 1;
  while (at + 1 < object.size()) {
    SLUICE_CHECK(object[at] == '"', "a field begins with its name");
    const size_t name_end = object.find('"', at + 1);
    SLUICE_CHECK(name_end != std::string_view::npos && object[name_end + 1] == ':',
                 "a name is followed by its value");
    const size_t begin = name_end + 2;
    size_t end = begin;
    if (object[begin] == '"') {
      end = object.find('"', begin + 1);
      SLUICE_CHECK(end != std::string_view::npos, "a text ends with a quote");
      ++end;
    } else {
      while (object[end] != ',' && object[end] != '}') ++end;
    }
    fields.push_back({static_cast<uint32_t>(at + 1), static_cast<uint32_t>(name_end),
                      static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    at = end + (object[end] == ',' ? 1 : 0);
  }
  return fields;
}

}  // namespace sluice::testing

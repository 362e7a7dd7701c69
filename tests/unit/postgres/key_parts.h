#pragma once

#include <string>

#include "adapters/postgres/key_order.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::testing {

/// A column that is compared by the usual operators of that schema, where its type is too.
inline postgres::KeyPart MakePart(const std::string& name, const std::string& schema,
                                  const std::string& type) {
  postgres::KeyPart part;
  part.name = name;
  part.expression = postgres::QuoteName(name);
  part.type = schema + "." + type;
  const char* const signs[] = {"<", "<=", "=", ">=", ">"};
  for (size_t i = 0; i < postgres::KeyPart::kComparisons; ++i) {
    part.operators[i] = "OPERATOR(" + schema + "." + signs[i] + ")";
  }
  return part;
}

}  // namespace sluice::testing

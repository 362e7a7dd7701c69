#pragma once

#include <string_view>

#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

// Values made of values: see RenderValue.

/// Deepest nesting of arrays; PostgreSQL's own limit.
inline constexpr int kArrayDepthMax = 6;

/// "{1,NULL,3}". Arrays of several dimensions are arrays of arrays (compatible: of nulls).
bool RenderArray(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// hstore as an object: {"a":"1","b":null}. Compatible: in the order of a Java map.
bool RenderHstoreMap(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// The same object as a JSON string.
bool RenderHstoreJson(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// A row type as a JSON string that holds an array of its attributes' texts: "[\"1\",\"a b\"]".
bool RenderComposite(std::string_view text, const ValueFormat& format, ValueSink& sink);

}  // namespace sluice::debezium

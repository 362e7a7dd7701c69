#pragma once

#include <string_view>

#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

// Geometric values and vectors: see RenderValue. Shapes are told as well-known binary (WKB), lowest
// byte first, in base64.

/// {"x":1.5,"y":-2.0,"wkb":"…","srid":null}
bool RenderPoint(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// box, lseg, path, polygon, as `format.type` says: {"wkb":"…","srid":null,"extensions":{…}}
bool RenderShape(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// {"center":POINT,"radius":5.0}
bool RenderCircle(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// {"a":1.0,"b":2.0,"c":3.0}
bool RenderLine(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// PostGIS: its hexadecimal EWKB, as bytes, and the number of its reference system.
bool RenderPostgis(std::string_view text, const ValueFormat& format, ValueSink& sink);

/// "[1,2.5]" as doubles or, for halfvec, as floats.
bool RenderVector(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// "{1:1.5,3:2}/5": {"dimensions":5,"vector":[[1,1.5],[3,2.0]]}
bool RenderSparseVector(std::string_view text, const ValueFormat& format, ValueSink& sink);

}  // namespace sluice::debezium

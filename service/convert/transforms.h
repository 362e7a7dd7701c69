#pragma once

#include <string>
#include <vector>

#include "service/convert/conversion.h"

namespace sluice::convert {

/// What becomes of the settings `transforms` and `transforms.…`: Connect's chain of changes to each
/// record. A RegexRouter becomes topic.routing, an EventRouter the section outbox; what flattens
/// records means nothing to `sluice index`; everything else changes behaviour. Appends a line of
/// the report for each.
void ConvertTransforms(const Connector& connector, Conversion& conversion);

}  // namespace sluice::convert

#pragma once

#include <string>
#include <string_view>

namespace sluice::debezium {

/// The name-based UUID (version 3, MD5; RFC 4122 part 4.3, without a namespace) of `name`, as
/// Java's UUID.nameUUIDFromBytes() makes it: Debezium's placeholder for uuid columns.
[[nodiscard]] std::string NameUuid(std::string_view name);

}  // namespace sluice::debezium

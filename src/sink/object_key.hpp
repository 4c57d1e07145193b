#pragma once

#include <string_view>

namespace xpc::sink {

/// Whether it can be the key of an object: names with '/' between them, of [A-Za-z0-9._=-], none of
/// them empty, with a dot in front, or longer than 255 bytes; at most 1,000 bytes in all. Such a
/// key stands in a URL and in a path as it is, and leaves no folder.
/// Source: AWS, "Naming Amazon S3 objects" (1,024 bytes; some are for the numbers of segments);
///         NAME_MAX in linux/limits.h.
[[nodiscard]] bool is_object_key(std::string_view key);

/// Whether the character may stand in a key.
[[nodiscard]] bool is_key_character(char c) noexcept;

}  // namespace xpc::sink

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace xpc::api {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t length = 0;

    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeKind {
    whole,         ///< no Range header, or one that must be ignored
    part,          ///< 206
    unsatisfiable  ///< 416
};

struct RangeAnswer {
    RangeKind kind = RangeKind::whole;
    ByteRange range;  ///< the whole of it where the kind is `whole`
};

/// What a Range header asks of a representation of `size` bytes. Several ranges at once, and what
/// is not understood, are ignored, as a server may. Source: RFC 9110, 14.1.2 and 14.2.
[[nodiscard]] RangeAnswer parse_range(std::string_view header, std::uint64_t size);

}  // namespace xpc::api

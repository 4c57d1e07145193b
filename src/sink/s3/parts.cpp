#include "sink/s3/parts.hpp"

#include <algorithm>

namespace xpc::sink::s3 {

std::uint64_t part_size(unsigned number, std::uint64_t part_bytes) noexcept {
    constexpr unsigned last_equal = 950;
    constexpr unsigned parts_per_doubling = 950;
    std::uint64_t bytes = part_bytes;
    for (unsigned at = last_equal; at < number && bytes < largest_part; at += parts_per_doubling)
        bytes *= 2;
    return std::min(bytes, largest_part);
}

}  // namespace xpc::sink::s3

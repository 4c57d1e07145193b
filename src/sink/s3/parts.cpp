#include "sink/s3/parts.hpp"

#include <algorithm>

namespace xpc::sink::s3 {

std::uint64_t usual_part(std::uint64_t bytes_there) noexcept {
    constexpr std::uint64_t live = std::uint64_t{8} << 20U;
    constexpr std::uint64_t waiting = std::uint64_t{16} << 20U;
    return bytes_there < 4 * waiting ? live : waiting;
}

std::uint64_t part_size(unsigned number, std::uint64_t part_bytes) noexcept {
    constexpr unsigned last_equal = 950;
    constexpr unsigned parts_per_doubling = 950;
    std::uint64_t bytes = part_bytes;
    for (unsigned at = last_equal; at < number && bytes < largest_part; at += parts_per_doubling)
        bytes *= 2;
    return std::min(bytes, largest_part);
}

}  // namespace xpc::sink::s3

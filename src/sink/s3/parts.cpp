#include "sink/s3/parts.hpp"

#include <algorithm>
#include <chrono>

namespace xpc::sink::s3 {

namespace {

constexpr std::uint64_t large_part = 2 * live_part;

}  // namespace

std::uint64_t part_for_file(std::uint64_t bytes) noexcept {
    return bytes < 4 * large_part ? live_part : large_part;
}

std::uint64_t part_for_growth(std::uint64_t bytes, base::Deadline::duration took) noexcept {
    constexpr double fast = 150e6;  // Ceph on two cores took 190 MB/s, and 330 in parts of 16 MiB
    const std::chrono::duration<double> seconds = took;
    return static_cast<double>(bytes) < fast * seconds.count() ? live_part : large_part;
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

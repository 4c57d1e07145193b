#include "base/process_usage.hpp"

#include <cassert>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

std::chrono::nanoseconds since_boot() {
    struct timespec now{};
    [[maybe_unused]] const int failed = ::clock_gettime(CLOCK_BOOTTIME, &now);
    assert(failed == 0);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::uint64_t count_open_fds() {
    std::uint64_t count = 0;
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0;  // one is that of the folder itself
}

}  // namespace

std::optional<ProcessUsage> usage_from_stat(std::string_view stat, std::chrono::nanoseconds tick,
                                            std::uint64_t page_bytes,
                                            std::chrono::nanoseconds boot) {
    // the name, in parentheses, may hold anything
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(name_end + 2);
    while (stat.ends_with('\n'))
        stat.remove_suffix(1);
    const auto fields = split(stat, ' ');
    constexpr std::size_t first = 3;  // proc(5) counts from 1, and the name is 2
    const auto field = [&](std::size_t number) {
        return number - first < fields.size() ? parse_decimal<std::uint64_t>(fields[number - first])
                                              : std::nullopt;
    };
    const auto user = field(14);
    const auto system = field(15);
    const auto threads = field(20);
    const auto start = field(22);
    const auto virtual_bytes = field(23);
    const auto resident_pages = field(24);
    if (!user || !system || !threads || !start || !virtual_bytes || !resident_pages) {
        return std::nullopt;
    }
    return ProcessUsage{.cpu = tick * static_cast<std::int64_t>(*user + *system),
                        .resident_bytes = *resident_pages * page_bytes,
                        .virtual_bytes = *virtual_bytes,
                        .threads = *threads,
                        .start = boot + tick * static_cast<std::int64_t>(*start)};
}

ProcessUsage process_usage() {
    std::ifstream file("/proc/self/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    const auto boot = wall_now().time_since_epoch() - since_boot();
    const auto tick = std::chrono::nanoseconds(std::chrono::seconds(1)) / ::sysconf(_SC_CLK_TCK);
    auto usage =
        usage_from_stat(stat, tick, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)), boot);
    if (!usage) throw Failure(Errc::io, "/proc/self/stat: can not be read");
    usage->open_fds = count_open_fds();
    struct rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage->max_fds = limit.rlim_cur;
    return *usage;
}

}  // namespace xpc::base

#include "sink/unwritten.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace xpc::sink {

std::optional<std::uint64_t> unwritten_bytes() {
    namespace fs = std::filesystem;
    std::ifstream whole("/proc/meminfo");
    if (const auto bytes = unwritten_bytes(whole)) return bytes;
    // ProcSubset=pid of systemd.exec(5) hides it, but not what is told of each node
    std::optional<std::uint64_t> sum;
    std::error_code error;
    for (fs::directory_iterator at("/sys/devices/system/node", error), end; at != end;
         at.increment(error)) {
        std::ifstream node(at->path() / "meminfo");
        if (const auto bytes = unwritten_bytes(node)) sum = sum.value_or(0) + *bytes;
    }
    return sum;
}

std::optional<std::uint64_t> unwritten_bytes(std::istream& meminfo) {
    constexpr std::uint64_t kibibyte = 1024;
    constexpr int wanted = 2;
    std::uint64_t sum = 0;
    int found = 0;
    for (std::string field; found < wanted && meminfo >> field;) {
        std::uint64_t number = 0;
        if (field != "Dirty:" && field != "Writeback:") continue;
        if (!(meminfo >> number)) break;
        sum += number * kibibyte;
        ++found;
    }
    return found == wanted ? std::optional(sum) : std::nullopt;
}

}  // namespace xpc::sink

// xpc-count FILE...: which of xpc-generator's frames are in the capture files, as one line of JSON
// for each.

#include <cstdio>
#include <span>
#include <string>

#include "base/error.hpp"
#include "generator/walks.hpp"

namespace {

using namespace xpc;

void count(const std::string& path) {
    bench::CaptureFile file(path);
    bench::Tally tally;
    const auto start = file.peek(sizeof(std::uint32_t));
    const auto magic = start.size() == sizeof(std::uint32_t)
                           ? bench::value_at<std::uint32_t>(start, 0)
                           : std::uint32_t{0};
    if (magic == bench::pcap_microseconds || magic == bench::pcap_nanoseconds) {
        walk_pcap(file, tally);
    } else if (magic == bench::pcapng_section) {
        walk_pcapng(file, tally);
    } else {
        throw base::Failure(base::Errc::corrupt,
                            path + ": neither pcap nor pcapng of this byte order");
    }
    std::printf("%s\n", tally.json().c_str());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) {
            std::fputs("xpc-count FILE...\n", stderr);
            return 2;
        }
        for (const char* path : std::span(argv + 1, argv + argc))
            count(path);
        return 0;
    } catch (const base::Failure& failure) {
        std::fprintf(stderr, "xpc-count: %s\n", failure.what());
        return 1;
    }
}

#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

#include "pcap/frame_writer.hpp"
#include "pcap/pcap_reader.hpp"
#include "pcap/pcapng_blocks.hpp"

using namespace xpc;

/// Whatever the texts and the bytes of a frame, what is written is a whole file that reads back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::span input(reinterpret_cast<const std::byte*>(bytes), size);
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const auto format = pcap::FileFormat::pcapng;
    constexpr auto ethernet = pcap::LinkType::ethernet;
    auto file = pcap::file_head(format, {.os = text, .comments = {text, ""}},
                                {{.name = text, .link_type = ethernet, .filter = text},
                                 {.link_type = ethernet, .filter = text}});
    const pcap::FrameView frame{.pieces = {input.first(size / 2), {}, input.subspan(size / 2)},
                                .captured_bytes = static_cast<std::uint32_t>(size),
                                .wire_bytes = static_cast<std::uint32_t>(size),
                                .source = 1};
    const pcap::FrameWriter writer(format);
    const std::size_t begin = file.size();
    file.resize(begin + writer.record_bytes(frame));
    writer.write_record(std::span(file).subspan(begin), frame);
    const auto statistics = pcap::statistics_block(format, {.interface_id = 1, .comment = text});
    file.insert(file.end(), statistics.begin(), statistics.end());
    const auto extent = pcap::whole_extent(file);
    assert(extent && extent->whole_bytes == file.size() && extent->frames == 1);
    return 0;
}

#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "api/members.hpp"
#include "capture/engines.hpp"
#include "capture/filter.hpp"
#include "job/request.hpp"

namespace xpc::api {

// What the two requests for a capture may have, said once: Members reads a request by it, and
// MemberSchema makes its schema of it for /openapi.json, with what is in `request` before as the
// defaults.

inline constexpr std::size_t most_interfaces = 16;

/// The members that both APIs have.
template <typename Reader>
void read_common_members(Reader& members, job::JobRequest& request) {
    members.read("proto", request.proto, capture::protocol_words());
    members.read("src", request.src);
    members.read("dst", request.dst);
    members.read("bucket", request.bucket);
    members.read("bidirectional", request.bidirectional);
}

/// What only some devices can do is refused by these.
template <typename Reader>
void read_device_members(Reader& members, job::JobRequest& request) {
    members.read("device", request.device);
    // the grammar of EPC
    members.read_count("buffer", request.buffer_mib, {.most = 100});
    members.read("circular", request.circular);
    members.read_count("pps", request.packets_per_second, {.most = 1'000'000});
}

template <typename Reader>
void read_segment_members(Reader& segment, job::JobRequest& request) {
    segment.require_any({"bytes", "duration"});
    segment.read_size("bytes", request.segment_bytes, {.least = std::uint64_t{64} << 10U});
    segment.read_duration("duration", request.segment_duration, Members::DurationText::with_unit);
    segment.read_count("keep", request.segments_kept, {.most = 1000});
}

template <typename Reader>
void read_s3_members(Reader& s3, job::JobRequest& request) {
    s3.read("storage_class", request.object.storage_class);
    s3.read("encryption", request.object.encryption, sink::encryption_words());
    s3.read("kms_key", request.object.kms_key);
    s3.read("bucket_owner", request.bucket_owner);
    s3.read("tags", request.object.tags);
    s3.read("metadata", request.object.metadata);
}

template <typename Reader>
void read_object_members(Reader& members, job::JobRequest& request) {
    using pcap::FileFormat;
    using sink::Compression;
    constexpr auto formats = std::to_array<std::pair<std::string_view, FileFormat>>(
        {{"pcapng", FileFormat::pcapng}, {"pcap", FileFormat::pcap_nanoseconds}});
    constexpr auto compressions = std::to_array<std::pair<std::string_view, Compression>>(
        {{"none", Compression::none}, {"zstd", Compression::zstd}});
    members.template read_word<FileFormat>("format", request.format, formats);
    members.read("key", request.key);
    members.template read_word<Compression>("compression", request.object.compression,
                                            compressions);
    members.read_object("s3", [&request](auto& s3) { read_s3_members(s3, request); });
}

template <typename Reader>
void read_limit_members(Reader& members, job::JobRequest& request) {
    // the least holds the headers of a TCP packet; the most is what Wireshark reads of a frame
    // (wiretap/wtap.h, WTAP_MAX_PACKET_SIZE_STANDARD)
    members.read_count("snaplen", request.snaplen, {.least = 64, .most = 262'144});
    members.read_duration("duration", request.duration, Members::DurationText::with_unit);
    members.read_count("packets", request.packets, {});
    members.read_size("bytes", request.bytes, {});
    members.read_object("segment",
                        [&request](auto& segment) { read_segment_members(segment, request); });
}

/// A job of `/api/v1`, and nothing else.
template <typename Reader>
void read_job_members(Reader& members, job::JobRequest& request) {
    constexpr std::size_t most_filter_bytes = 4096;
    constexpr std::size_t most_by_bytes = 256;
    constexpr std::size_t most_comment_bytes = 1024;
    members.read_one_or_several("interface", "interfaces", request.interfaces, most_interfaces);
    members.read_plain("filter", request.filter, most_filter_bytes);
    members.read("direction", request.direction, job::direction_words());
    members.read_count("src_port", request.src_port, {.most = 65'535});
    members.read_count("dst_port", request.dst_port, {.most = 65'535});
    read_device_members(members, request);
    read_limit_members(members, request);
    read_object_members(members, request);
    members.read_plain("by", request.by, most_by_bytes);
    members.read_plain("comment", request.comment, most_comment_bytes);
    read_common_members(members, request);
    members.refuse_others();
}

/// A job of the original API: everything is required, and members that it does not know are left
/// alone, as the original did.
template <typename Reader>
void read_legacy_members(Reader& members, job::JobRequest& request) {
    members.require({"iface", "proto", "src", "dst", "bucket", "duration"});
    members.read("iface", request.interfaces.emplace_back());
    read_common_members(members, request);
    members.read_duration("duration", request.duration, Members::DurationText::digits);
}

/// What is not said is this.
[[nodiscard]] inline job::JobRequest default_job_request() {
    job::JobRequest request;
    request.device = capture::local_device;
    request.proto = request.src = request.dst = "any";
    request.bidirectional = true;
    request.duration = std::chrono::seconds(60);
    request.bucket = "xepacketcap";
    return request;
}

[[nodiscard]] inline job::JobRequest default_legacy_request() {
    job::JobRequest request;
    request.device = capture::local_device;
    request.format = pcap::FileFormat::pcap_nanoseconds;
    return request;
}

}  // namespace xpc::api

#include <array>

#include "api/members.hpp"
#include "api/wire_json.hpp"
#include "base/text.hpp"
#include "capture/engines.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;

constexpr std::size_t most_interfaces = 16;

/// The members that both APIs have.
void read_common(Members& members, job::JobRequest& request) {
    members.read("proto", request.proto);
    members.read("src", request.src);
    members.read("dst", request.dst);
    members.read("bucket", request.bucket);
    members.read("bidirectional", request.bidirectional);
}

/// `interface`, or `interfaces`.
void read_interfaces(Members& members, job::JobRequest& request) {
    if (!members.has("interfaces")) {
        members.require({"interface"});
        members.read("interface", request.interfaces.emplace_back());
        return;
    }
    if (members.has("interface")) {
        members.refuse(Errc::invalid_value, "interfaces",
                       ": the request has interface already, and may have only one of the two");
    }
    members.read("interfaces", request.interfaces);
    if (request.interfaces.empty() || request.interfaces.size() > most_interfaces) {
        members.refuse(Errc::invalid_value, "interfaces",
                       text(": must name 1 to ", most_interfaces, " interfaces, and names ",
                            request.interfaces.size()));
    }
}

void read_segment(Members& members, job::JobRequest& request) {
    const Json* member = members.find_object("segment");
    if (member == nullptr) return;
    constexpr std::array<std::string_view, 3> known{"bytes", "duration", "keep"};
    constexpr std::uint64_t least_bytes = std::uint64_t{64} << 10U;
    constexpr std::uint64_t most_kept = 1000;
    Members segment(*member, "segment");
    segment.refuse_all_but(known);
    if (!segment.has("bytes") && !segment.has("duration")) {
        segment.refuse(Errc::missing_field, "", ": needs bytes or duration");
    }
    segment.read_size("bytes", request.segment_bytes, {.least = least_bytes});
    segment.read_duration("duration", request.segment_duration, Members::DurationText::with_unit);
    segment.read_count("keep", request.segments_kept, {.most = most_kept});
    members.note(segment.outcome());
}

void read_format(Members& members, job::JobRequest& request) {
    std::string word = "pcapng";
    members.read("format", word);
    if (word == "pcap") {
        request.format = pcap::FileFormat::pcap_nanoseconds;
    } else if (word != "pcapng") {
        members.refuse(Errc::invalid_value, "format",
                       text(" ", base::quoted(word), ": must be pcapng or pcap"));
    }
}

void read_compression(Members& members, job::JobRequest& request) {
    std::string word = "none";
    members.read("compression", word);
    const auto compression = sink::compression_from(word);
    if (!compression) {
        return members.refuse(Errc::invalid_value, "compression",
                              text(" ", base::quoted(word), ": must be none or zstd"));
    }
    request.object.compression = *compression;
}

void read_s3(Members& members, job::JobRequest& request) {
    constexpr std::array<std::string_view, 6> known{"storage_class", "encryption", "kms_key",
                                                    "bucket_owner",  "tags",       "metadata"};
    const Json* member = members.find_object("s3");
    if (member == nullptr) return;
    sink::ObjectOptions& object = request.object;
    Members s3(*member, "s3");
    s3.refuse_all_but(known);
    s3.read("storage_class", object.storage_class);
    s3.read("encryption", object.encryption);
    s3.read("kms_key", object.kms_key);
    s3.read("bucket_owner", request.bucket_owner);
    s3.read("tags", object.tags);
    s3.read("metadata", object.metadata);
    members.note(s3.outcome());
}

/// What only some devices can do is refused by these.
void read_device_options(Members& members, job::JobRequest& request) {
    // the grammar of EPC
    members.read_count("buffer", request.buffer_mib, {.most = 100});
    members.read("circular", request.circular);
    members.read_count("pps", request.packets_per_second, {.most = 1'000'000});
}

void read_port(Members& members, const char* name, std::uint16_t& out) {
    std::uint32_t port = 0;
    members.read_count(name, port, {.most = 65'535});
    out = static_cast<std::uint16_t>(port);
}

/// What only the new API has.
void read_new(Members& members, job::JobRequest& request) {
    // the least holds the headers of a TCP packet; the most is what Wireshark reads of a frame
    // (wiretap/wtap.h, WTAP_MAX_PACKET_SIZE_STANDARD)
    constexpr Members::Limits snaplens{.least = 64, .most = 262'144};
    constexpr std::size_t most_filter_bytes = 4096;
    constexpr std::size_t most_by_bytes = 256;
    constexpr std::size_t most_comment_bytes = 1024;
    read_interfaces(members, request);
    members.read("device", request.device);
    members.read_plain("filter", request.filter, most_filter_bytes);
    members.read("direction", request.direction);
    read_port(members, "src_port", request.src_port);
    read_port(members, "dst_port", request.dst_port);
    read_device_options(members, request);
    members.read_count("snaplen", request.snaplen, snaplens);
    members.read_duration("duration", request.duration, Members::DurationText::with_unit);
    members.read_count("packets", request.packets, {});
    members.read_size("bytes", request.bytes, {});
    read_segment(members, request);
    read_format(members, request);
    members.read("key", request.key);
    read_compression(members, request);
    read_s3(members, request);
    members.read_plain("by", request.by, most_by_bytes);
    members.read_plain("comment", request.comment, most_comment_bytes);
}

}  // namespace

Result<Json> parse_body(const Request& request) {
    const std::string type =
        base::lower(base::trimmed(base::split(request.header("content-type"), ';').front()));
    if (type != "application/json" && !type.ends_with("+json")) {
        return refuse(Errc::unsupported_media_type,
                      text("Content-Type ", base::quoted(request.header("content-type")),
                           ": must be application/json"));
    }
    auto body = base::parse_json(request.body);
    if (!body) return body;
    if (body->object() == nullptr) {
        return refuse(Errc::not_an_object,
                      text("body: must be a JSON object, and is ", body->type_word()));
    }
    return body;
}

Result<job::JobRequest> parse_job_request(const Json& body) {
    constexpr auto known = std::to_array<std::string_view>(
        {"device",   "interface", "interfaces", "proto",       "src",           "dst",
         "src_port", "dst_port",  "filter",     "direction",   "snaplen",       "buffer",
         "circular", "pps",       "packets",    "bytes",       "segment",       "format",
         "duration", "bucket",    "key",        "compression", "bidirectional", "s3",
         "by",       "comment"});
    job::JobRequest request;
    request.device = capture::local_device;
    request.proto = request.src = request.dst = "any";
    request.bidirectional = true;
    request.duration = std::chrono::seconds(60);
    request.bucket = "xepacketcap";
    Members members(body);
    members.refuse_all_but(known);
    read_new(members, request);
    read_common(members, request);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return request;
}

Result<job::JobRequest> parse_legacy_request(const Json& body) {
    job::JobRequest request;
    request.device = capture::local_device;
    request.format = pcap::FileFormat::pcap_nanoseconds;
    Members members(body);
    members.require({"iface", "proto", "src", "dst", "bucket", "duration"});
    members.read("iface", request.interfaces.emplace_back());
    read_common(members, request);
    members.read_duration("duration", request.duration, Members::DurationText::digits);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return request;
}

Result<std::int64_t> parse_legacy_job_id(const Json& body) {
    Members members(body);
    members.require({"job_id"});
    const Json* member = members.find("job_id");
    if (member != nullptr && member->integer() != nullptr) return *member->integer();
    std::string digits;
    members.read("job_id", digits);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    const auto number = base::parse_decimal<std::uint32_t>(digits);
    if (!number) {
        return refuse(Errc::invalid_value,
                      text("job_id ", base::quoted(digits), ": must have only digits"), "job_id");
    }
    return std::int64_t{*number};
}

}  // namespace xpc::api

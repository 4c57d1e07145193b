#include "job/request.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "capture/filter.hpp"
#include "capture/interfaces.hpp"
#include "job/capture_file.hpp"
#include "job/object_keys.hpp"
#include "sink/bucket_name.hpp"
#include "sink/object_key.hpp"

namespace xpc::job {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

namespace {

// in the order of the enumeration
constexpr auto directions = std::to_array<std::string_view>({"both", "in", "out"});
static_assert(directions[static_cast<std::size_t>(capture::Direction::in)] == "in" &&
              directions[static_cast<std::size_t>(capture::Direction::out)] == "out");

[[nodiscard]] Result<void> check_interface_list(const JobRequest& request) {
    const auto& interfaces = request.interfaces;
    const auto refusal = [](std::string message) {
        return refuse(Errc::invalid_value, std::move(message), "interfaces");
    };
    if (interfaces.empty()) return refusal("interfaces: must name at least one");
    if (interfaces.size() == 1) return {};
    for (const std::string& one : interfaces) {
        if (one == capture::any_interface) {
            return refusal("interfaces: \"any\" stands for all of them, and so stands alone");
        }
        if (std::ranges::count(interfaces, one) > 1) {
            return refusal(text("interfaces: ", base::quoted(one), " is there more than once"));
        }
    }
    if (request.format != pcap::FileFormat::pcapng) {
        return refuse(Errc::invalid_value,
                      "format: only pcapng holds the packets of several interfaces", "format");
    }
    return {};
}

/// In the names that the API has for it.
[[nodiscard]] Result<void> check_object(const JobRequest& request) {
    // AWS has twelve digits; other stores have names for their accounts
    constexpr std::size_t longest_owner = 64;
    const std::string& owner = request.bucket_owner;
    const bool is_owner =
        owner.size() <= longest_owner && std::ranges::all_of(owner, sink::is_key_character);
    if (!is_owner) {
        return refuse(Errc::invalid_value,
                      text("s3.bucket_owner ", base::quoted(owner), ": must be an account"),
                      "s3.bucket_owner");
    }
    auto checked = sink::check_object_options(request.object);
    if (!checked) {
        checked.error().field.insert(0, "s3.");
        checked.error().message.insert(0, "s3.");
    }
    return checked;
}

[[nodiscard]] Result<void> check_ports(const JobRequest& request, capture::Protocol protocol) {
    if (protocol == capture::Protocol::tcp || protocol == capture::Protocol::udp) return {};
    for (const auto& [member, port] :
         {std::pair{"src_port", request.src_port}, std::pair{"dst_port", request.dst_port}}) {
        if (port == 0) continue;
        return refuse(Errc::invalid_value,
                      text(member, ": only tcp and udp have ports, and proto is ",
                           base::quoted(request.proto)),
                      member);
    }
    return {};
}

/// What one kind of engine can do and the other can not. A device tells of its packets when they
/// have all been captured: too late to end there, or to begin another file.
[[nodiscard]] Result<void> check_for_device(const JobRequest& request,
                                            const capture::Engine& engine) {
    struct Wish {
        const char* member;
        bool is_there;
    };

    const std::string device = text("device ", base::quoted(request.device));
    const auto refuse_first = [](std::initializer_list<Wish> wishes,
                                 const std::string& why) -> Result<void> {
        for (const Wish& wish : wishes) {
            if (!wish.is_there) continue;
            return refuse(Errc::invalid_value, text(wish.member, ": ", why), wish.member);
        }
        return {};
    };
    if (!engine.outlives_us()) {
        return refuse_first(
            {{"buffer", request.buffer_mib != 0},
             {"circular", request.circular},
             {"pps", request.packets_per_second != 0}},
            text("is for devices with a buffer of their own, which ", device, " is not"));
    }
    if (request.interfaces.size() > 1) {
        return refuse(Errc::invalid_value,
                      text("interfaces: ", device, " captures from one interface a job"),
                      "interfaces");
    }
    return refuse_first({{"packets", request.packets != 0},
                         {"bytes", request.bytes != 0},
                         {"segment", is_segmented(request)}},
                        text(device, " can not do that: it shows what it captured at the end"));
}

/// A file has a begin and an end, also without packets.
[[nodiscard]] Result<void> check_file_limits(const JobRequest& request,
                                             const std::vector<capture::Description>& sources) {
    if (request.bytes == 0 && request.segment_bytes == 0) return {};
    const std::uint64_t least = CaptureFile::bytes_without_frames(request, sources);
    const auto refusal = [least](std::string_view member, std::uint64_t limit) {
        return refuse(
            Errc::invalid_value,
            text(member, ": ", limit, " is less than a file of this capture has without a ",
                 "packet: ", least, " bytes"),
            std::string(member));
    };
    if (request.bytes != 0 && request.bytes < least) return refusal("bytes", request.bytes);
    if (request.segment_bytes != 0 && request.segment_bytes < least) {
        return refusal("segment.bytes", request.segment_bytes);
    }
    return {};
}

}  // namespace

Result<void> check_duration(std::chrono::milliseconds duration, std::chrono::milliseconds longest) {
    if (duration <= std::chrono::milliseconds::zero()) {
        return refuse(Errc::invalid_value, "duration: must be more than 0", "duration");
    }
    if (duration > longest) {
        return refuse(Errc::invalid_value,
                      text("duration: is more than the longest that is allowed here, ",
                           base::human_duration(longest)),
                      "duration");
    }
    return {};
}

Result<sink::Destination> parse_destination(const JobRequest& request,
                                            sink::StoreKind default_store) {
    const std::string& bucket = request.bucket;
    constexpr std::string_view s3_prefix = "s3://";
    constexpr std::string_view file_prefix = "file:";
    sink::Destination destination{
        .store = default_store, .bucket = {}, .key = {}, .bucket_owner = request.bucket_owner};
    std::string_view name = bucket;
    if (name.starts_with(s3_prefix)) {
        if (default_store != sink::StoreKind::s3) {
            return refuse(Errc::invalid_value,
                          text("bucket ", base::quoted(bucket), ": S3 is not configured"),
                          "bucket");
        }
        destination.store = sink::StoreKind::s3;
        name.remove_prefix(s3_prefix.size());
    } else if (name.starts_with(file_prefix)) {
        destination.store = sink::StoreKind::embedded;
        name.remove_prefix(file_prefix.size());
    }
    if (auto checked = sink::check_bucket_name(name); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    destination.bucket = name;
    const bool needs_s3 = is_for_s3_only(request.object) || !request.bucket_owner.empty();
    if (needs_s3 && destination.store != sink::StoreKind::s3) {
        return refuse(Errc::invalid_value,
                      text("s3: the bucket ", base::quoted(bucket),
                           " is in the embedded store, which has none of this"),
                      "s3");
    }
    return destination;
}

std::span<const std::string_view> direction_words() noexcept {
    return directions;
}

Result<capture::Filter> parse_filter(const JobRequest& request) {
    auto filter =
        capture::parse_filter(request.proto, request.src, request.dst, request.bidirectional);
    if (!filter) return filter;
    const auto* const known = std::ranges::find(directions, request.direction);
    if (known == directions.end()) {
        return refuse(
            Errc::invalid_value,
            text("direction ", base::quoted(request.direction), ": must be both, in or out"),
            "direction");
    }
    if (auto checked = check_ports(request, filter->protocol); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    if (request.src_port != 0) filter->source_port = request.src_port;
    if (request.dst_port != 0) filter->destination_port = request.dst_port;
    filter->direction = static_cast<capture::Direction>(known - directions.begin());
    filter->expression = request.filter;
    return filter;
}

Result<std::vector<capture::CaptureOptions>> capture_options(const JobRequest& request,
                                                             std::uint32_t server_snaplen) {
    const auto filter = parse_filter(request);
    if (!filter) return std::unexpected(filter.error());
    std::vector<capture::CaptureOptions> options;
    options.reserve(request.interfaces.size());
    for (const std::string& interface : request.interfaces) {
        options.push_back({.interface = interface,
                           .filter = *filter,
                           .snaplen = request.snaplen == 0 ? server_snaplen : request.snaplen,
                           .duration = request.duration,
                           .buffer_mib = request.buffer_mib,
                           .circular = request.circular,
                           .packets_per_second = request.packets_per_second});
    }
    return options;
}

Result<void> check_request(const JobRequest& request, const RequestLimits& limits,
                           const capture::Engines& engines) {
    if (auto checked = check_duration(request.duration, limits.max_duration); !checked) {
        return checked;
    }
    if (auto checked = check_interface_list(request); !checked) return checked;
    if (auto checked = check_key_template(request); !checked) return checked;
    if (auto checked = check_object(request); !checked) return checked;
    const auto options = capture_options(request, limits.snaplen);
    if (!options) return std::unexpected(options.error());
    const auto engine = engines.find(request.device);
    if (!engine) return std::unexpected(engine.error());
    if (auto checked = check_for_device(request, **engine); !checked) return checked;
    std::vector<capture::Description> sources;
    for (const capture::CaptureOptions& one : *options) {
        auto source = engines.check(request.device, one);
        if (!source) {
            if (source.error().field == "interface") source.error().field = "interfaces";
            return std::unexpected(std::move(source.error()));
        }
        sources.push_back(std::move(*source));
    }
    return check_file_limits(request, sources);
}

}  // namespace xpc::job

#include "capture/ios_xe/epc_commands.hpp"

#include <cassert>
#include <utility>

#include "base/text.hpp"
#include "capture/ios_xe/names.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::text;

// what IOS-XE takes: Cisco-IOS-XE-rpc.yang, "rpc monitor"
constexpr std::chrono::seconds longest_duration{1'000'000};
constexpr std::uint32_t least_packet_bytes = 64;
constexpr std::uint32_t most_packet_bytes = 9500;
constexpr std::uint32_t most_packets_per_second = 1'000'000;

std::unexpected<base::Error> refusal(std::string field, std::string_view why) {
    auto message = text(field, ": ", why);
    return base::refuse(Errc::invalid_value, std::move(message), std::move(field));
}

std::string_view word(Direction direction) {
    switch (direction) {
        case Direction::in:
            return "in";
        case Direction::out:
            return "out";
        case Direction::both:
            break;
    }
    return "both";
}

std::string_view list_kind(Family family) {
    return family == Family::ipv4 ? "ip access-list extended " : "ipv6 access-list ";
}

std::string point(std::string_view name) {
    assert(is_capture_name(name));
    return text("monitor capture ", name);
}

std::string path(std::string_view name, std::string_view place) {
    assert(is_capture_name(name) && is_place(place));
    return text(place, file_name(name));
}

Line exec(std::string line) {
    return {.text = std::move(line), .is_config = false};
}

Line config(std::string line) {
    return {.text = std::move(line), .is_config = true};
}

}  // namespace

base::Result<Plan> plan_of(const CaptureOptions& options) {
    if (!options.name.empty() && !is_capture_name(options.name)) {
        return refusal("name", "no capture on a device can have that one");
    }
    if (auto checked = check_interface(options.interface); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    auto acl = acl_of(options.filter);
    if (!acl) return std::unexpected(std::move(acl.error()));
    const auto duration = std::chrono::ceil<std::chrono::seconds>(options.duration);
    if (duration > longest_duration || duration < std::chrono::seconds::zero()) {
        return refusal("duration", "a device captures for 1,000,000 s at most");
    }
    if (options.snaplen < least_packet_bytes) {
        return refusal("snaplen", "a device keeps 64 bytes of a packet at least");
    }
    if (options.buffer_mib > most_buffer_mib) {
        return refusal("buffer_mib", "a device has buffers of 100 MiB at most");
    }
    if (options.packets_per_second > most_packets_per_second) {
        return refusal("packets_per_second", "a device takes 1,000,000 at most");
    }
    return Plan{.name = options.name,
                .interface = options.interface,
                .direction = options.filter.direction,
                .acl = std::move(*acl),
                .duration = duration,
                // above that, packets are whole anyway
                .packet_bytes = options.snaplen > most_packet_bytes ? 0 : options.snaplen,
                .packets_per_second = options.packets_per_second,
                .buffer_mib = options.buffer_mib,
                .circular = options.circular};
}

Batch setup(const Plan& plan, Kind kind) {
    const auto capture = point(plan.name);
    Batch batch;
    if (!plan.acl.entries.empty()) {
        batch.push_back(config(text(list_kind(plan.acl.family), plan.name)));
        for (const std::string& entry : plan.acl.entries)
            batch.push_back(config(entry));
    }
    const bool is_control_plane = plan.interface == control_plane;
    batch.push_back(exec(text(capture, is_control_plane ? " " : " interface ", plan.interface, ' ',
                              word(plan.direction))));
    batch.push_back(exec(plan.acl.entries.empty() ? text(capture, " match any")
                                                  : text(capture, " access-list ", plan.name)));
    batch.push_back(exec(text(capture, " buffer ", plan.circular ? "circular " : "", "size ",
                              plan.buffer_mib == 0 ? most_buffer_mib : plan.buffer_mib)));
    if (plan.duration > std::chrono::seconds::zero()) {
        batch.push_back(exec(text(capture, " limit duration ", plan.duration.count())));
    }
    if (plan.packet_bytes > 0) {
        batch.push_back(exec(text(capture, " limit packet-len ", plan.packet_bytes)));
    }
    // A router that is told nothing keeps 1,000 packets a second and drops the others; a switch
    // knows no such limit until it is set.
    if (plan.packets_per_second > 0 || kind == Kind::router) {
        const auto most =
            plan.packets_per_second > 0 ? plan.packets_per_second : most_packets_per_second;
        batch.push_back(exec(text(capture, " limit pps ", most)));
    }
    batch.push_back(exec(text("show ", capture)));
    return batch;
}

Batch start(std::string_view name) {
    return {exec(text(point(name), " start")), exec(text("show ", point(name)))};
}

Batch stop(std::string_view name) {
    return {exec(text(point(name), " stop")), exec(text("show ", point(name)))};
}

Batch counts(std::string_view name, Kind kind) {
    // the same command shows the packets themselves on a switch
    const auto* const what = kind == Kind::router ? " buffer" : " capture-statistics";
    return {exec(text("show ", point(name), what))};
}

Batch export_to(std::string_view name, std::string_view place, Kind kind) {
    const auto* const how = kind == Kind::router ? " export " : " export location ";
    return {exec(text(point(name), how, path(name, place)))};
}

Batch export_state(std::string_view name, std::string_view place, Kind kind) {
    Batch batch = list_file(name, place);
    if (kind == Kind::catalyst) {
        batch.insert(batch.begin(), exec(text(point(name), " export status")));
    }
    return batch;
}

Batch list_file(std::string_view name, std::string_view place) {
    return {exec(text("dir ", path(name, place)))};
}

Batch remove_file(std::string_view name, std::string_view place) {
    return {exec(text("delete /force ", path(name, place)))};
}

Batch remove_capture(std::string_view name) {
    return {exec(text(point(name), " stop")), exec(text("no ", point(name))),
            config(text("no ", list_kind(Family::ipv4), name)),
            config(text("no ", list_kind(Family::ipv6), name))};
}

Batch show_remains(std::string_view name, std::string_view place) {
    assert(is_place(place));
    return {exec(text("show ", point(name))), show_acl(name, Family::ipv4).front(),
            show_acl(name, Family::ipv6).front(), exec(text("dir ", place))};
}

Batch show_acl(std::string_view name, Family family) {
    return {exec(
        text(family == Family::ipv4 ? "show ip access-lists " : "show ipv6 access-list ", name))};
}

Batch show_everything(std::string_view place) {
    return {exec("show monitor capture"), exec("show access-lists"), exec(text("dir ", place))};
}

}  // namespace xpc::capture::ios_xe

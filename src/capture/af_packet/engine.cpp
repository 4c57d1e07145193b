#include "capture/af_packet/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <thread>

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/text.hpp"
#include "capture/af_packet/bpf_filter.hpp"
#include "capture/af_packet/linux_capture.hpp"

namespace xpc::capture::af_packet {
namespace {

/// The ARPHRD_ number of an interface (netdevice(7), SIOCGIFHWADDR).
int hardware_type(const Interface& interface) {
    const auto socket = base::UniqueFd::adopt(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    interface.name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (!socket.valid() || ::ioctl(socket.raw(), SIOCGIFHWADDR, &request) != 0) {
        throw base::Failure::from_errno("interface " + interface.name, errno);
    }
    return request.ifr_hwaddr.sa_family;
}

struct Kind {
    pcap::LinkType link_type;
    Outgoing outgoing;
};

Kind kind_of(const Interface& interface) {
    if (interface.index == 0) return {pcap::LinkType::linux_sll2, Outgoing::skip_loopback};
    switch (hardware_type(interface)) {
        case ARPHRD_LOOPBACK:
            return {pcap::LinkType::ethernet, Outgoing::skip};
        case ARPHRD_ETHER:
            return {pcap::LinkType::ethernet, Outgoing::keep};
        case ARPHRD_NONE:  // tun, wireguard: bare IP packets (linux/if_arp.h)
        case ARPHRD_RAWIP:
            return {pcap::LinkType::raw_ip, Outgoing::keep};
        // tunnels and whatever else: the kernel's own summary of the header is right for all
        default:
            return {pcap::LinkType::linux_sll2, Outgoing::keep};
    }
}

[[nodiscard]] base::Result<Program> program_for(const Kind& kind, const CaptureOptions& options) {
    return compile(options.filter, kind.link_type, options.snaplen, kind.outgoing);
}

/// 0 where it is not known, as of a virtual interface
/// (Documentation/ABI/testing/sysfs-class-net, "speed").
unsigned link_megabits(const std::string& interface) {
    std::ifstream file("/sys/class/net/" + interface + "/speed");
    int megabits = 0;
    return file >> megabits && megabits > 0 ? static_cast<unsigned>(megabits) : 0;
}

/// For people: what was asked, without what is done about VLAN tags.
std::string shown_filter(const Filter& filter) {
    std::vector<std::string> terms;
    if (filter.direction == Direction::in) terms.emplace_back("inbound");
    if (filter.direction == Direction::out) terms.emplace_back("outbound");
    auto words = pcap_expression(filter, pcap::LinkType::raw_ip);
    if (!words.empty()) terms.push_back(std::move(words));
    if (!filter.expression.empty()) terms.push_back(base::text("(", filter.expression, ")"));
    return base::joined(terms, " and ");
}

Description description_of(const Interface& interface, const Kind& kind,
                           const CaptureOptions& options) {
    return {.interface = interface.name,
            .link_type = kind.link_type,
            .snaplen = options.snaplen,
            .filter = shown_filter(options.filter),
            .hardware_time = false};
}

}  // namespace

base::Result<Description> LinuxEngine::check(const CaptureOptions& options) const {
    auto interface = find_interface(options.interface);
    if (!interface) {
        interface.error().field = "interface";
        return std::unexpected(std::move(interface.error()));
    }
    const Kind kind = kind_of(*interface);
    if (auto program = program_for(kind, options); !program) {
        return std::unexpected(std::move(program.error()));
    }
    return description_of(*interface, kind, options);
}

base::Result<Instructions> LinuxEngine::instructions(const CaptureOptions& options) {
    const auto interface = find_interface(options.interface);
    if (!interface) return std::unexpected(interface.error());
    const auto program = program_for(kind_of(*interface), options);
    if (!program) return std::unexpected(program.error());
    return Instructions{.language = "bpf", .lines = listing(*program)};
}

bool LinuxEngine::has_room(const std::string& interface) {
    const auto found = find_interface(interface);
    return !found || taps_.has_room(*found);  // one that is gone is told by open()
}

std::vector<std::unique_ptr<Capture>> LinuxEngine::open(const CaptureOptions& options) {
    const auto interface = base::value_or_throw(find_interface(options.interface));
    const Kind kind = kind_of(interface);
    const auto program = base::value_or_throw(program_for(kind, options));
    Description description = description_of(interface, kind, options);
    std::vector<std::unique_ptr<Capture>> captures;
    for (auto& tap : taps_.open(interface, kind.link_type, readers_of(interface))) {
        description.hardware_time = tap->has_hardware_time();
        captures.push_back(std::make_unique<LinuxCapture>(std::move(tap), description, program));
    }
    return captures;
}

std::size_t LinuxEngine::readers_of(const Interface& interface) const {
    if (readers_ != 0) return interface.index == 0 ? 1 : readers_;
    // One reader keeps up with 800,000 packets a second, and leaves its core to nothing else. A
    // card with less than 25 Gbit/s seldom brings more, and a small machine has better uses.
    constexpr unsigned fast_megabits = 25'000;
    constexpr unsigned cores_a_reader = 4;
    constexpr unsigned most_readers = 4;
    if (link_megabits(interface.name) < fast_megabits) return 1;
    return std::clamp(std::jthread::hardware_concurrency() / cores_a_reader, 1U, most_readers);
}

}  // namespace xpc::capture::af_packet

#include "capture/af_packet/engine.hpp"

#include <cerrno>

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

/// For people: what was asked, without what is done about VLAN tags.
std::string shown_filter(const Filter& filter) {
    std::string shown = pcap_expression(filter, pcap::LinkType::raw_ip);
    if (filter.expression.empty()) return shown;
    if (shown.empty()) return filter.expression;
    return base::text("(", shown, ") and (", filter.expression, ")");
}

}  // namespace

base::Result<void> LinuxEngine::check(const CaptureOptions& options) const {
    auto interface = find_interface(options.interface);
    if (!interface) {
        interface.error().field = "interface";
        return std::unexpected(std::move(interface.error()));
    }
    if (auto program = program_for(kind_of(*interface), options); !program) {
        return std::unexpected(std::move(program.error()));
    }
    return {};
}

bool LinuxEngine::has_room(const std::string& interface) {
    const auto found = find_interface(interface);
    return !found || taps_.has_room(*found);  // one that is gone is told by open()
}

std::vector<std::unique_ptr<Capture>> LinuxEngine::open(const CaptureOptions& options) {
    const auto interface = base::value_or_throw(find_interface(options.interface));
    const Kind kind = kind_of(interface);
    const auto program = base::value_or_throw(program_for(kind, options));
    const Description description{.interface = interface.name,
                                  .link_type = kind.link_type,
                                  .snaplen = options.snaplen,
                                  .filter = shown_filter(options.filter),
                                  .hardware_time = false};
    std::vector<std::unique_ptr<Capture>> captures;
    captures.push_back(std::make_unique<LinuxCapture>(taps_.open(interface, kind.link_type),
                                                      description, program));
    return captures;
}

}  // namespace xpc::capture::af_packet

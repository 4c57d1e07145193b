#include "capture/interfaces.hpp"

#include <array>
#include <cerrno>

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace xpc::capture {

InterfaceFinder::InterfaceFinder()
    : socket_(base::UniqueFd::adopt(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))) {
    if (!socket_.valid()) throw base::Failure::from_errno("a socket for interfaces", errno);
}

base::Result<Interface> find_interface(std::string_view name) {
    return InterfaceFinder().find(name);
}

base::Result<Interface> InterfaceFinder::find(std::string_view name) const {
    if (name == any_interface) return Interface{.name = std::string(name), .index = 0};
    const auto refusal = [name] {
        return base::refuse(base::Errc::no_such_interface,
                            base::text("interface ", base::quoted(name), ": no such device"));
    };
    // IFNAMSIZ counts the NUL at the end (linux/if.h)
    if (name.empty() || name.size() >= IFNAMSIZ || name.contains('\0')) return refusal();
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket_.raw(), SIOCGIFINDEX, &request) != 0) return refusal();  // netdevice(7)
    return Interface{.name = std::string(name), .index = request.ifr_ifindex};
}

std::string interface_name(int index) {
    std::array<char, IFNAMSIZ> name{};
    if (::if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr) return {};
    return name.data();
}

}  // namespace xpc::capture

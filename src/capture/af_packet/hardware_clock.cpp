#include "capture/af_packet/hardware_clock.hpp"

#include <chrono>
#include <ctime>
#include <optional>
#include <string>

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace xpc::capture::af_packet {
namespace {

constexpr std::chrono::seconds most_difference{1};

/// One question to the driver of an interface; false where it has no answer.
template <typename Question>
bool ask(base::Fd socket, const Interface& interface, unsigned long what, Question& question) {
    ifreq request{};
    interface.name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&question);
    return ::ioctl(socket.raw(), what, &request) == 0;
}

bool stamps_every_frame(base::Fd socket, const Interface& interface) {
    hwtstamp_config config{};
    return ask(socket, interface, SIOCGHWTSTAMP, config) && config.rx_filter == HWTSTAMP_FILTER_ALL;
}

/// The number of the card's clock: /dev/ptpN.
std::optional<int> clock_of(base::Fd socket, const Interface& interface) {
    ethtool_ts_info info{};
    info.cmd = ETHTOOL_GET_TS_INFO;
    if (!ask(socket, interface, SIOCETHTOOL, info) || info.phc_index < 0) return std::nullopt;
    return info.phc_index;
}

std::optional<base::WallTime> read_clock(int number) {
    const std::string path = "/dev/ptp" + std::to_string(number);
    const auto device = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!device.valid()) return std::nullopt;
    // a descriptor as a clock (Documentation/driver-api/ptp.rst, FD_TO_CLOCKID)
    constexpr unsigned descriptor_clock = 3;
    const auto clock =
        static_cast<clockid_t>(~static_cast<unsigned>(device.raw()) << 3U | descriptor_clock);
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return std::nullopt;
    return base::WallTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

bool has_hardware_time(const Interface& interface) {
    if (interface.index == 0) return false;
    const auto socket = base::UniqueFd::adopt(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid() || !stamps_every_frame(socket, interface)) return false;
    const auto number = clock_of(socket, interface);
    const auto card = number ? read_clock(*number) : std::nullopt;
    if (!card) return false;
    const auto difference = *card - base::wall_now();
    if (std::chrono::abs(difference) < most_difference) return true;
    base::log::warning("capture.card_clock_off",
                       {{"interface", interface.name},
                        {"seconds", std::chrono::floor<std::chrono::seconds>(difference).count()}});
    return false;
}

}  // namespace xpc::capture::af_packet

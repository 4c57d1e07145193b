#include "daemon/confinement/capabilities.hpp"

#include <array>
#include <cerrno>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;

// Sets are told in two halves of 32 bits (capget(2), _LINUX_CAPABILITY_VERSION_3).
using Halves = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr unsigned half_bits = 32;

__user_cap_header_struct this_thread() {
    return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
}

bool may_set_capabilities() {
    return (permitted_capabilities() & capability(CAP_SETPCAP)) != 0;
}

void set(Capabilities held) {
    Halves halves{};
    for (unsigned i = 0; i < halves.size(); ++i) {
        halves.at(i).permitted = static_cast<std::uint32_t>(held >> (i * half_bits));
        halves.at(i).effective = halves.at(i).permitted;
    }
    auto header = this_thread();
    // glibc has no function for it
    if (::syscall(SYS_capset, &header, halves.data()) != 0)
        throw Failure::from_errno("capset", errno);
}

/// Nothing that is executed can have any, also by a file's capabilities.
void empty_bounding_set() {
    for (unsigned long number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number) {
        if (::prctl(PR_CAPBSET_DROP, number) != 0)
            throw Failure::from_errno("PR_CAPBSET_DROP", errno);
    }
}

}  // namespace

Capabilities permitted_capabilities() {
    Halves halves{};
    auto header = this_thread();
    if (::syscall(SYS_capget, &header, halves.data()) != 0)
        throw Failure::from_errno("capget", errno);
    Capabilities held = 0;
    for (unsigned i = 0; i < halves.size(); ++i)
        held |= Capabilities{halves.at(i).permitted} << (i * half_bits);
    return held;
}

void separate_from_user() {
    constexpr unsigned long secure_bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS;
    const bool separated = may_set_capabilities() && ::prctl(PR_SET_SECUREBITS, secure_bits) == 0;
    if (!separated && ::prctl(PR_SET_KEEPCAPS, 1UL) != 0) {
        throw Failure::from_errno("prctl: keeping capabilities", errno);
    }
}

void keep_only(Capabilities kept) {
    const Capabilities before = permitted_capabilities();
    if (may_set_capabilities()) {
        set(before);  // a change of the user has left them permitted, and not effective
        empty_bounding_set();
    }
    // kernels before 4.3 have none
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
    set(before & kept);
}

std::string names_of(Capabilities held) {
    struct Name {
        unsigned number;
        const char* word;
    };

    constexpr auto names =
        std::to_array<Name>({{CAP_NET_RAW, "net_raw"}, {CAP_NET_BIND_SERVICE, "net_bind_service"}});
    std::string said;
    for (const Name& name : names) {
        if ((held & capability(name.number)) != 0) {
            said += base::text(said.empty() ? "" : ",", name.word);
        }
    }
    return said.empty() ? "none" : said;
}

}  // namespace xpc::daemon

#include "base/descriptor_limit.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace xpc::base {

std::uint64_t raise_descriptor_limit(std::uint64_t wanted) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const rlimit raised{.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max),
                        .rlim_max = limit.rlim_max};
    if (raised.rlim_cur <= limit.rlim_cur) return limit.rlim_cur;
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace xpc::base

#include "base/thread_name.hpp"

#include <array>

#include <sys/prctl.h>

namespace xpc::base {

void name_thread(std::string_view name) noexcept {
    std::array<char, 16> first{};
    name.copy(first.data(), first.size() - 1);
    [[maybe_unused]] const int done = ::prctl(PR_SET_NAME, first.data());
}

}  // namespace xpc::base

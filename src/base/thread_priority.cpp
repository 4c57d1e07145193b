#include "base/thread_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace xpc::base {

void go_first() noexcept {
    constexpr int niceness = -15;
    const auto this_thread = static_cast<id_t>(::gettid());  // of threads: setpriority(2), NOTES
    [[maybe_unused]] const int done = ::setpriority(PRIO_PROCESS, this_thread, niceness);
}

}  // namespace xpc::base

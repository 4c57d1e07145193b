#include "job/store_surely.hpp"

#include <chrono>

#include "base/error.hpp"
#include "base/log.hpp"

namespace xpc::job {

bool store_surely(const std::string& job_id, const base::Stop& stop,
                  const std::function<void()>& change) {
    constexpr std::chrono::seconds pause{1};
    for (bool told = false;; told = true) {
        try {
            change();
            return true;
        } catch (const std::exception& failed) {
            const auto error = base::error_of(failed);
            if (error.errc == base::Errc::conflict) throw;
            if (!told)
                base::log::error("job.not_stored", {{"job", job_id}, {"cause", error.message}});
        }
        if (base::wait(base::Fd(), stop, base::in(pause)) == base::Woken::stopped) return false;
    }
}

}  // namespace xpc::job

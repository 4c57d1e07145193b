#include "job/given_up.hpp"

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "job/spool_files.hpp"

namespace xpc::job {

bool GivingUp::end(const Job& job) const {
    const Position from = job.position;
    if (from.state == State::stopped || from.state == State::queued) return false;
    const auto elsewhere = devices_.elsewhere.find(job.request.device);
    if (elsewhere == devices_.elsewhere.end()) return false;
    const auto is_served = elsewhere->second();
    if (is_served) return false;
    const std::string& device = job.request.device;
    const std::string& cause = is_served.error().message;
    const auto engine = engines_.find(device);
    const auto capture = engine ? (*engine)->capture_name(job.number) : std::string();
    Job ended = job;
    ended.position = {.state = State::stopped, .delivery = Delivery::failed};
    ended.stop_reason = StopReason::user;
    ended.stopped_at = base::wall_now();
    ended.errors.push_back(
        {.errc = base::Errc::device_unreachable,
         .message = base::text("device ", device, " could not be reached to end the capture: ",
                               cause, ". The capture ", capture,
                               ", its access list and its file may be left on the device; the "
                               "next worker removes them"),
         .field = {}});
    if (!store_.update(ended, from)) return false;
    remove_spool_files(spool_dir_, job.id);  // of a file that was fetched by half
    base::log::warning(
        "job.given_up_on_device",
        {{"job", job.id}, {"device", device}, {"capture", capture}, {"cause", cause}});
    return true;
}

void GivingUp::end_all_stopped() const {
    if (devices_.elsewhere.empty()) return;
    for (const std::string& id : store_.stop_requests()) {
        if (const auto job = store_.find(id)) [[maybe_unused]]
            const bool is_ended = end(*job);
    }
}

}  // namespace xpc::job

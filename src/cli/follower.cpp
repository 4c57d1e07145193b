#include "cli/follower.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "cli/client.hpp"
#include "cli/command_line.hpp"
#include "cli/job.hpp"
#include "cli/printable.hpp"
#include "cli/render.hpp"

namespace xpc::cli {

using base::Errc;
using base::Failure;
using base::text;

Job Follower::follow(Job job) {
    while (!job.ended()) {
        if (!outage_since_) display_.show(job, std::chrono::steady_clock::now());
        [[maybe_unused]] const auto woken =
            base::wait(base::Fd(), interrupts_.next(), base::in(pace_.poll));
        if (interrupts_.second.requested()) {
            throw Failure(Errc::interrupted,
                          text(name_of(job), " goes on at the server; look at it with: ",
                               command_to_show(job, client_.server())));
        }
        if (interrupts_.first.requested() && !std::exchange(stop_said_, true)) {
            display_.say("stopping; the capture is kept (Ctrl-C again to leave it to the server)");
        }
        job = next(job);
    }
    return job;
}

Job Follower::next(const Job& job) {
    try {
        const bool to_be_stopped = interrupts_.first.requested() && !stop_accepted_;
        Job told = to_be_stopped ? client_.end_capture(job.id, interrupts_.second)
                                 : client_.read(job.id, interrupts_.next());
        if (to_be_stopped) stop_accepted_ = true;
        if (outage_since_) display_.say("the server is back");
        outage_since_.reset();
        return told;
    } catch (const Failure& failure) {  // an interrupt is follow()'s to answer; outages are bridged
        if (failure.error().errc == Errc::cancelled && interrupts_.first.requested()) return job;
        if (!is_outage(failure.error())) throw;
        begin_or_go_on_with_outage(job, failure.error());
        return job;
    }
}

void Follower::begin_or_go_on_with_outage(const Job& job, const base::Error& error) {
    const auto now = std::chrono::steady_clock::now();
    if (!outage_since_) {
        outage_since_ = now;
        display_.say(text(printable(error.message), "; waiting up to ",
                          base::human_duration(pace_.patience), " for it"));
    } else if (now - *outage_since_ >= pace_.patience) {
        throw Failure(Errc::server_unreachable,
                      text(error.message, "; ", name_of(job), " is kept by the server; once it is ",
                           "back, look at it with: ", command_to_show(job, client_.server())));
    }
}

std::string command_to_show(const Job& job, const std::string& server) {
    return text("xepacketcap show ",
                job.number == 0 ? shell_word(job.id) : std::to_string(job.number),
                server == default_server ? "" : text(" --server ", shell_word(server)));
}

}  // namespace xpc::cli

#include "cli/live_output.hpp"

#include <cstddef>
#include <span>
#include <utility>

#include "base/clock.hpp"
#include "cli/output.hpp"

namespace xpc::cli {

using base::Failure;

LiveOutput::LiveOutput(Options options, const Job& job) : options_(std::move(options)) {
    thread_ = std::jthread([this, id = job.id] { run(id); });
}

LiveOutput::~LiveOutput() {
    stop_.request();
}

LiveOutput::Outcome LiveOutput::finish(const base::Stop& stop) {
    if (base::wait(done_.fd(), stop, base::never) == base::Woken::stopped) stop_.request();
    thread_.join();
    return outcome_;
}

void LiveOutput::run(const std::string& job_id) {
    try {
        Client client(options_.server, options_.credentials);
        client.stream(
            job_id,
            [this](std::span<const std::byte> piece) {
                try {
                    write_all(options_.out, piece, "standard output", stop_);
                } catch (const Failure& failure) {  // the capture has nobody to be made for
                    if (failure.error().errc != base::Errc::cancelled) options_.reader_gone();
                    throw;
                }
                outcome_.bytes += piece.size();
            },
            stop_);
    } catch (const Failure& failure) {  // for finish()
        outcome_.error = failure.error();
    }
    done_.request();
}

}  // namespace xpc::cli

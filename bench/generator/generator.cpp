// xpc-generator: sends counted, numbered frames, and says on its output, as JSON, what it sent.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <limits>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include "base/error.hpp"
#include "generator/options.hpp"
#include "generator/pace.hpp"
#include "generator/sender.hpp"

namespace {

using namespace xpc;
using bench::Pace;

// A signal handler knows nothing but globals.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void interrupt(int) {
    interrupted.store(true);
}

void listen_to_signals() {
    struct sigaction action{};
    action.sa_handler = interrupt;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

struct Sent {
    std::uint64_t frames = 0;
    std::uint64_t refused = 0;  ///< times that the kernel had no room; the frame was offered again
    std::chrono::duration<double> took{};
};

Sent send_all(const bench::Options& options, bench::Sender& sender) {
    const auto start = Pace::Clock::now();
    const auto end = options.seconds ? start + std::chrono::seconds(*options.seconds)
                                     : Pace::Clock::time_point::max();
    const std::uint64_t all = options.count.value_or(std::numeric_limits<std::uint64_t>::max());
    Pace pace(options.rate, start);
    const std::uint64_t batch = pace.batch(bench::Sender::largest_batch);
    Sent sent;
    while (sent.frames < all && !interrupted.load()) {
        if (pace.wait_for(sent.frames) >= end) break;
        const auto offered = std::min(batch, all - sent.frames);
        const auto taken = sender.send(sent.frames, offered);
        sent.frames += taken;
        if (taken == 0) ++sent.refused;
    }
    sent.took = Pace::Clock::now() - start;
    return sent;
}

/// The kernel's part of the work: sending, and what captures at the other end of a virtual cable do
/// before a frame is in their ring. Waiting is not in it, since the clock is read without the
/// kernel.
double kernel_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_stime.tv_usec) / 1e6;
}

void run(const bench::Options& options) {
    bench::Sender sender(options.interface, bench::Frames(options.sizes, options.flows));
    listen_to_signals();
    const Sent sent = send_all(options, sender);
    const double seconds = std::max(sent.took.count(), 1e-9);
    std::printf(
        "{\"sent\": %lu, \"bytes\": %lu, \"seconds\": %.6f, \"rate\": %.1f, \"refused\": %lu, "
        "\"kernel_seconds\": %.3f}\n",
        sent.frames, sender.sent_bytes(), seconds, static_cast<double>(sent.frames) / seconds,
        sent.refused, kernel_seconds());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string_view> arguments(argv + 1, argv + argc);
        const auto options = bench::parse_options(arguments);
        if (!options) {
            std::fprintf(stderr, "xpc-generator: %s\n%s", options.error().message.c_str(),
                         bench::usage.data());
            return 2;
        }
        run(*options);
        return 0;
    } catch (const base::Failure& failure) {
        std::fprintf(stderr, "xpc-generator: %s\n", failure.what());
        return 1;
    }
}

#pragma once

#include <thread>

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX has more than C

#include "base/stop.hpp"
#include "base/unique_fd.hpp"

namespace xpc::cli {

/// What a person at the keyboard wants: first that the capture stops, then to leave.
struct Interrupts {
    base::Stop first;
    base::Stop second;

    /// The one to wait on: the next that may come.
    [[nodiscard]] const base::Stop& next() const noexcept {
        return first.requested() ? second : first;
    }
};

/// SIGINT and SIGTERM as Interrupts, as long as this lives.
/// Threads:  blocks both in the calling thread, whose later threads inherit that; threads that were
///           there before must have blocked them too.
/// Lifetime: borrows `interrupts`.
class SignalWatch {
public:
    explicit SignalWatch(Interrupts& interrupts);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    SignalWatch(SignalWatch&&) = delete;
    SignalWatch& operator=(SignalWatch&&) = delete;

private:
    void watch();

    Interrupts& interrupts_;
    sigset_t before_{};
    base::UniqueFd signals_;
    base::Stop end_;
    std::jthread watcher_;
};

/// A closed pipe or connection is an error of write(2), and not the end of the process.
void ignore_broken_pipes() noexcept;

}  // namespace xpc::cli

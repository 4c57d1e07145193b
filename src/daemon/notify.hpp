#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sink/s3_options.hpp"

namespace xpc::daemon {

/// Tells the service manager how the server is, where there is one.
/// Errors:  none: a manager that does not listen is no reason to stop.
/// Source:  sd_notify(3); the protocol is a datagram to the socket of $NOTIFY_SOCKET.
class Notify {
public:
    explicit Notify(const sink::Environment& environment);

    void ready(std::string_view status) const;
    void stopping() const;
    void alive() const;

    /// How often alive() is due: half of what the manager waits for, as sd_watchdog_enabled(3)
    /// recommends. Nothing where it does not watch.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_pause() const noexcept {
        return watchdog_pause_;
    }

private:
    void send(std::string_view message) const;

    std::string socket_;
    std::optional<std::chrono::microseconds> watchdog_pause_;
};

}  // namespace xpc::daemon

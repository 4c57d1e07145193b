#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "capture/device_settings.hpp"
#include "capture/ios_xe/terminal.hpp"

namespace xpc::capture::ios_xe {

/// One SSH connection with one channel on it, logged in: IOS-XE need not allow a second one.
/// Errors:  Failure of all: device_lost when the connection has ended, timeout, cancelled.
/// Threads: one at a time.
class SshSession final : public Terminal {
public:
    /// Connects, checks the host key, and logs in: by key, password, keyboard-interactive, what is
    /// configured and offered.
    /// Errors: device_unreachable, device_lines_full, device_host_key, device_login.
    SshSession(const DeviceSettings& settings, const Patience& patience);
    ~SshSession() override;
    SshSession(const SshSession&) = delete;
    SshSession& operator=(const SshSession&) = delete;
    SshSession(SshSession&&) = delete;
    SshSession& operator=(SshSession&&) = delete;

    /// A terminal with lines of 511 characters, and the device's command line in it.
    void open_shell(const Patience& patience);

    /// One command, without a terminal.
    void open_command(const std::string& command, const Patience& patience);

    [[nodiscard]] std::string read_some(const Patience& patience) override;
    void write(std::string_view bytes, const Patience& patience) override;

private:
    class Connection;

    std::unique_ptr<Connection> connection_;
};

}  // namespace xpc::capture::ios_xe

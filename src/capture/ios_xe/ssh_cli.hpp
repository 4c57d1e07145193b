#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capture/device_settings.hpp"
#include "capture/ios_xe/cli.hpp"
#include "capture/ios_xe/shell.hpp"
#include "capture/ios_xe/ssh_session.hpp"
#include "capture/ios_xe/turns.hpp"

namespace xpc::capture::ios_xe {

/// By SSH: one connection, made when it is first needed, shared by all, and made again when it was
/// lost.
class SshCli final : public Cli {
public:
    explicit SshCli(DeviceSettings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] base::Result<std::string> ask(const Batch& batch, const Asking& asking) override;

private:
    [[nodiscard]] std::string say_all(const std::vector<std::string>& lines, const Asking& asking);
    void connect(const Patience& patience);
    [[nodiscard]] std::string without_secrets(std::string answer) const;

    DeviceSettings settings_;
    Turns turns_;
    std::unique_ptr<SshSession> session_;  ///< of whose turn it is
    std::unique_ptr<Shell> shell_;         ///< likewise
};

}  // namespace xpc::capture::ios_xe

#pragma once

#include <memory>
#include <optional>
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
/// lost. Where the login or the host key is refused, the next try is ten seconds later at the
/// earliest: a device may lock a user out who fails often.
class SshCli final : public Cli {
public:
    explicit SshCli(DeviceSettings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] base::Result<std::string> ask(const Batch& batch, const Asking& asking) override;

private:
    [[nodiscard]] std::string say_all(const std::vector<std::string>& lines, const Asking& asking);
    void connect(const Patience& patience);
    void note_refusal(const base::Error& error);
    [[nodiscard]] std::string without_secrets(std::string answer) const;

    DeviceSettings settings_;
    Turns turns_;
    /// Nobody gets in, as was found out when it was tried last; and until when it is not tried
    /// again.
    std::optional<base::Error> refusal_;  ///< of whose turn it is, as the next
    base::Deadline refused_until_;
    std::unique_ptr<SshSession> session_;
    std::unique_ptr<Shell> shell_;
};

}  // namespace xpc::capture::ios_xe

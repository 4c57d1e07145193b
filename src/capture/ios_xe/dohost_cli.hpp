#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "capture/ios_xe/cli.hpp"
#include "capture/ios_xe/turns.hpp"

namespace xpc::capture::ios_xe {

/// By `dohost`, in a guestshell, and only in a process that IOS has started: a process for each
/// batch, since configuration mode lasts as long as one call. It exits with 0 whatever happens, can
/// not answer a question of the device, and writes every command to /data/iosp.log, which nobody
/// shortens: so say much at once, and not often.
class DohostCli final : public Cli {
public:
    /// `program`: as it is found in PATH.
    explicit DohostCli(std::string program = "dohost") : program_(std::move(program)) {}

    [[nodiscard]] base::Result<std::string> ask(const Batch& batch, const Asking& asking) override;

private:
    std::string program_;
    Turns turns_;  ///< each call costs memory, of which there is little
};

/// Whether the answer says that there is no IOS session, for people; nothing where there is one.
[[nodiscard]] std::optional<std::string> missing_session(std::string_view answer);

}  // namespace xpc::capture::ios_xe

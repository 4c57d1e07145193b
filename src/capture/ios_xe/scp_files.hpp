#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "capture/device_settings.hpp"
#include "capture/ios_xe/file_fetch.hpp"
#include "capture/ios_xe/turns.hpp"

namespace xpc::capture::ios_xe {

/// What an SCP source says before a file.
struct ScpHead {
    std::uint64_t bytes = 0;
};

/// Of "C0644 1234 name".
/// Errors: device_refused with the words of a refusal, or of something else; device_login where the
///         user may not have it.
[[nodiscard]] base::Result<ScpHead> parse_scp_head(std::string_view line);

/// By the old SCP protocol, which is the one that IOS-XE speaks ("ip scp server enable"), over a
/// connection of its own for each file, one at a time.
class ScpFiles final : public RemoteFiles {
public:
    explicit ScpFiles(DeviceSettings settings) : settings_(std::move(settings)) {}

    void fetch(const std::string& path, std::uint64_t bytes, base::Fd into,
               const Asking& asking) override;
    void probe(const std::string& path, const Asking& asking) override;

private:
    DeviceSettings settings_;
    Turns turns_;
};

}  // namespace xpc::capture::ios_xe

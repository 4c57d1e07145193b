#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "capture/interfaces.hpp"

namespace xpc::capture::af_packet {

/// Sees when an interface is gone, or is no longer called what it was.
/// Threads: one at a time.
class InterfaceWatch {
public:
    explicit InterfaceWatch(Interface interface) : interface_(std::move(interface)) {}

    /// What has become of it; nothing while it is as it was. `pending`: the errno that its socket
    /// has told of, or 0. The name is not looked up each time.
    [[nodiscard]] std::optional<std::string> fate(int pending);

private:
    Interface interface_;
    base::Deadline next_look_;
};

}  // namespace xpc::capture::af_packet

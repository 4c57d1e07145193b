#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "capture/dialogue.hpp"

namespace xpc::capture::ios_xe {

/// One command in exec mode, or one line of configuration.
struct Line {
    std::string text;
    bool is_config = false;
};

/// What is said at once. Lines of configuration that follow each other stand between "configure
/// terminal" and "end".
using Batch = std::vector<Line>;

/// The lines as they are typed, with the ways into and out of configuration.
[[nodiscard]] std::vector<std::string> typed_lines(const Batch& batch);

/// Whether a line can be typed: printable ASCII, and nothing that has a meaning of its own to the
/// command line ("?", ";", and more than one "|").
[[nodiscard]] bool is_typable(std::string_view line) noexcept;

/// Likewise, all of them typable. Errors: internal, which names the line that is not.
[[nodiscard]] base::Result<std::vector<std::string>> checked_lines(const Batch& batch);

struct Asking {
    const base::Stop& stop;
    std::chrono::milliseconds patience;  ///< once it is its turn
    Dialogue* dialogue = nullptr;

    /// Until when it waits for its turn, behind many captures which each have something to say.
    [[nodiscard]] base::Deadline turn_by() const { return base::in(patience * 10); }

    // to the dialogue, where there is one
    void note_said(std::string_view command) const {
        if (dialogue != nullptr) dialogue->said(command);
    }

    void note_answered(std::string_view text) const {
        if (dialogue != nullptr) dialogue->answered(text);
    }
};

/// The command line of one device.
/// Threads: any; one batch is said after the other.
class Cli {
public:
    virtual ~Cli() = default;

    /// What the device answers to all lines, one answer after the other, without echo and prompts.
    /// It is one text since not every way to a device tells where an answer ends. A refusal by the
    /// device is an answer like others: see refusal() in epc_output.hpp.
    /// Errors: timeout, cancelled; not_ready (by dohost); device_unreachable, device_lost,
    ///         device_lines_full, device_login, device_host_key (by SSH);
    ///         internal for a line that is not typable.
    [[nodiscard]] virtual base::Result<std::string> ask(const Batch& batch,
                                                        const Asking& asking) = 0;

    Cli(const Cli&) = delete;
    Cli& operator=(const Cli&) = delete;
    Cli(Cli&&) = delete;
    Cli& operator=(Cli&&) = delete;

protected:
    Cli() = default;
};

}  // namespace xpc::capture::ios_xe

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stop.hpp"

namespace xpc::capture::ios_xe {

/// Until when the other side is waited for.
struct Patience {
    const base::Stop& stop;
    base::Deadline deadline;
};

/// The two ends of a line to a device.
/// Errors: Failure: device_lost, cancelled; write() also timeout.
class Terminal {
public:
    virtual ~Terminal() = default;

    /// Some of what came; nothing at the deadline, which is no error here.
    [[nodiscard]] virtual std::string read_some(const Patience& patience) = 0;

    virtual void write(std::string_view bytes, const Patience& patience) = 0;

    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    Terminal(Terminal&&) = delete;
    Terminal& operator=(Terminal&&) = delete;

protected:
    Terminal() = default;
};

/// What a terminal would show: lines that end in "\n", backspaces done, escape sequences and other
/// control characters gone. A carriage return begins a line: devices are not always sure of theirs.
[[nodiscard]] std::string rendered(std::string_view raw);

/// What a device waits for.
enum class Awaits {
    nothing,  ///< it speaks still
    command,
    more,     ///< a key, to show the next page
    confirm,  ///< Enter, or another key
    password,
    question  ///< some other answer
};

/// What it waits for, and whether it logged something since it asked.
struct Tail {
    Awaits awaits = Awaits::nothing;
    bool is_logged_over = false;
    std::string line;  ///< in which it asks
};

/// Of what was rendered so far. `host` is what prompts begin with.
[[nodiscard]] Tail tail_of(std::string_view shown, std::string_view host);

/// Whether it is "host#", "host>" or "host(config-ext-nacl)#", where the device may cut the host.
[[nodiscard]] bool is_prompt(std::string_view line, std::string_view host) noexcept;

/// The line that could be a prompt, behind all others, while the host is not known: "r1#". Empty
/// where there is none.
[[nodiscard]] std::string prompt_candidate(std::string_view shown);

/// Whether Enter is the answer that was meant: one of the questions of Embedded Packet Capture.
[[nodiscard]] bool is_known_question(std::string_view line) noexcept;

/// Of what was rendered, the answer to the command: behind its echo, before the next prompt.
[[nodiscard]] std::string answer_in(std::string_view shown, std::string_view command,
                                    std::string_view host);

/// Whether the device has repeated the command.
[[nodiscard]] bool has_echo(std::string_view shown, std::string_view command) noexcept;

}  // namespace xpc::capture::ios_xe

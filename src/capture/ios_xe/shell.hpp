#pragma once

#include <string>
#include <string_view>

#include "capture/ios_xe/terminal.hpp"

namespace xpc::capture::ios_xe {

/// The command line of IOS at the other end of a terminal.
/// Errors:  Failure: timeout with what the device said last; device_refused for a question that is
///          not answered; as Terminal. After one it is not known where the device stands.
/// Threads: one at a time.
class Shell {
public:
    /// Finds the prompt, behind whatever banner, becomes privileged where it has to, and turns
    /// paging off.
    /// Errors:   device_login where it can not become privileged; device_lines_full.
    /// Lifetime: the terminal outlives it.
    Shell(Terminal& terminal, const std::string& enable_password, const Patience& patience);

    /// What the device answers to one line.
    [[nodiscard]] std::string say(const std::string& line, const Patience& patience);

    /// Whether the device has answered anything to the last line, its echo included.
    [[nodiscard]] bool has_heard() const noexcept { return has_heard_; }

private:
    [[nodiscard]] std::string find_prompt(const Patience& patience);
    [[nodiscard]] std::string read_until_quiet(std::chrono::milliseconds quiet,
                                               const Patience& patience);
    void become_privileged(const std::string& password, const Patience& patience);
    /// Whether that is all which will come: with "no service prompt config", config mode shows no
    /// prompt, up to the "end" that leaves it.
    [[nodiscard]] bool is_done_silently(std::string_view raw, const std::string& line) const;
    /// Whether the device has answered the line, `raw` being all that it said.
    [[nodiscard]] bool is_answer(std::string_view raw, const std::string& line, const Tail& tail,
                                 bool is_quiet_enough) const;
    void hear(std::string& raw, const Patience& patience);
    /// Whether it said anything.
    [[nodiscard]] bool hear_within(std::chrono::milliseconds quiet, std::string& raw,
                                   const Patience& patience);

    Terminal& terminal_;
    std::string host_;
    char privilege_ = '>';
    bool has_heard_ = false;
    bool is_without_prompt_ = false;  ///< as the last line's answer was
};

}  // namespace xpc::capture::ios_xe

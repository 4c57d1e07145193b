#include "capture/ios_xe/shell.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;
using std::chrono::milliseconds;

// A device that shows a prompt, and then nothing for so long, means it.
constexpr milliseconds usual_quiet{300};
constexpr milliseconds longest_quiet{3000};

constexpr std::size_t most_answer = std::size_t{4} << 20U;
// enough to hold the last lines, whatever was logged over them
constexpr std::size_t tail_bytes = 4096;

std::string last_of(std::string_view raw) {
    return rendered(raw.substr(raw.size() - std::min(raw.size(), tail_bytes)));
}

std::string shown_end(std::string_view raw) {
    constexpr std::size_t most = 100;
    const auto shown = rendered(raw);
    const auto bare = base::trimmed(shown);
    return base::quoted(bare.substr(bare.size() - std::min(bare.size(), most)));
}

/// What a device says that has no line left, before it closes.
bool says_lines_full(std::string_view raw) {
    const auto lowered = base::lower(raw);
    return lowered.contains("connection refused") || lowered.contains("lines are in use") ||
           lowered.contains("all lines") || lowered.contains("no lines") ||
           lowered.contains("too many");
}

constexpr std::string_view next_page = " ";
constexpr std::string_view yes = "\r";
constexpr std::string_view no = "n";
constexpr std::string_view interrupt = "\x03";

/// The key that has the device go on; none while it may speak still.
std::string_view key_for(const Tail& tail, bool is_quiet_enough) {
    if (tail.awaits == Awaits::more) return next_page;
    if (tail.is_logged_over && !is_quiet_enough) return {};
    if (tail.awaits == Awaits::confirm) return is_known_question(tail.line) ? yes : no;
    if (tail.awaits == Awaits::password || tail.awaits == Awaits::question) return interrupt;
    return {};
}

}  // namespace

Shell::Shell(Terminal& terminal, const std::string& enable_password, const Patience& patience)
    : terminal_(terminal) {
    const auto prompt = find_prompt(patience);
    privilege_ = prompt.back();
    host_ = prompt.substr(0, prompt.size() - 1);
    if (privilege_ == '>') become_privileged(enable_password, patience);
    for (const char* const line : {"terminal length 0", "terminal width 511"}) [[maybe_unused]]
        const auto answer = say(line, patience);
}

std::string Shell::read_until_quiet(milliseconds quiet, const Patience& patience) {
    std::string raw;
    for (;;) {
        const auto until = std::min(patience.deadline, base::in(quiet));
        std::string some;
        try {
            some = terminal_.read_some({patience.stop, until});
        } catch (const Failure& failure) {  // it may have said why it closes
            if (failure.error().errc != Errc::device_lost || !says_lines_full(raw)) throw;
            throw Failure(Errc::device_lines_full, text("it says ", shown_end(raw)));
        }
        if (some.empty()) return raw;
        raw += some;
        if (raw.size() > most_answer) {
            throw Failure(Errc::device_refused, "it does not stop speaking");
        }
    }
}

std::string Shell::find_prompt(const Patience& patience) {
    // A banner may end like a prompt, and a slow device may stop in the middle of one: it is the
    // prompt when Enter brings the same line once more.
    auto quiet = usual_quiet;
    std::string said = read_until_quiet(quiet, patience);
    std::string before = prompt_candidate(rendered(said));
    while (base::Deadline::clock::now() < patience.deadline) {
        terminal_.write("\r", patience);
        const auto more = read_until_quiet(quiet, patience);
        said += more;
        auto now = prompt_candidate(rendered(more));
        if (!now.empty() && now == before) return now;
        if (!now.empty()) before = std::move(now);
        quiet = std::min(quiet * 2, longest_quiet);
    }
    throw Failure(Errc::timeout, text("it shows no prompt; it said ", shown_end(said)));
}

void Shell::become_privileged(const std::string& password, const Patience& patience) {
    const Patience longer = patience;
    terminal_.write("enable\r", longer);
    bool is_given = false;
    std::string raw;
    for (;;) {
        hear(raw, longer);
        const auto tail = tail_of(last_of(raw), host_);
        if (tail.awaits == Awaits::password && !tail.is_logged_over) {
            if (is_given || password.empty()) {
                throw Failure(Errc::device_login, is_given
                                                      ? "it does not take the enable_password"
                                                      : "\"enable\" asks for a password: configure "
                                                        "enable_password");
            }
            is_given = true;
            raw.clear();
            terminal_.write(password + "\r", longer);
        } else if (tail.awaits == Awaits::command && (is_given || has_echo(raw, "enable"))) {
            if (tail.line.ends_with('#')) break;
            throw Failure(Errc::device_login,
                          text("it does not become privileged: it says ", shown_end(raw)));
        }
    }
    privilege_ = '#';
}

void Shell::hear(std::string& raw, const Patience& patience) {
    const auto some = terminal_.read_some(patience);
    if (some.empty()) {
        throw Failure(Errc::timeout, text("it does not answer in time; it said ", shown_end(raw)));
    }
    has_heard_ = true;
    raw += some;
    if (raw.size() > most_answer) throw Failure(Errc::device_refused, "it does not stop speaking");
}

bool Shell::hear_within(milliseconds quiet, std::string& raw, const Patience& patience) {
    const auto until = std::min(patience.deadline, base::in(quiet));
    const auto some = terminal_.read_some({patience.stop, until});
    if (some.empty()) return false;
    has_heard_ = true;
    raw += some;
    if (raw.size() > most_answer) throw Failure(Errc::device_refused, "it does not stop speaking");
    return true;
}

bool Shell::is_done_silently(std::string_view raw, const std::string& line) const {
    const auto shown = rendered(raw);
    if (!shown.ends_with('\n') || !has_echo(shown, line)) return false;
    return is_without_prompt_ || (line == "configure terminal" && shown.contains("CNTL/Z"));
}

bool Shell::is_answer(std::string_view raw, const std::string& line, const Tail& tail,
                      bool is_quiet_enough) const {
    if (tail.awaits == Awaits::nothing) return is_quiet_enough && is_done_silently(raw, line);
    if (tail.awaits != Awaits::command) return false;
    return is_quiet_enough || (!tail.is_logged_over && has_echo(rendered(raw), line));
}

std::string Shell::say(const std::string& line, const Patience& patience) {
    has_heard_ = false;
    terminal_.write(line + "\r", patience);
    std::string raw;
    std::size_t answered = 0;  // of raw, where a key was pressed
    std::string unanswered;
    for (;;) {
        // a prompt that was logged over, or came without an echo, counts when nothing follows
        const bool is_quiet_enough = !hear_within(usual_quiet * 3, raw, patience);
        const auto tail = tail_of(last_of(std::string_view(raw).substr(answered)), host_);
        if (is_answer(raw, line, tail, is_quiet_enough)) {
            is_without_prompt_ = tail.awaits == Awaits::nothing;
            break;
        }
        const std::string_view key = key_for(tail, is_quiet_enough);
        if (key == no || key == interrupt) unanswered = tail.line;
        if (!key.empty()) {
            terminal_.write(key, patience);
            answered = raw.size();
        }
        if (is_quiet_enough && base::Deadline::clock::now() >= patience.deadline) {
            throw Failure(Errc::timeout,
                          text("it does not answer in time; it said ", shown_end(raw)));
        }
    }
    if (!unanswered.empty()) {
        throw Failure(Errc::device_refused,
                      text("it asks ", base::quoted(unanswered), ", to which nothing is known"));
    }
    return answer_in(rendered(raw), line, host_);
}

}  // namespace xpc::capture::ios_xe

#include "capture/ios_xe/shell.hpp"

#include <algorithm>
#include <deque>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace xpc;
using namespace xpc::capture::ios_xe;

namespace {

/// Answers what is typed by a list of what to expect and what to say then, `piece` bytes at a time.
class ScriptedTerminal final : public Terminal {
public:
    struct Step {
        std::string typed;
        std::string says;
    };

    ScriptedTerminal(std::string greeting, std::deque<Step> steps, std::size_t piece = 1000)
        : pending_(std::move(greeting)), steps_(std::move(steps)), piece_(piece) {}

    std::string read_some(const Patience& patience) override {
        if (!pending_.empty()) {
            auto some = pending_.substr(0, piece_);
            pending_.erase(0, piece_);
            return some;
        }
        if (is_closed_) throw base::Failure(base::Errc::device_lost, "it closed the connection");
        [[maybe_unused]] const auto woken =
            base::wait(base::Fd(), patience.stop, patience.deadline);
        return {};
    }

    void write(std::string_view bytes, const Patience& /*patience*/) override {
        typed_ += bytes;
        if (steps_.empty() || steps_.front().typed != bytes) return;
        pending_ += steps_.front().says;
        steps_.pop_front();
    }

    void close_when_empty() { is_closed_ = true; }

    [[nodiscard]] const std::string& typed() const { return typed_; }

private:
    std::string pending_;
    std::deque<Step> steps_;
    std::size_t piece_;
    std::string typed_;
    bool is_closed_ = false;
};

using Steps = std::deque<ScriptedTerminal::Step>;

/// What every device says before it is asked anything.
Steps begin_of(const std::string& host, Steps rest) {
    Steps steps{{"\r", "\r\n" + host + "#"},
                {"terminal length 0\r", "terminal length 0\r\n" + host + "#"},
                {"terminal width 511\r", "terminal width 511\r\n" + host + "#"}};
    steps.insert(steps.end(), rest.begin(), rest.end());
    return steps;
}

struct Limits {
    base::Stop stop;

    [[nodiscard]] Patience patience(
        std::chrono::milliseconds most = std::chrono::seconds(5)) const {
        return {.stop = stop, .deadline = base::in(most)};
    }
};

template <typename Call>
base::Errc errc_of(Call call) {
    try {
        call();
    } catch (const base::Failure& failure) {
        return failure.error().errc;
    }
    return base::Errc::internal;
}

}  // namespace

TEST_CASE("what a terminal shows is what is left when backspaces and escapes are done") {
    CHECK(rendered("a\r\nb\r\r\nc\rz\n") == "a\nb\nc\nz\n");
    CHECK(rendered("one\n --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\btwo") ==
          "one\ntwo       ");
    CHECK(rendered("\x1b[2Jr1\x1b[0;31m#\x1b[0m\x07") == "r1#");
    CHECK(rendered("\x1b").empty());
}

TEST_CASE("prompts of each mode are known, also where the device cuts the host's name") {
    CHECK(is_prompt("r1#", "r1"));
    CHECK(is_prompt("r1>", "r1"));
    CHECK(is_prompt("r1(config)#", "r1"));
    CHECK(is_prompt("a-router-with-a(config-ext-nacl)#", "a-router-with-a-long-name"));
    CHECK_FALSE(is_prompt("r2#", "r1"));
    CHECK_FALSE(is_prompt("r1", "r1"));
    CHECK_FALSE(is_prompt("(config)#", "r1"));
    CHECK(prompt_candidate("#### Welcome to r1 ####\nr1#") == "r1#");
    CHECK(prompt_candidate("no > here\n*** ^ ***").empty());
}

TEST_CASE("a banner that looks like a prompt is none") {
    Limits limits;
    ScriptedTerminal terminal("\r\n^C#####\r\nlab#\r\n> welcome <\r\nunauthorised#\r\n\r\nr1#",
                              begin_of("r1", {{"show clock\r", "show clock\r\n12:00\r\nr1#"}}));
    Shell shell(terminal, "", limits.patience());
    CHECK(shell.say("show clock", limits.patience()) == "12:00\n");
}

TEST_CASE("an answer is whole though it comes byte by byte and is logged over") {
    Limits limits;
    ScriptedTerminal terminal(
        "r1#",
        begin_of("r1", {{"show x\r",
                         "show x\r\nfirst\r\n*Feb  3 00:58:13.901: %SYS-5-CONFIG_I: "
                         "Configured from console by u\r\nsecond\r\nr1#\r\n*Feb  3 "
                         "00:58:13.902: %BUFCAP-6-ENABLE: Capture Point X\r\n"},
                        {"show y\r", "show y\r\nthird\r\nr1#"}}),
        1);
    Shell shell(terminal, "", limits.patience());
    const auto answer = shell.say("show x", limits.patience());
    CHECK(answer.starts_with("first\n"));
    CHECK(answer.contains("second\n"));
    CHECK_FALSE(answer.contains("r1#"));
    CHECK(shell.say("show y", limits.patience()) == "third\n");
}

TEST_CASE("config mode may have no prompt") {
    Limits limits;
    ScriptedTerminal terminal(
        "r1#",
        begin_of("r1",
                 {{"configure terminal\r",
                   "configure terminal\r\nEnter configuration commands, one per line.  End with "
                   "CNTL/Z.\r\n"},
                  {"permit ip any\r", "permit ip any\r\n% Incomplete command.\r\n\r\n"},
                  {"permit ip any any\r", "permit ip any any\r\n"},
                  {"end\r", "end\r\nr1#"},
                  {"show x\r", "show x\r\n"}}));
    Shell shell(terminal, "", limits.patience());
    CHECK(shell.say("configure terminal", limits.patience()).contains("CNTL/Z"));
    CHECK(shell.say("permit ip any", limits.patience()).contains("Incomplete"));
    CHECK(shell.say("permit ip any any", limits.patience()).empty());
    CHECK(shell.say("end", limits.patience()).empty());
    using namespace std::chrono_literals;
    CHECK(errc_of([&] {
              [[maybe_unused]] const auto answer = shell.say("show x", limits.patience(1500ms));
          }) == base::Errc::timeout);
}

TEST_CASE("pages are turned") {
    Limits limits;
    ScriptedTerminal terminal(
        "r1#",
        begin_of("r1", {{"show x\r", "show x\r\nfirst\r\n --More-- "},
                        {" ", "\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bsecond\r\nr1#"}}));
    Shell shell(terminal, "", limits.patience());
    const auto answer = shell.say("show x", limits.patience());
    CHECK(answer.contains("first"));
    CHECK(answer.contains("second"));
    CHECK_FALSE(answer.contains("More"));
}

TEST_CASE("only questions that are known are confirmed") {
    Limits limits;
    ScriptedTerminal known(
        "r1#",
        begin_of("r1", {{"monitor capture X match any\r",
                         "monitor capture X match any\r\nA filter is already attached to the "
                         "capture . Replace with specified filter?[confirm]"},
                        {"\r", "\r\nr1#"}}));
    Shell shell(known, "", limits.patience());
    CHECK(shell.say("monitor capture X match any", limits.patience()).contains("filter"));

    ScriptedTerminal unknown(
        "r1#",
        begin_of("r1", {{"go\r", "go\r\nProceed with reload? [confirm]"}, {"n", "\r\nr1#"}}));
    Shell other(unknown, "", limits.patience());
    CHECK(errc_of([&] { (void)other.say("go", limits.patience()); }) == base::Errc::device_refused);
    CHECK(unknown.typed().ends_with("go\rn"));
}

TEST_CASE("enable is said only where the prompt asks for it, and its password only when asked") {
    Limits limits;
    const Steps steps{{"\r", "\r\nr1>"},
                      {"enable\r", "enable\r\nPassword: "},
                      {"secret\r", "\r\nr1#"},
                      {"terminal length 0\r", "terminal length 0\r\nr1#"},
                      {"terminal width 511\r", "terminal width 511\r\nr1#"}};
    ScriptedTerminal terminal("r1>", steps);
    const Shell shell(terminal, "secret", limits.patience());
    ScriptedTerminal privileged("r1#", begin_of("r1", {}));
    const Shell other(privileged, "secret", limits.patience());
    CHECK_FALSE(privileged.typed().contains("enable"));
    CHECK_FALSE(privileged.typed().contains("secret"));
}

TEST_CASE("an enable password that is wrong, or missing, is a login that failed") {
    Limits limits;
    const Steps wrong{
        {"\r", "\r\nr1>"}, {"enable\r", "enable\r\nPassword: "}, {"secret\r", "\r\nPassword: "}};
    ScriptedTerminal terminal("r1>", wrong);
    CHECK(errc_of([&] { Shell(terminal, "secret", limits.patience()); }) ==
          base::Errc::device_login);
    const Steps bad{{"\r", "\r\nr1>"},
                    {"enable\r", "enable\r\nPassword: "},
                    {"secret\r", "\r\n% Bad secrets\r\n\r\nr1>"}};
    ScriptedTerminal refusing("r1>", bad);
    CHECK(errc_of([&] { Shell(refusing, "secret", limits.patience()); }) ==
          base::Errc::device_login);
    ScriptedTerminal asking("r1>", wrong);
    CHECK(errc_of([&] { Shell(asking, "", limits.patience()); }) == base::Errc::device_login);
}

TEST_CASE("a device that closes, hangs, or has no line left is told apart") {
    Limits limits;
    ScriptedTerminal full("% Connection refused by remote host\r\n", {});
    full.close_when_empty();
    CHECK(errc_of([&] { Shell(full, "", limits.patience()); }) == base::Errc::device_lines_full);
    ScriptedTerminal silent("", {});
    CHECK(errc_of([&] { Shell(silent, "", limits.patience(std::chrono::milliseconds(400))); }) ==
          base::Errc::timeout);

    ScriptedTerminal closing("r1#", begin_of("r1", {{"show x\r", "show x\r\nfir"}}));
    Shell shell(closing, "", limits.patience());
    closing.close_when_empty();
    CHECK(errc_of([&] { (void)shell.say("show x", limits.patience()); }) ==
          base::Errc::device_lost);
    ScriptedTerminal hanging("r1#", begin_of("r1", {{"show x\r", "show x\r\nfir"}}));
    Shell other(hanging, "", limits.patience());
    CHECK(errc_of([&] {
              (void)other.say("show x", limits.patience(std::chrono::milliseconds(50)));
          }) == base::Errc::timeout);
}

TEST_CASE("a recorded session with a log line behind a prompt is read") {
    std::ifstream file(XPC_TESTS_DIR "/golden/iosxe/switch_session_with_log_line.txt");
    std::ostringstream text;
    text << file.rdbuf();
    const auto session = text.str();
    const auto log = session.find("enabled.");
    REQUIRE(log != std::string::npos);
    const auto shown = rendered(std::string_view(session).substr(0, log + 9));
    const auto tail = tail_of(shown, "lab3850-sw-1");
    CHECK(tail.awaits == Awaits::command);
    CHECK(tail.is_logged_over);
    CHECK(answer_in(shown, "mon cap tftp start", "lab3850-sw-1") ==
          "Started capture point : tftp\n");
}

TEST_CASE("that an export has ended is told behind a prompt, which is one all the same") {
    constexpr std::string_view reports =
        "Export completed for capture point XP1\nExport completed for capture point XP2\n";
    for (const char* before : {"show x\ny\nr1#", "show x\ny\nr1#\n"}) {
        const auto tail = tail_of(std::string(before) + std::string(reports), "r1");
        CHECK(tail.awaits == Awaits::command);
        CHECK(tail.is_logged_over);
        CHECK(tail.line == "r1#");
    }
    CHECK(tail_of("show x\ny\n" + std::string(reports), "r1").awaits == Awaits::nothing);
}

#include "cli/progress_display.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"
#include "cli/job.hpp"
#include "cli/output.hpp"
#include "cli/render.hpp"

namespace xpc::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::string_view erase_line = "\r\x1b[K";
constexpr milliseconds rate_window{1000};
constexpr std::chrono::seconds print_every{5};

}  // namespace

ProgressDisplay::ProgressDisplay(base::Fd err, Environment environment)
    : err_(err), environment_(std::move(environment)), redraws_(can_redraw(err, environment_)) {}

ProgressDisplay::~ProgressDisplay() {
    clear();
}

void ProgressDisplay::show(const Job& job, base::Deadline now) {
    if (job.state == "running" && !running_since_) running_since_ = now;
    const Progress progress{.job = job,
                            .elapsed = running_since_
                                           ? duration_cast<milliseconds>(now - *running_since_)
                                           : milliseconds(0),
                            .packets_per_second = rate(job, now)};
    if (!redraws_) {
        print_if_due(job, progress_line(progress), now);
        return;
    }
    // the width is asked for each time: people resize windows
    const std::size_t width = terminal_width(err_, environment_).value_or(80);
    const std::string line = progress_bar(progress, width, wants_color(err_, environment_));
    write_if_possible(err_, base::text(erase_line, line));
    drawn_ = true;
}

void ProgressDisplay::say(std::string_view text) {
    clear();
    write_if_possible(err_, base::text(text, "\n"));
}

void ProgressDisplay::clear() {
    if (drawn_) write_if_possible(err_, erase_line);
    drawn_ = false;
}

std::optional<std::uint64_t> ProgressDisplay::rate(const Job& job, base::Deadline now) {
    samples_.push_back({.when = now, .packets = job.counters.captured});
    // one sample that is a whole window old stays, to measure from
    while (samples_.size() > 2 && now - samples_[1].when >= rate_window)
        samples_.pop_front();
    const Sample& from = samples_.front();
    const auto span = duration_cast<milliseconds>(now - from.when);
    if (span < rate_window / 2 || job.counters.captured < from.packets) return std::nullopt;
    return (job.counters.captured - from.packets) * 1000 / static_cast<std::uint64_t>(span.count());
}

void ProgressDisplay::print_if_due(const Job& job, const std::string& line, base::Deadline now) {
    const std::string phase = phase_of(job);
    if (phase == printed_phase_ && now - printed_at_ < print_every) return;
    write_if_possible(err_, base::text(line, "\n"));
    printed_phase_ = phase;
    printed_at_ = now;
}

}  // namespace xpc::cli

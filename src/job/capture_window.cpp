#include "job/capture_window.hpp"

#include "base/text.hpp"

namespace xpc::job {

using std::chrono::milliseconds;

void CaptureWindow::set_stored(milliseconds duration) {
    state_.with([duration](State& state) {
        if (!state.was_changed) state.duration = duration;
    });
}

void CaptureWindow::begin(base::Deadline when) {
    state_.with([when](State& state) { state.began = when; });
}

base::Result<void> CaptureWindow::change(milliseconds duration) {
    const auto now = base::Deadline::clock::now();
    auto changed = state_.with([&](State& state) -> base::Result<void> {
        if (state.is_over) {
            return base::refuse(base::Errc::conflict, "duration: the capture has ended already",
                                "duration");
        }
        if (state.began && *state.began + duration <= now) {
            const auto passed = std::chrono::floor<milliseconds>(now - *state.began);
            return base::refuse(
                base::Errc::conflict,
                base::text("duration: the capture has gone on for ", base::human_duration(passed),
                           " already: to end it now, stop it"),
                "duration");
        }
        state.duration = duration;
        state.was_changed = true;
        return {};
    });
    if (changed) moved_.ring();
    return changed;
}

bool CaptureWindow::conclude(bool in_any_case) {
    const auto now = base::Deadline::clock::now();
    return state_.with([&](State& state) {
        if (!in_any_case && now < state.end()) return false;
        state.is_over = true;
        return true;
    });
}

}  // namespace xpc::job

#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/wakeup.hpp"

namespace xpc::job {

/// From when to when a capture is to go on; its user may move the end until it has come.
/// Threads: any.
class CaptureWindow {
public:
    explicit CaptureWindow(std::chrono::milliseconds duration)
        : state_(State{.duration = duration}) {}

    [[nodiscard]] std::chrono::milliseconds duration() const { return state_.copy().duration; }

    /// What is stored of a capture that begins; nothing, when its user has changed that meanwhile.
    void set_stored(std::chrono::milliseconds duration);

    void begin(base::Deadline when);

    /// Moves the end.
    /// Errors: conflict, with field "duration", when it would be in the past, or has been.
    [[nodiscard]] base::Result<void> change(std::chrono::milliseconds duration);

    /// When it ends; never, before it has begun.
    [[nodiscard]] base::Deadline end() const { return state_.copy().end(); }

    /// That the capture ends, and nobody can move that any more. False, and nothing done, where
    /// the end has been moved since it was asked for; not, where it is to end now `in_any_case`.
    [[nodiscard]] bool conclude(bool in_any_case);

    /// Rings when the end has been moved.
    [[nodiscard]] const base::Wakeup& moved() const noexcept { return moved_; }

    void hear_moved() noexcept { moved_.clear(); }

private:
    struct State {
        std::chrono::milliseconds duration{};
        std::optional<base::Deadline> began;
        bool was_changed = false;
        bool is_over = false;

        [[nodiscard]] base::Deadline end() const { return began ? *began + duration : base::never; }
    };

    base::Guarded<State> state_;
    base::Wakeup moved_;
};

}  // namespace xpc::job

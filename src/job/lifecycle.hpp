#pragma once

#include <optional>
#include <string_view>

namespace xpc::job {

/// Where the capture of a job is.
enum class State { queued, starting, running, stopping, stopped };

/// Where its file is. Begins when the capture has stopped.
enum class Delivery { none, uploading, delivered, failed };

/// Why the capture ended.
enum class StopReason { duration, packets, bytes, user, device, error, crash };

[[nodiscard]] std::string_view word(State state) noexcept;
[[nodiscard]] std::string_view word(Delivery delivery) noexcept;
[[nodiscard]] std::string_view word(StopReason reason) noexcept;

[[nodiscard]] std::optional<State> state_from(std::string_view word) noexcept;
[[nodiscard]] std::optional<Delivery> delivery_from(std::string_view word) noexcept;
[[nodiscard]] std::optional<StopReason> stop_reason_from(std::string_view word) noexcept;

struct Position {
    State state = State::queued;
    Delivery delivery = Delivery::none;

    friend bool operator==(const Position&, const Position&) = default;
};

/// Whether a job may go from one position to the other. Every change of the job store obeys it.
[[nodiscard]] bool may_follow(Position from, Position to) noexcept;

/// Nothing will change any more.
[[nodiscard]] bool is_final(Position position) noexcept;

}  // namespace xpc::job

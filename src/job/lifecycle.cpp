#include "job/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace xpc::job {
namespace {

template <typename Enum, std::size_t N>
using Words = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Words<State, 5> states{{{State::queued, "queued"},
                                  {State::starting, "starting"},
                                  {State::running, "running"},
                                  {State::stopping, "stopping"},
                                  {State::stopped, "stopped"}}};

constexpr Words<Delivery, 4> deliveries{{{Delivery::none, "none"},
                                         {Delivery::uploading, "uploading"},
                                         {Delivery::delivered, "delivered"},
                                         {Delivery::failed, "failed"}}};

constexpr Words<StopReason, 7> stop_reasons{{{StopReason::duration, "duration"},
                                             {StopReason::packets, "packets"},
                                             {StopReason::bytes, "bytes"},
                                             {StopReason::user, "user"},
                                             {StopReason::device, "device"},
                                             {StopReason::error, "error"},
                                             {StopReason::crash, "crash"}}};

template <typename Enum, std::size_t N>
std::string_view word_of(const Words<Enum, N>& words, Enum value) {
    return std::ranges::find(words, value, &std::pair<Enum, std::string_view>::first)->second;
}

template <typename Enum, std::size_t N>
std::optional<Enum> value_of(const Words<Enum, N>& words, std::string_view word) {
    const auto found = std::ranges::find(words, word, &std::pair<Enum, std::string_view>::second);
    return found == words.end() ? std::nullopt : std::optional(found->first);
}

struct Step {
    Position from;
    Position to;
};

constexpr auto steps = std::to_array<Step>({
    // the straight way
    {{State::queued, Delivery::none}, {State::starting, Delivery::none}},
    {{State::starting, Delivery::none}, {State::running, Delivery::none}},
    {{State::running, Delivery::none}, {State::stopping, Delivery::none}},
    {{State::stopping, Delivery::none}, {State::stopped, Delivery::uploading}},
    {{State::stopped, Delivery::uploading}, {State::stopped, Delivery::delivered}},
    {{State::stopped, Delivery::uploading}, {State::stopped, Delivery::failed}},
    // stopped by its user before it began, or could not begin: there is nothing to deliver
    {{State::queued, Delivery::none}, {State::stopped, Delivery::failed}},
    {{State::starting, Delivery::none}, {State::stopped, Delivery::failed}},
    // the capture itself broke, and nothing could be kept
    {{State::running, Delivery::none}, {State::stopped, Delivery::failed}},
    {{State::stopping, Delivery::none}, {State::stopped, Delivery::failed}},
    {{State::stopped, Delivery::none}, {State::stopped, Delivery::failed}},
    // the store had no room for "stopping"
    {{State::running, Delivery::none}, {State::stopped, Delivery::uploading}},
    // after a crash: what had not begun begins again, what ran is ended with what it had
    {{State::starting, Delivery::none}, {State::queued, Delivery::none}},
    {{State::running, Delivery::none}, {State::stopped, Delivery::none}},
    {{State::stopping, Delivery::none}, {State::stopped, Delivery::none}},
    {{State::stopped, Delivery::none}, {State::stopped, Delivery::uploading}},
});

}  // namespace

std::string_view word(State state) noexcept {
    return word_of(states, state);
}

std::string_view word(Delivery delivery) noexcept {
    return word_of(deliveries, delivery);
}

std::string_view word(StopReason reason) noexcept {
    return word_of(stop_reasons, reason);
}

std::optional<State> state_from(std::string_view word) noexcept {
    return value_of(states, word);
}

std::optional<Delivery> delivery_from(std::string_view word) noexcept {
    return value_of(deliveries, word);
}

std::optional<StopReason> stop_reason_from(std::string_view word) noexcept {
    return value_of(stop_reasons, word);
}

bool may_follow(Position from, Position to) noexcept {
    return std::ranges::any_of(
        steps, [&](const Step& step) { return step.from == from && step.to == to; });
}

bool is_final(Position position) noexcept {
    return position.delivery == Delivery::delivered || position.delivery == Delivery::failed;
}

}  // namespace xpc::job

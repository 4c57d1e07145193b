#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "capture/engine.hpp"

namespace xpc::tests {

/// A device that captures by itself: what it has outlives each engine that speaks to it, as a
/// router outlives the processes that do.
struct Device {
    struct Point {
        base::WallTime began;
        std::chrono::milliseconds duration{};
        bool has_file = false;
    };

    std::mutex mutex;                     ///< for all below, while an engine uses it
    std::map<std::string, Point> points;  ///< by name
    std::vector<std::string> dialogue;    ///< what it was told, in order
    std::string refusal;                  ///< of a request; empty: none
    std::optional<base::Error> away;      ///< why nobody reaches it
    std::optional<base::Error> broken;    ///< what goes wrong the next time that a file is fetched
    std::size_t frames = 3;               ///< that each capture has
    /// Until when captures that are to begin have to wait; before any engine speaks to it.
    const base::Stop* held_until = nullptr;

    void told(std::string what) { dialogue.push_back(std::move(what)); }

    template <typename Use>
    auto with(Use&& use) {
        const std::lock_guard lock(mutex);
        return std::forward<Use>(use)();
    }

    [[nodiscard]] std::vector<std::string> names() {
        return with([this] {
            std::vector<std::string> all;
            for (const auto& [name, point] : points)
                all.push_back(name);
            return all;
        });
    }

    [[nodiscard]] std::size_t count(const std::string& what) {
        return with([&] { return static_cast<std::size_t>(std::ranges::count(dialogue, what)); });
    }
};

/// One capture of it; leaving it without finish() leaves it running.
class DeviceCapture final : public capture::Capture {
public:
    DeviceCapture(Device& device, const capture::CaptureOptions& options, bool is_new)
        : device_(device), name_(options.name), options_(options), is_new_(is_new) {
        description_ = {.interface = options.interface,
                        .link_type = pcap::LinkType::ethernet,
                        .snaplen = options.snaplen,
                        .filter = {}};
    }

    [[nodiscard]] const capture::Description& description() const noexcept override {
        return description_;
    }

    [[nodiscard]] const std::string& identity() const noexcept override { return name_; }

    capture::Began start(pcap::FrameConsumer& consumer) override {
        consumer_ = &consumer;
        return device_.with([&]() -> capture::Began {
            auto& point = device_.points[name_];
            if (is_new_) {
                device_.told("start " + name_);
                point = {.began = base::wall_now(), .duration = options_.duration};
            }
            if (options_.dialogue != nullptr) {
                options_.dialogue->said("monitor capture " + name_ + " start");
                options_.dialogue->answered("Started capture point : " + name_);
            }
            const auto age = base::wall_now() - point.began;
            return {.at = point.began, .on = base::Deadline::clock::now() - age};
        });
    }

    [[nodiscard]] const base::Stop& ended() const noexcept override { return ended_; }

    capture::End finish() override {
        device_.with([&] {
            if (device_.away) throw base::Failure(*device_.away);
            device_.told("stop " + name_);
            device_.points[name_].has_file = true;
            if (auto broken = std::exchange(device_.broken, std::nullopt)) {
                throw base::Failure(std::move(*broken));
            }
        });
        const std::vector<std::byte> payload(64);
        std::vector<pcap::FrameView> frames;
        for (std::size_t i = 0; i < device_.frames; ++i) {
            frames.push_back({.pieces = {payload},
                              .captured_bytes = 64,
                              .wire_bytes = 64,
                              .when = base::wall_now()});
        }
        [[maybe_unused]] const auto taken = consumer_->accept(frames);
        consumer_->batch_done({.seen = device_.frames});
        return {.reason = capture::EndReason::stopped, .at = base::wall_now()};
    }

private:
    Device& device_;
    std::string name_;
    capture::CaptureOptions options_;
    bool is_new_;
    capture::Description description_;
    pcap::FrameConsumer* consumer_ = nullptr;
    base::Stop ended_;
};

class DeviceEngine final : public capture::Engine {
public:
    explicit DeviceEngine(Device& device, std::size_t most_captures = 0)
        : device_(device), most_captures_(most_captures) {}

    [[nodiscard]] base::Result<capture::Description> check(
        const capture::CaptureOptions& options) const override {
        if (!device_.refusal.empty()) {
            return base::refuse(base::Errc::invalid_value, device_.refusal, "interface");
        }
        return capture::Description{.interface = options.interface,
                                    .link_type = pcap::LinkType::ethernet,
                                    .snaplen = options.snaplen};
    }

    [[nodiscard]] bool has_room(const std::string& /*interface*/) override { return true; }

    [[nodiscard]] std::vector<std::unique_ptr<capture::Capture>> open(
        const capture::CaptureOptions& options) override {
        if (auto away = away_now()) throw base::Failure(std::move(*away));
        if (device_.held_until != nullptr) {
            [[maybe_unused]] const auto woken =
                base::wait(base::Fd(), *device_.held_until, base::in(std::chrono::seconds(20)));
        }
        std::vector<std::unique_ptr<capture::Capture>> one;
        one.push_back(std::make_unique<DeviceCapture>(device_, options, true));
        return one;
    }

    [[nodiscard]] bool outlives_us() const noexcept override { return true; }

    [[nodiscard]] std::string capture_name(std::int64_t job_number) const override {
        return "XP" + std::to_string(job_number);
    }

    [[nodiscard]] std::size_t most_captures() const noexcept override { return most_captures_; }

    [[nodiscard]] base::Result<void> readiness() override {
        if (auto away = away_now()) return std::unexpected(std::move(*away));
        return {};
    }

    [[nodiscard]] std::unique_ptr<capture::Capture> resume(
        const capture::CaptureOptions& options) override {
        if (auto away = away_now()) throw base::Failure(std::move(*away));
        const bool is_there = device_.with([&] {
            device_.told("resume " + options.name);
            return device_.points.contains(options.name);
        });
        if (!is_there) {
            throw base::Failure(base::Errc::device, options.name + ": the capture is gone");
        }
        return std::make_unique<DeviceCapture>(device_, options, false);
    }

    [[nodiscard]] base::Result<void> clear(const std::string& name,
                                           capture::Dialogue* dialogue) override {
        if (auto away = away_now()) return std::unexpected(std::move(*away));
        device_.with([&] {
            device_.told("clear " + name);
            device_.points.erase(name);
        });
        if (dialogue != nullptr) dialogue->said("no monitor capture " + name);
        return {};
    }

    [[nodiscard]] base::Result<std::vector<std::string>> sweep(
        std::span<const std::string> kept) override {
        if (auto away = away_now()) return std::unexpected(std::move(*away));
        return device_.with([&]() -> std::vector<std::string> {
            device_.told("sweep");
            std::vector<std::string> swept;
            std::erase_if(device_.points, [&](const auto& point) {
                const bool goes =
                    point.first.starts_with("XP") && std::ranges::count(kept, point.first) == 0;
                if (goes) swept.push_back(point.first);
                return goes;
            });
            return swept;
        });
    }

    void prepare() override {}

private:
    std::optional<base::Error> away_now() {
        return device_.with([this] { return device_.away; });
    }

    Device& device_;
    std::size_t most_captures_;
};

}  // namespace xpc::tests

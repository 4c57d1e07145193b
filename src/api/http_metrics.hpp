#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/metrics.hpp"

namespace xpc::api {

/// Requests by route and status, and how long each route took.
/// Threads: place(): before the first request; the rest: any.
class HttpMetrics {
public:
    /// Where requests of one route are counted, without a lock.
    class Place {
    public:
        Place(std::string_view method, std::string_view path);

        void add(int status, std::chrono::nanoseconds took) noexcept;

    private:
        friend class HttpMetrics;
        static constexpr int statuses = 500;  // from 100 on

        base::MetricLabels labels_;
        std::array<std::atomic<std::uint64_t>, statuses> by_status_{};
        base::DurationHistogram took_;
    };

    HttpMetrics();

    [[nodiscard]] Place& place(std::string_view method, std::string_view path);

    /// Of requests that have no route, or are none.
    [[nodiscard]] Place& elsewhere() noexcept { return places_.front(); }

    void write(base::MetricsText& out) const;

private:
    std::deque<Place> places_;  ///< which stay where they are
};

}  // namespace xpc::api

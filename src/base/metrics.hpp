#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.hpp"

namespace xpc::base {

/// What only grows. Threads: any; no locks.
class Counter {
public:
    void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }

    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

/// How long things took, in buckets. Threads: any; no locks.
class DurationHistogram {
public:
    /// Upper bounds, ascending, of all buckets but the last, which takes the rest.
    /// Lifetime: the bounds outlive the histogram.
    explicit DurationHistogram(std::span<const std::chrono::milliseconds> bounds)
        : bounds_(bounds), buckets_(bounds.size() + 1) {}

    void add(std::chrono::nanoseconds took) noexcept;

    [[nodiscard]] std::span<const std::chrono::milliseconds> bounds() const noexcept {
        return bounds_;
    }

    /// Of each bucket alone.
    [[nodiscard]] std::vector<std::uint64_t> counts() const;

    [[nodiscard]] std::chrono::nanoseconds sum() const noexcept {
        return std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
    }

private:
    std::span<const std::chrono::milliseconds> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_;
    std::atomic<std::int64_t> sum_ = 0;
};

using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

/// Counters of one name that differ in the values of their labels.
/// Threads: any. with() takes a lock: what counts often asks once.
class CounterFamily {
public:
    /// Stays where it is as long as the family.
    [[nodiscard]] Counter& with(const MetricLabels& labels);

    [[nodiscard]] std::vector<std::pair<MetricLabels, std::uint64_t>> values() const;

private:
    mutable Guarded<std::map<MetricLabels, std::unique_ptr<Counter>>> counters_;
};

/// Writes metrics as Prometheus reads them: the text format, version 0.0.4.
/// Source: prometheus.io/docs/instrumenting/exposition_formats
class MetricsText {
public:
    void counter(std::string_view name, std::string_view help, std::uint64_t count);
    void counter(std::string_view name, std::string_view help, const CounterFamily& family);
    void gauge(std::string_view name, std::string_view help, std::uint64_t amount);

    /// What a metric is; its values have to follow.
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void value(std::string_view name, const MetricLabels& labels, std::string_view value);
    void value(std::string_view name, const MetricLabels& labels, std::uint64_t count);
    void value(std::string_view name, MetricLabels labels, const DurationHistogram& histogram);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// "0.005", "12.000001": seconds, as many digits as are needed.
[[nodiscard]] std::string metric_seconds(std::chrono::nanoseconds duration);

}  // namespace xpc::base

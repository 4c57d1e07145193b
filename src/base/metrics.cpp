#include "base/metrics.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::base {
namespace {

/// A label's value may hold anything; three characters are written otherwise.
std::string escaped(std::string_view raw) {
    std::string out;
    for (const char c : raw) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

std::string written(const MetricLabels& labels) {
    if (labels.empty()) return {};
    std::string out = "{";
    for (const auto& [name, value] : labels)
        out += text(out.size() > 1 ? "," : "", name, "=\"", escaped(value), '"');
    return out + "}";
}

}  // namespace

void DurationHistogram::add(std::chrono::nanoseconds took) noexcept {
    const auto found = std::ranges::lower_bound(bounds_, took);
    const auto index = static_cast<std::size_t>(found - bounds_.begin());
    buckets_[index].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(took.count(), std::memory_order_relaxed);
}

std::vector<std::uint64_t> DurationHistogram::counts() const {
    std::vector<std::uint64_t> counts;
    counts.reserve(buckets_.size());
    for (const auto& bucket : buckets_)
        counts.push_back(bucket.load(std::memory_order_relaxed));
    return counts;
}

Counter& CounterFamily::with(const MetricLabels& labels) {
    return counters_.with([&labels](auto& counters) -> Counter& {
        auto& counter = counters[labels];
        if (!counter) counter = std::make_unique<Counter>();
        return *counter;
    });
}

std::vector<std::pair<MetricLabels, std::uint64_t>> CounterFamily::values() const {
    return counters_.with([](const auto& counters) {
        std::vector<std::pair<MetricLabels, std::uint64_t>> values;
        values.reserve(counters.size());
        for (const auto& [labels, counter] : counters)
            values.emplace_back(labels, counter->value());
        return values;
    });
}

void MetricsText::begin(std::string_view name, std::string_view type, std::string_view help) {
    text_ += base::text("# HELP ", name, ' ', help, "\n# TYPE ", name, ' ', type, '\n');
}

void MetricsText::value(std::string_view name, const MetricLabels& labels, std::string_view value) {
    text_ += base::text(name, written(labels), ' ', value, '\n');
}

void MetricsText::value(std::string_view name, const MetricLabels& labels, std::uint64_t count) {
    value(name, labels, std::string_view(std::to_string(count)));
}

void MetricsText::value(std::string_view name, MetricLabels labels,
                        const DurationHistogram& histogram) {
    const auto counts = histogram.counts();
    const std::string sum = metric_seconds(histogram.sum());
    const MetricLabels plain = labels;
    std::uint64_t total = 0;
    labels.emplace_back("le", "");
    for (std::size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        labels.back().second =
            i < histogram.bounds().size() ? metric_seconds(histogram.bounds()[i]) : "+Inf";
        value(base::text(name, "_bucket"), labels, total);
    }
    value(base::text(name, "_sum"), plain, std::string_view(sum));
    value(base::text(name, "_count"), plain, total);
}

void MetricsText::counter(std::string_view name, std::string_view help, std::uint64_t count) {
    begin(name, "counter", help);
    value(name, {}, count);
}

void MetricsText::counter(std::string_view name, std::string_view help,
                          const CounterFamily& family) {
    begin(name, "counter", help);
    for (const auto& [labels, count] : family.values())
        value(name, labels, count);
}

void MetricsText::gauge(std::string_view name, std::string_view help, std::uint64_t amount) {
    begin(name, "gauge", help);
    value(name, {}, amount);
}

std::string metric_seconds(std::chrono::nanoseconds duration) {
    constexpr std::int64_t billion = 1'000'000'000;
    const std::string whole = std::to_string(duration.count() / billion);
    std::string fraction = std::to_string(duration.count() % billion);
    fraction.insert(0, 9 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? whole : text(whole, '.', fraction);
}

}  // namespace xpc::base

#include "api/http_metrics.hpp"

namespace xpc::api {
namespace {

using std::chrono::milliseconds;

constexpr auto bounds = std::to_array<milliseconds>(
    {milliseconds(1), milliseconds(5), milliseconds(10), milliseconds(25), milliseconds(50),
     milliseconds(100), milliseconds(250), milliseconds(1000), milliseconds(5000)});

constexpr int first_status = 100;

}  // namespace

HttpMetrics::Place::Place(std::string_view method, std::string_view path)
    : labels_{{"method", std::string(method)}, {"route", std::string(path)}}, took_(bounds) {}

void HttpMetrics::Place::add(int status, std::chrono::nanoseconds took) noexcept {
    const int index = status - first_status;
    if (index < 0 || index >= statuses) return;
    by_status_[static_cast<std::size_t>(index)].fetch_add(1, std::memory_order_relaxed);
    took_.add(took);
}

HttpMetrics::HttpMetrics() {
    places_.emplace_back("other", "none");
}

HttpMetrics::Place& HttpMetrics::place(std::string_view method, std::string_view path) {
    return places_.emplace_back(method, path);
}

void HttpMetrics::write(base::MetricsText& out) const {
    constexpr std::string_view requests = "xepacketcap_http_requests_total";
    out.begin(requests, "counter", "Requests, by route and the status of the reply.");
    for (const Place& place : places_) {
        for (std::size_t i = 0; i < place.by_status_.size(); ++i) {
            const auto count = place.by_status_[i].load(std::memory_order_relaxed);
            if (count == 0) continue;
            auto labels = place.labels_;
            labels.emplace_back("status", std::to_string(i + first_status));
            out.value(requests, labels, count);
        }
    }
    constexpr std::string_view seconds = "xepacketcap_http_request_seconds";
    out.begin(seconds, "histogram", "From a whole request to its reply, before that is sent.");
    for (const Place& place : places_)
        out.value(seconds, place.labels_, place.took_);
}

}  // namespace xpc::api

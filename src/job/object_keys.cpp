#include "job/object_keys.hpp"

#include "base/text.hpp"

namespace xpc::job {

using base::text;

std::string object_key(std::int64_t epoch_milliseconds, pcap::FileFormat format) {
    const bool is_pcapng = format == pcap::FileFormat::pcapng;
    return text(epoch_milliseconds, is_pcapng ? ".pcapng" : ".pcap");
}

std::string segment_key(std::string_view job_key, std::uint32_t number) {
    constexpr std::size_t least_digits = 4;
    std::string digits = std::to_string(number);
    if (digits.size() < least_digits) digits.insert(0, least_digits - digits.size(), '0');
    const auto dot = std::min(job_key.rfind('.'), job_key.size());
    return text(job_key.substr(0, dot), '-', digits, job_key.substr(dot));
}

sink::Destination segment_destination(const Job& job, const Segment& segment) {
    sink::Destination destination = job.destination;
    destination.key = segment.key;
    return destination;
}

std::string object_url(const Job& job, std::string_view key) {
    std::string_view url = job.url;
    if (url.ends_with(job.destination.key)) url.remove_suffix(job.destination.key.size());
    return text(url, key);
}

}  // namespace xpc::job

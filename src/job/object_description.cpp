#include "job/object_description.hpp"

#include <string_view>

#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::text;

/// As much of it as there is room for: S3 takes 2 KB of metadata, and a request may have more.
std::string cut(std::string_view words) {
    constexpr std::size_t most_bytes = 200;
    if (words.size() <= most_bytes) return std::string(words);
    std::size_t end = most_bytes;
    while (base::continues_character(words[end]))
        --end;
    return text(words.substr(0, end), "...");
}

/// "udp from 10.0.0.1 to any and back, port 53"
std::string filter_words(const JobRequest& request) {
    std::string words = text(request.proto, " from ", request.src, " to ", request.dst);
    if (request.bidirectional) words += " and back";
    if (request.direction != "both") words += text(", only ", request.direction);
    if (!request.filter.empty()) words += text(", ", request.filter);
    return words;
}

}  // namespace

sink::ObjectOptions described_object(const Job& job) {
    const JobRequest& request = job.request;
    sink::ObjectOptions object = request.object;
    const auto say = [&object](const char* name, std::string_view value) {
        if (!base::trimmed(value).empty()) object.metadata.emplace_back(name, cut(value));
    };
    say("job", job.id);
    say("number", std::to_string(job.number));
    say("device", request.device);
    say("interface", base::joined(request.interfaces, ","));
    say("filter", filter_words(request));
    say("by", request.by);
    say("comment", request.comment);
    return object;
}

sink::Labels described(const Counters& counters) {
    return {{"received", std::to_string(counters.received)},
            {"captured", std::to_string(counters.captured)},
            {"dropped", std::to_string(counters.dropped_ring + counters.dropped_queue +
                                       counters.dropped_disk)}};
}

sink::Labels described(const Segment& segment) {
    return {{"captured", std::to_string(segment.frames)}};
}

}  // namespace xpc::job

#include "cli/render.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/job.hpp"
#include "cli/printable.hpp"

namespace xpc::cli {
namespace {

using base::grouped;
using base::human_bytes;
using base::human_duration;
using base::text;

std::string packets_text(std::uint64_t count) {
    return text(grouped(count), count == 1 ? " packet" : " packets");
}

/// One line of a summary: its title in a column of its own.
std::string row(std::string_view title, const std::string& value) {
    constexpr std::size_t title_columns = 11;
    std::string line(title);
    line.resize(std::max(line.size() + 1, title_columns), ' ');
    return text(line, value, "\n");
}

std::string reason_text(const Job& job) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{
        {{"duration", "duration reached"},
         {"packets", "packet limit reached"},
         {"bytes", "byte limit reached"},
         {"user", "stopped by a user"},
         {"device", "the interface went away"},
         {"error", "an error ended it"},
         {"crash", "the server was killed"}}};
    for (const auto& [word, sentence] : known) {
        if (word == job.stop_reason) return std::string(sentence);
    }
    return printable(job.stop_reason);
}

std::string captured_text(const Job& job) {
    std::string out =
        text(packets_text(job.counters.captured), ", ", human_bytes(job.counters.bytes));
    if (const auto time = job.captured_for()) out += text(" in ", human_duration(*time));
    if (!job.stop_reason.empty()) out += text(" (", reason_text(job), ")");
    return out;
}

/// What was asked for, as far as it was.
std::string request_rows(const Job::Request& request) {
    std::string out;
    const auto add_text = [&out](std::string_view title, const std::string& value) {
        if (!value.empty()) out += row(title, printable(value));
    };
    if (request.device != "local") add_text("device", request.device);
    out += row("interface", printable(base::joined(request.interfaces, ", ")));
    out += row("filter", filter_text(request));
    if (request.snaplen > 0) {
        out += row("snaplen", text(grouped(request.snaplen), " bytes of each packet"));
    }
    if (request.buffer_mib > 0) {
        out += row("buffer", text(grouped(request.buffer_mib), " MiB on the device"));
    }
    if (request.circular) out += row("keeps", "the last packets that fit into the buffer");
    if (request.packets_per_second > 0) {
        out += row("at most", text(packets_text(request.packets_per_second), " a second"));
    }
    out += row("duration", human_duration(request.duration));
    if (request.packets > 0) out += row("at most", packets_text(request.packets));
    if (request.bytes > 0) out += row("at most", text(grouped(request.bytes), " bytes"));
    std::string segment;
    if (request.segment_bytes > 0) segment = text(grouped(request.segment_bytes), " bytes");
    if (request.segment_duration.count() > 0) {
        segment += text(segment.empty() ? "" : " or ", human_duration(request.segment_duration));
    }
    if (request.segments_kept > 0) {
        segment += text(", the last ", grouped(request.segments_kept), " kept");
    }
    if (!segment.empty()) out += row("segments", text("of ", segment));
    add_text("format", request.format);
    out += row("bucket", printable(request.bucket));
    add_text("by", request.by);
    add_text("comment", request.comment);
    return out;
}

/// "2026-11-23 08:15:30 UTC"; what has another form stays as it is.
std::string time_text(const std::string& rfc3339) {
    if (rfc3339.size() < 20 || rfc3339[10] != 'T' || !rfc3339.ends_with('Z')) {
        return printable(rfc3339);
    }
    return text(printable(rfc3339.substr(0, 10)), " ", printable(rfc3339.substr(11, 8)), " UTC");
}

/// A command that shows the capture. The URL of an object in S3 needs credentials, so there the
/// server is asked for one that does not.
std::string opening_command(const Job& job, const std::optional<std::string>& file,
                            std::string_view server) {
    if (file) {
        // tshark would take a leading dash for an option
        return text("tshark -r ", file->starts_with('-') ? "./" : "", shell_word(*file));
    }
    if (job.url.starts_with(text(server, "/"))) {
        return text("curl -s ", shell_word(job.url), " | tshark -r -");
    }
    const std::string url = text(server, "/api/v1/jobs/", job.id, "/file");
    return text("curl -sL ", shell_word(url), " | tshark -r -");
}

}  // namespace

std::string name_of(const Job& job) {
    return text("job ", job.number == 0 ? printable(job.id) : std::to_string(job.number));
}

std::string phase_of(const Job& job) {
    const bool stopped = job.state == "stopped" && job.delivery != "none";
    return printable(stopped ? job.delivery : job.state);
}

std::string filter_text(const Job::Request& request) {
    std::string out = request.proto == "any" ? "" : request.proto;
    const auto add = [&out](std::string_view between, const std::string& piece) {
        out += text(out.empty() ? "" : between, piece);
    };
    if (request.src != "any" || request.dst != "any") {
        add(" ", text(request.src, request.bidirectional ? " <-> " : " -> ", request.dst));
    }
    if (request.src_port > 0) add(", ", text("from port ", request.src_port));
    if (request.dst_port > 0) add(", ", text("to port ", request.dst_port));
    if (!request.filter.empty()) add(" and ", text("(", request.filter, ")"));
    if (out.empty()) out = "everything";
    if (request.direction == "in" || request.direction == "out") out += ", " + request.direction;
    return printable(out);
}

std::string lost_text(const Job& job) {
    const Job::Counters& counters = job.counters;
    // its last counts died with the server
    const bool all_known = job.stop_reason != "crash";
    if (counters.lost() == 0) return all_known ? "0" : "not known";
    std::string where;
    const auto add = [&where](std::uint64_t count, std::string_view place) {
        if (count > 0) where += text(where.empty() ? "" : ", ", grouped(count), " ", place);
    };
    add(counters.ring, "in the ring (the kernel had no room)");
    add(counters.queue, "in the queue (the job's memory was used up)");
    add(counters.disk, "at the disk (it refused them)");
    return text(all_known ? "" : "at least ", packets_text(counters.lost()), ": ", where);
}

std::string summary(const Job& job, const std::optional<std::string>& file,
                    std::string_view server) {
    std::string out = text(name_of(job), " ", job.ended() ? phase_of(job) : "goes on", "\n");
    out += row("captured", captured_text(job));
    out += row(job.counters.lost() > 0 ? "LOST" : "lost", lost_text(job));
    const bool one_file = job.objects.empty();
    if (job.delivered() && one_file) out += row("object", printable(job.url));
    if (!one_file) {
        out += row("objects", text(grouped(job.objects.size()), " in all, the first ",
                                   printable(job.objects.front().url)));
    }
    if (file) out += row("file", printable(*file));
    if ((job.delivered() && one_file) || file)
        out += row("open with", opening_command(job, file, server));
    return out;
}

std::string job_details(const Job& job) {
    std::string out = row("number", std::to_string(job.number));
    out += row("id", printable(job.id));
    out += row("state", printable(job.state));
    out += row("delivery", printable(job.delivery));
    if (!job.waiting.empty()) out += row("waits for", printable(job.waiting));
    out += request_rows(job.request);
    out += row("received", packets_text(job.counters.received));
    out += row("captured", captured_text(job));
    out += row("filtered", packets_text(job.counters.filtered));
    out += row(job.counters.lost() > 0 ? "LOST" : "lost", lost_text(job));
    const auto add_time = [&out](std::string_view title, const std::string& when) {
        if (!when.empty()) out += row(title, time_text(when));
    };
    add_time("created", job.created_at);
    add_time("started", job.started_at);
    add_time("stopped", job.stopped_at);
    add_time("delivered", job.delivered_at);
    out += row("url", printable(job.url));
    if (job.object) {
        out += row("object", text(printable(job.object->bucket), "/", printable(job.object->key),
                                  ", ", grouped(job.object->bytes), " bytes"));
    }
    for (const Job::Segment& segment : job.objects) {
        out += row("object", text(printable(segment.url), ", ", packets_text(segment.frames), ", ",
                                  grouped(segment.bytes), " bytes, ", printable(segment.delivery)));
    }
    for (const Job::Error& error : job.errors)
        out += row("ERROR", text(printable(error.message), " (", printable(error.code), ")"));
    return out;
}

}  // namespace xpc::cli

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/job.hpp"
#include "cli/printable.hpp"
#include "cli/render.hpp"

namespace xpc::cli {
namespace {

using base::grouped;
using base::human_bytes;
using base::text;
using std::chrono::milliseconds;

/// "0:04", "1:02:03".
std::string clock_text(milliseconds duration) {
    const auto total = std::chrono::floor<std::chrono::seconds>(duration).count();
    const auto two = [](auto number) { return text(number < 10 ? "0" : "", number); };
    if (total < 3600) return text(total / 60, ":", two(total % 60));
    return text(total / 3600, ":", two(total / 60 % 60), ":", two(total % 60));
}

enum class Limit { time, packets, bytes };

std::string waiting_text(const Job& job) {
    return job.waiting.empty() ? "" : text(", waits: ", printable(job.waiting));
}

/// How far a capture is on its way to the limit that it is nearest to.
struct Way {
    Limit limit = Limit::time;
    double done = 0.0;  ///< of 1
};

Way nearest_limit(const Progress& progress) {
    const Job& job = progress.job;
    const auto share = [](auto done, auto whole) {
        return std::clamp(static_cast<double>(done) / static_cast<double>(whole), 0.0, 1.0);
    };
    const milliseconds duration = job.request.duration;
    Way nearest{.done =
                    duration.count() > 0 ? share(progress.elapsed.count(), duration.count()) : 1.0};
    const auto consider = [&](Limit limit, std::uint64_t done, std::uint64_t whole) {
        if (whole == 0) return;
        if (const double part = share(done, whole); part > nearest.done) nearest = {limit, part};
    };
    consider(Limit::packets, job.counters.captured, job.request.packets);
    consider(Limit::bytes, job.counters.bytes, job.request.bytes);
    return nearest;
}

/// "[=====>    ]" with `cells` between the brackets.
std::string bar(double done, std::size_t cells) {
    const auto full = static_cast<std::size_t>(static_cast<double>(cells) * done);
    std::string inside(full, '=');
    if (full < cells) inside += '>';
    inside.resize(cells, ' ');
    return text("[", inside, "]");
}

/// What stands beside the bar, in this order; what matters least has the highest rank.
struct Piece {
    std::string text;
    int rank = 0;
    bool alarming = false;
};

std::vector<Piece> pieces_of(const Progress& progress) {
    const Job& job = progress.job;
    std::vector<Piece> pieces;
    const bool running = job.state == "running" || job.state == "stopping";
    std::string packets = text(grouped(job.counters.captured), " packets");
    std::string bytes = human_bytes(job.counters.bytes);
    if (job.state == "running") {
        std::string way;
        switch (nearest_limit(progress).limit) {
            case Limit::time:
                way = text(clock_text(std::min(progress.elapsed, job.request.duration)), "/",
                           clock_text(job.request.duration));
                break;
            case Limit::packets:
                way = text(grouped(job.counters.captured), "/", grouped(job.request.packets),
                           " packets");
                packets.clear();
                break;
            case Limit::bytes:
                way = text(bytes, "/", human_bytes(job.request.bytes));
                bytes.clear();
                break;
        }
        pieces.push_back({.text = std::move(way), .rank = 1});
    } else {
        const bool delivering = job.state == "stopped";
        pieces.push_back(
            {.text = text(name_of(job), " ", delivering ? "stopped, delivering" : phase_of(job),
                          delivering ? "" : waiting_text(job)),
             .rank = 1});
    }
    if (running || job.state == "stopped") {
        if (!packets.empty()) pieces.push_back({.text = std::move(packets), .rank = 2});
        if (!bytes.empty()) pieces.push_back({.text = std::move(bytes), .rank = 3});
        if (job.state == "running" && progress.packets_per_second) {
            pieces.push_back(
                {.text = text(grouped(*progress.packets_per_second), "/s"), .rank = 5});
        }
        const std::uint64_t lost = job.counters.lost();
        pieces.push_back({.text = text(grouped(lost), lost > 0 ? " LOST" : " lost"),
                          .rank = lost > 0 ? 0 : 4,
                          .alarming = lost > 0});
    }
    return pieces;
}

constexpr std::size_t gap = 2;

std::size_t columns_of(const std::vector<Piece>& pieces) {
    std::size_t total = 0;
    for (const Piece& piece : pieces)
        total += columns(piece.text) + (total > 0 ? gap : 0);
    return total;
}

std::string joined(const std::vector<Piece>& pieces, bool color) {
    std::string out;
    for (const Piece& piece : pieces) {
        if (!out.empty()) out.append(gap, ' ');
        out += piece.alarming && color ? text("\x1b[1;31m", piece.text, "\x1b[0m") : piece.text;
    }
    return out;
}

}  // namespace

std::string progress_bar(const Progress& progress, std::size_t width, bool color) {
    const std::size_t room = width > 1 ? width - 1 : 1;
    std::vector<Piece> pieces = pieces_of(progress);
    while (pieces.size() > 1 && columns_of(pieces) > room) {
        pieces.erase(std::ranges::max_element(pieces, {}, &Piece::rank));
    }
    pieces.front().text = cut(pieces.front().text, room);
    constexpr std::size_t least_cells = 8;
    constexpr std::size_t most_cells = 40;
    constexpr std::size_t brackets_and_space = 3;
    const std::size_t taken = columns_of(pieces) + brackets_and_space;
    if (progress.job.state != "running" || taken + least_cells > room) return joined(pieces, color);
    const std::size_t cells = std::min(room - taken, most_cells);
    return text(bar(nearest_limit(progress).done, cells), " ", joined(pieces, color));
}

std::string progress_line(const Progress& progress) {
    const Job& job = progress.job;
    const Job::Counters& counters = job.counters;
    std::string out = text(name_of(job), " ", phase_of(job));
    if (job.state == "queued" || job.state == "starting") return out + waiting_text(job);
    out += ": ";
    std::string packets = grouped(counters.captured);
    std::string bytes = human_bytes(counters.bytes);
    if (job.state == "running") {
        const auto elapsed = std::chrono::floor<std::chrono::seconds>(
            std::min(progress.elapsed, job.request.duration));
        switch (nearest_limit(progress).limit) {
            case Limit::time:
                out += text(base::human_duration(elapsed), " of ",
                            base::human_duration(job.request.duration), ", ");
                break;
            case Limit::packets:
                packets += text(" of ", grouped(job.request.packets));
                break;
            case Limit::bytes:
                bytes += text(" of ", human_bytes(job.request.bytes));
                break;
        }
    }
    out += text(packets, " packets, ", bytes, ", ", grouped(counters.lost()),
                counters.lost() > 0 ? " LOST" : " lost", waiting_text(job));
    return out;
}

}  // namespace xpc::cli

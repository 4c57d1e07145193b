#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
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

/// "[=====>    ]" with `cells` between the brackets.
std::string bar(milliseconds elapsed, milliseconds duration, std::size_t cells) {
    std::size_t full = cells;
    if (elapsed < duration) {
        full = cells * static_cast<std::size_t>(std::max<milliseconds::rep>(0, elapsed.count())) /
               static_cast<std::size_t>(duration.count());
    }
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
    if (job.state == "running") {
        pieces.push_back({.text = text(clock_text(std::min(progress.elapsed, job.request.duration)),
                                       "/", clock_text(job.request.duration)),
                          .rank = 1});
    } else {
        const bool delivering = job.state == "stopped";
        pieces.push_back(
            {.text = text(name_of(job), " ", delivering ? "stopped, delivering" : phase_of(job)),
             .rank = 1});
    }
    if (running || job.state == "stopped") {
        pieces.push_back({.text = text(grouped(job.counters.captured), " packets"), .rank = 2});
        pieces.push_back({.text = human_bytes(job.counters.bytes), .rank = 3});
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
    return text(bar(progress.elapsed, progress.job.request.duration, cells), " ",
                joined(pieces, color));
}

std::string progress_line(const Progress& progress) {
    const Job& job = progress.job;
    const Job::Counters& counters = job.counters;
    std::string out = text(name_of(job), " ", phase_of(job));
    if (job.state == "queued" || job.state == "starting") return out;
    out += ": ";
    if (job.state == "running") {
        const auto elapsed = std::chrono::floor<std::chrono::seconds>(
            std::min(progress.elapsed, job.request.duration));
        out += text(base::human_duration(elapsed), " of ",
                    base::human_duration(job.request.duration), ", ");
    }
    out += text(grouped(counters.captured), " packets, ", human_bytes(counters.bytes), ", ",
                grouped(counters.lost()), counters.lost() > 0 ? " LOST" : " lost");
    return out;
}

}  // namespace xpc::cli

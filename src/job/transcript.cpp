#include "job/transcript.hpp"

#include <exception>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::job {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20U;

/// A carriage return at the end is the device's way to end a line.
std::string printable(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string out;
    for (const char c : line) {
        const bool is_printable = (c >= ' ' && c <= '~') || c == '\t';
        out += is_printable ? std::string(1, c) : base::text("\\x", base::hex({&c, 1}));
    }
    return out;
}

std::string lines_of(char sign, std::string_view text) {
    const std::string time = base::rfc3339(base::wall_now());
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    std::string lines;
    for (const std::string_view line : base::split(text, '\n'))
        lines += base::text(time, ' ', sign, ' ', printable(line), '\n');
    return lines;
}

}  // namespace

std::filesystem::path transcript_path(const std::filesystem::path& transcript_dir,
                                      std::string_view job_id) {
    return transcript_dir / base::text(job_id, ".txt");
}

Transcript::Transcript(const std::filesystem::path& path)
    : file_(base::UniqueFd::adopt(
          ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640))) {
    struct stat status{};
    if (file_.valid() && ::fstat(file_.raw(), &status) == 0) {
        bytes_ = static_cast<std::uint64_t>(status.st_size);
    }
}

std::unique_ptr<Transcript> Transcript::existing(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) ? std::make_unique<Transcript>(path) : nullptr;
}

void Transcript::said(std::string_view command) noexcept {
    append('>', command);
}

void Transcript::answered(std::string_view text) noexcept {
    append('<', text);
}

void Transcript::append(char sign, std::string_view text) noexcept {
    try {
        std::string lines = lines_of(sign, text);
        // so that no line of another thread comes between, and none behind the last
        const std::lock_guard lock(mutex_);
        if (!file_.valid() || bytes_ >= most_bytes) return;
        if (bytes_ + lines.size() >= most_bytes) {
            constexpr std::string_view last = "the rest is left out\n";
            lines.resize(static_cast<std::size_t>(most_bytes - bytes_));
            lines += base::text('\n', last);
        }
        bytes_ += lines.size();
        [[maybe_unused]] const auto written = ::write(file_.raw(), lines.data(), lines.size());
        // NOLINTNEXTLINE(bugprone-empty-catch): no memory for it: the line is missing
    } catch (const std::exception&) {
    }
}

}  // namespace xpc::job

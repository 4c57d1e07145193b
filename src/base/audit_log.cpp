#include "base/audit_log.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "base/wait_for_call.hpp"

namespace xpc::base {
namespace {

// The last line is within it: a request's target and body are cut before they are written.
constexpr std::uint64_t longest_tail = std::uint64_t{256} << 10U;

// No bound of its own: there is one line for each request, which waits for it.
constexpr std::size_t most_pending = std::numeric_limits<std::size_t>::max();

std::string read_tail(Fd file, std::uint64_t size, const std::string& what) {
    std::string tail(std::min(size, longest_tail), '\0');
    std::size_t filled = 0;
    while (filled < tail.size()) {
        const auto at = static_cast<off_t>(size - tail.size() + filled);
        const auto got = ::pread(file.raw(), tail.data() + filled, tail.size() - filled, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure::from_errno(what, errno);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    tail.resize(filled);
    return tail;
}

/// Nothing where it is no line of a chain.
std::optional<ChainEnd> end_at(std::string_view line) {
    ChainCheck check;
    if (!check.add(line) || check.torn()) return std::nullopt;
    return check.end();
}

Json::Object with_time(Json::Object members) {
    members.insert(members.begin(), {.name = "time", .value = rfc3339(wall_now())});
    return members;
}

}  // namespace

AuditLog::AuditLog(Options options) : options_(std::move(options)), pending_(most_pending) {
    open();
    const std::string tail = read_tail(file_, bytes_, options_.file.native());
    go_on_behind(tail, tail.size() == bytes_);
    writer_ = std::jthread([this] { write_lines(); });
}

AuditLog::~AuditLog() {
    pending_.close();
}

void AuditLog::open() {
    const std::string& path = options_.file.native();
    file_ = UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    struct stat status{};
    if (!file_.valid() || ::fstat(file_.raw(), &status) != 0) {
        throw Failure::from_errno(text("audit log ", path), errno);
    }
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    if (bytes_ == 0) sync_folder(options_.file.parent_path());
}

void AuditLog::go_on_behind(std::string_view tail, bool is_whole_file) {
    if (tail.empty()) return;
    const auto last_newline = tail.rfind('\n');
    const std::string torn(last_newline == std::string_view::npos ? tail
                                                                  : tail.substr(last_newline + 1));
    std::string_view whole = tail.substr(0, tail.size() - torn.size());
    std::optional<ChainEnd> end;
    if (whole.empty()) {
        if (is_whole_file) end = ChainEnd{};  // not even the first line was written
    } else {
        whole.remove_suffix(1);
        const auto begin = whole.rfind('\n');
        end = end_at(begin == std::string_view::npos ? whole : whole.substr(begin + 1));
    }
    if (!end) {
        const std::string aside = text("damaged-", iso8601_basic(wall_now()));
        log::error("audit.damaged", {{"file", options_.file.native()}, {"aside", aside}});
        set_aside(aside);
        return;
    }
    end_ = std::move(*end);
    if (torn.empty()) return;
    log::warning("audit.torn", {{"file", options_.file.native()}, {"bytes", torn.size()}});
    text_ = '\n' + chain_line(end_, torn_line(torn));
}

void AuditLog::append(Json::Object members, Written written) {
    add({.line = with_time(std::move(members)), .written = std::move(written)});
}

void AuditLog::append(Json::Object members) {
    add_and_wait(with_time(std::move(members)));
}

void AuditLog::make_ready() {
    {
        const std::lock_guard lock(mutex_);
        if (!has_failed_) return;
    }
    add_and_wait(std::nullopt);
}

ChainEnd AuditLog::end() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

void AuditLog::add_and_wait(std::optional<Json::Object> line) {
    auto failed = wait_for_call<std::optional<Error>>(
        [&](auto written) { add({.line = std::move(line), .written = std::move(written)}); });
    if (failed) throw Failure(std::move(*failed));
}

void AuditLog::add(Pending one) {
    [[maybe_unused]] const bool is_taken = pending_.try_push(one);
    assert(is_taken);
}

void AuditLog::write_lines() {
    base::name_thread("audit writer");
    for (;;) {
        std::deque<Pending> batch = pending_.next();
        if (batch.empty()) return;  // closed
        const std::optional<Error> failed = write(batch);
        pending_.note_written();
        {
            const std::lock_guard lock(mutex_);
            has_failed_ = failed.has_value();
        }
        for (Pending& one : batch)
            one.written(failed);
    }
}

std::optional<Error> AuditLog::write(std::deque<Pending>& batch) {
    ChainEnd end = end_;  // nobody else changes it
    for (Pending& one : batch) {
        if (one.line) text_ += chain_line(end, std::move(*one.line));
    }
    const bool is_full =
        options_.rotate_bytes > 0 && bytes_ + text_.size() >= options_.rotate_bytes;
    if (is_full) {
        Json::Object rotated{{.name = "event", .value = "rotated"},
                             {.name = "time", .value = rfc3339(wall_now())}};
        text_ += chain_line(end, std::move(rotated));
    }
    {
        const std::lock_guard lock(mutex_);
        end_ = end;
    }
    try {
        put();
        if (is_full) set_aside(std::to_string(end.lines));
    } catch (const Failure& failure) {  // each whose line is in the batch is told
        return failure.error();
    }
    return std::nullopt;
}

/// What is written is taken out of text_, also where it fails: the rest goes on there.
void AuditLog::put() {
    const std::string what = text("audit log ", options_.file.native());
    std::size_t done = 0;
    while (done < text_.size()) {
        const auto got = ::write(file_.raw(), text_.data() + done, text_.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int cause = errno;
            text_.erase(0, done);
            throw Failure::from_errno(what, cause);
        }
        done += static_cast<std::size_t>(got);
        bytes_ += static_cast<std::uint64_t>(got);
    }
    text_.clear();
    if (::fdatasync(file_.raw()) != 0) throw Failure::from_errno(what, errno);
}

void AuditLog::set_aside(const std::string& suffix) {
    std::error_code error;
    std::filesystem::rename(options_.file, text(options_.file.native(), '.', suffix), error);
    if (error) {  // append-only by chattr(1): it goes on, and grows
        options_.rotate_bytes = 0;
        log::warning("audit.not_rotated",
                     {{"file", options_.file.native()}, {"cause", error.message()}});
        return;
    }
    open();
}

}  // namespace xpc::base

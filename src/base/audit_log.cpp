#include "base/audit_log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

// The last line is within it: a request's target and body are cut before they are written.
constexpr std::uint64_t longest_tail = std::uint64_t{256} << 10U;

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

/// That a file which was made, or has another name, is found after a power loss.
void sync_folder(const std::filesystem::path& file) {
    const auto folder =
        UniqueFd::adopt(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.raw()) != 0) {
        throw Failure::from_errno(file.parent_path().native(), errno);
    }
}

/// Nothing where it is no line of a chain.
std::optional<ChainEnd> end_at(std::string_view line) {
    ChainCheck check;
    if (!check.add(line) || check.torn()) return std::nullopt;
    return check.end();
}

}  // namespace

AuditLog::AuditLog(Options options) : options_(std::move(options)) {
    open();
    const std::string tail = read_tail(file_, bytes_, options_.file.native());
    go_on_behind(tail, tail.size() == bytes_);
    written_ = end_.lines;
}

void AuditLog::open() {
    const std::string& path = options_.file.native();
    file_ = UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    struct stat status{};
    if (!file_.valid() || ::fstat(file_.raw(), &status) != 0) {
        throw Failure::from_errno(text("audit log ", path), errno);
    }
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    if (bytes_ == 0) sync_folder(options_.file);
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
    pending_ = '\n' + chain_line(end_, torn_line(torn));
}

void AuditLog::append(Json::Object members) {
    members.insert(members.begin(), {.name = "time", .value = rfc3339(wall_now())});
    Lock lock(mutex_);
    pending_ += chain_line(end_, std::move(members));
    if (pending_lines() >= gathering_.wanted()) enough_pending_.notify_one();
    write_until(end_.lines, lock);
}

void AuditLog::make_ready() {
    Lock lock(mutex_);
    if (failed_) write_until(end_.lines, lock);
}

ChainEnd AuditLog::end() const {
    const Lock lock(mutex_);
    return end_;
}

void AuditLog::write_until(std::uint64_t line, Lock& lock) {
    while (written_ < line) {
        if (writing_) {
            written_more_.wait(lock);
            if (written_ < line && failed_) throw Failure(*failed_);
            continue;
        }
        writing_ = true;
        gather(lock);
        const bool is_full =
            options_.rotate_bytes > 0 && bytes_ + pending_.size() >= options_.rotate_bytes;
        if (is_full) {
            Json::Object rotated{{.name = "event", .value = "rotated"},
                                 {.name = "time", .value = rfc3339(wall_now())}};
            pending_ += chain_line(end_, std::move(rotated));
        }
        std::string batch = std::exchange(pending_, {});
        const std::uint64_t last = end_.lines;
        const std::uint64_t lines = pending_lines();
        lock.unlock();
        const Deadline began = Deadline::clock::now();
        std::optional<Error> failed;
        try {
            write_batch(batch);
            if (is_full) set_aside(std::to_string(last));
        } catch (const Failure& failure) {  // each whose line is in the batch is told, below
            failed = failure.error();
        }
        lock.lock();
        gathering_.note(lines, Deadline::clock::now() - began);
        writing_ = false;
        failed_ = std::move(failed);
        if (failed_) {
            pending_.insert(0, batch);  // what of it is not written yet
        } else {
            written_ = last;
        }
        written_more_.notify_all();
        if (failed_) throw Failure(*failed_);
    }
}

void AuditLog::gather(Lock& lock) {
    enough_pending_.wait_until(lock, gathering_.until(Deadline::clock::now()),
                               [this] { return pending_lines() >= gathering_.wanted(); });
}

/// What is written is taken out of `batch`, also where it fails: the rest goes on there.
void AuditLog::write_batch(std::string& batch) {
    const std::string what = text("audit log ", options_.file.native());
    while (!batch.empty()) {
        const auto put = ::write(file_.raw(), batch.data(), batch.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw Failure::from_errno(what, errno);
        batch.erase(0, static_cast<std::size_t>(put));
        bytes_ += static_cast<std::uint64_t>(put);
    }
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

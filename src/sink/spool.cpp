#include "sink/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "sink/spool_writers.hpp"
#include "sink/sync_pace.hpp"

namespace xpc::sink {

Spool::Spool(std::filesystem::path path, SpoolWriters& writers)
    : path_(std::move(path)), writers_(writers), file_(path_), pace_(writers.syncer().pace()) {}

Spool::~Spool() {
    wait_until_idle();
}

void Spool::put(std::span<PartSlice> slices, Tail tail) {
    enqueue(slices, tail);
}

void Spool::put(std::vector<std::byte> block) {
    enqueue(std::span(&block, 1), Tail::goes);
}

template <typename T>
void Spool::enqueue(std::span<T> chunks, Tail tail) {
    {
        const std::lock_guard lock(mutex_);
        std::ranges::move(chunks, std::back_inserter(chunks_));
        tail_may_wait_ = tail == Tail::may_wait;
        if (!has_work() || std::exchange(busy_, true)) return;
    }
    writers_.take_turn(*this);
}

/// Under mutex_.
bool Spool::has_work() const {
    return !chunks_.empty() || (tail_ && !tail_may_wait_);
}

SpoolProgress Spool::progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
}

SpoolProgress Spool::close() {
    put({}, Tail::goes);
    wait_until_idle();
    SpoolProgress last = progress();
    if (last.error) return last;
    std::optional<base::Error> failed = not_synced_;
    if (const int cut = file_.cut(put_bytes_); !failed && cut != 0) failed = error_of(cut);
    if (const int refused = failed ? 0 : file_.sync(); refused != 0) failed = error_of(refused);
    if (!failed) failed = make_name_durable();
    if (!failed) return last;
    refuse(std::move(*failed), last);
    const std::lock_guard lock(mutex_);
    progress_ = last;
    return last;
}

/// No other thread has anything to do with it afterwards.
void Spool::wait_until_idle() {
    {
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return !busy_; });
    }
    writers_.syncer().forget(*this);
}

/// By the syncer's threads, beside the writers', as are those that follow.
void Spool::sync_begins() noexcept {
    pace_.sync_begins();
}

void Spool::sync() {
    SyncPace& syncs = writers_.syncer().pace();
    const auto sync = syncs.begin_sync(base::Deadline::clock::now());
    std::optional<base::Error> failed;
    if (const int refused = file_.sync(); refused != 0) failed = error_of(refused);
    const auto now = base::Deadline::clock::now();
    syncs.end_sync(sync, now);
    pace_.synced(now - sync.began);
    if (!failed) failed = make_name_durable();
    if (!failed) return;
    const std::lock_guard lock(mutex_);
    if (!not_synced_) not_synced_ = std::move(failed);
}

bool Spool::sync_file_system() {
    SyncPace& syncs = writers_.syncer().pace();
    const auto sync = syncs.begin_sync(base::Deadline::clock::now());
    const bool done = file_.sync_file_system() == 0;
    syncs.end_sync(sync, base::Deadline::clock::now());
    return done;
}

/// The whole file system was synced after sync_begins().
void Spool::synced_with_others(base::Deadline::duration took) {
    is_name_durable_ = true;
    pace_.synced(took);
}

std::optional<base::Error> Spool::make_name_durable() {
    if (is_name_durable_) return std::nullopt;
    try {
        base::sync_folder(path_.parent_path());
    } catch (const base::Failure& failed) {  // told like that of the file
        return failed.error();
    }
    is_name_durable_ = true;
    return std::nullopt;
}

std::span<const std::byte> Spool::bytes_of(const Chunk& chunk) {
    if (const auto* slice = std::get_if<PartSlice>(&chunk)) return slice->bytes();
    return std::get<std::vector<std::byte>>(chunk);
}

const PartPool* Spool::pool_of(const Chunk& chunk) {
    const auto* const slice = std::get_if<PartSlice>(&chunk);
    return slice == nullptr ? nullptr : &slice->part.pool();
}

/// As many as make a write: with a backlog the first parts are free again before the last are
/// written. What a write has in hand is no room for what comes in meanwhile.
void Spool::take_some(std::deque<Chunk>& chunks) {
    constexpr std::size_t writes_a_pool = 8;
    std::size_t most = GrowingFile::most_at_once;
    for (std::size_t bytes = 0; !chunks_.empty() && bytes < most; chunks_.pop_front()) {
        if (const PartPool* pool = pool_of(chunks_.front())) {
            most = std::min(most, pool->bytes() / writes_a_pool);
        }
        chunks.push_back(std::move(chunks_.front()));
        bytes += bytes_of(chunks.back()).size();
    }
}

/// What lies behind the last whole page of the file.
std::optional<PartSlice> Spool::cut_tail(std::deque<Chunk>& chunks) const {
    auto* const last = chunks.empty() ? nullptr : std::get_if<PartSlice>(&chunks.back());
    if (last == nullptr) return std::nullopt;
    std::uint64_t end = put_bytes_;
    for (const Chunk& chunk : chunks)
        end += bytes_of(chunk).size();
    const std::size_t behind = end % GrowingFile::page_bytes;
    if (behind == 0 || behind >= last->bytes().size()) return std::nullopt;
    PartSlice tail = *last;
    last->end = tail.begin = tail.end - behind;
    const std::size_t bytes = last->end - last->begin;
    if (tail.whole_bytes > bytes) {  // the last frame that is whole goes with it, and is counted so
        tail.whole_bytes -= bytes;
        last->whole_bytes = 0;
        last->frames = 0;
    } else {
        tail.whole_bytes = 0;
        tail.frames = 0;
    }
    return tail;
}

void Spool::write_some() {
    std::deque<Chunk> chunks;
    std::optional<PartSlice> tail;
    SpoolProgress now;
    std::optional<base::Error> not_synced;
    {
        const std::lock_guard lock(mutex_);
        if (auto waited = std::exchange(tail_, std::nullopt))
            chunks.emplace_back(*std::move(waited));
        take_some(chunks);
        now = progress_;
        if (chunks_.empty() && tail_may_wait_ && !now.error) tail = cut_tail(chunks);
        not_synced = not_synced_;
    }
    if (!now.error && not_synced) refuse(std::move(*not_synced), now);
    write(chunks, now);
    chunks.clear();  // before anybody hears of it: the parts are free again
    writers_.syncer().want(*this);
    {
        const std::lock_guard lock(mutex_);
        progress_ = std::move(now);
        tail_ = std::move(tail);
        busy_ = has_work();
        if (!busy_) idle_.notify_all();  // under the lock: whoever waits may destroy this next
        if (!busy_) return;
    }
    writers_.take_turn(*this);
}

void Spool::write(std::deque<Chunk>& chunks, SpoolProgress& progress) {
    if (progress.error) {
        lose(chunks, progress);
        return;
    }
    std::vector<std::span<const std::byte>> pieces;
    pieces.reserve(chunks.size());
    std::uint64_t bytes = 0;
    for (const Chunk& chunk : chunks) {
        const auto piece = bytes_of(chunk);
        bytes += piece.size();
        if (!pieces.empty() && std::to_address(pieces.back().end()) == piece.data()) {
            pieces.back() = {pieces.back().data(), pieces.back().size() + piece.size()};
        } else {
            pieces.push_back(piece);
        }
    }
    if (auto full = writers_.take_space(bytes)) {
        refuse(std::move(*full), progress);
        lose(chunks, progress);
        return;
    }
    const auto began = base::Deadline::clock::now();
    const PartPool* const pool = chunks.empty() ? nullptr : pool_of(chunks.back());
    // what is no part is copied anyway
    const auto way = pool == nullptr ? GrowingFile::Way::direct : pace_.choose(*pool, began);
    if (file_.append(pieces, way) != 0) {
        // Most of it may have found room: one by one, as far as that goes.
        [[maybe_unused]] const int cut = file_.cut(put_bytes_);
        write_singly(chunks, progress);
        return;
    }
    const auto now = base::Deadline::clock::now();
    const auto took = pace_.wrote(bytes, now - began);
    if (pool != nullptr) {
        writers_.syncer().pace().wrote({bytes, took, way}, {pool->bytes(), pool->bytes_out()}, now);
    }
    for (const Chunk& chunk : chunks)
        count(chunk, progress);
}

void Spool::write_singly(std::deque<Chunk>& chunks, SpoolProgress& progress) {
    while (!chunks.empty()) {
        const std::span<const std::byte> piece = bytes_of(chunks.front());
        if (const int failed = file_.append({&piece, 1}); failed != 0) {
            refuse(error_of(failed), progress);
            lose(chunks, progress);
            return;
        }
        count(chunks.front(), progress);
        chunks.pop_front();
    }
}

/// That the chunk is on the disk now.
void Spool::count(const Chunk& chunk, SpoolProgress& progress) {
    const auto* const slice = std::get_if<PartSlice>(&chunk);
    const std::size_t bytes = bytes_of(chunk).size();
    const std::size_t whole_bytes = slice != nullptr ? slice->whole_bytes : bytes;
    if (whole_bytes > 0) progress.written_bytes = put_bytes_ + whole_bytes;
    put_bytes_ += bytes;
}

void Spool::lose(const std::deque<Chunk>& chunks, SpoolProgress& progress) {
    for (const Chunk& chunk : chunks) {
        if (const auto* slice = std::get_if<PartSlice>(&chunk)) {
            progress.lost_frames += slice->frames;
        }
    }
}

base::Error Spool::error_of(int error_number) const {
    return base::Failure::from_errno(base::text("spool ", path_.native()), error_number).error();
}

/// The file stays a whole number of frames. Shrinking needs no space, so it works on a full disk.
void Spool::refuse(base::Error error, SpoolProgress& progress) {
    [[maybe_unused]] const int cut = file_.cut(progress.written_bytes);
    progress.error = std::move(error);
}

}  // namespace xpc::sink

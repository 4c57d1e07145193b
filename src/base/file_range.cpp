#include "base/file_range.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

/// What is taken from the page cache at a time: it stays in the core's own.
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;

/// What is read past it at a time: a GiB in reads of 256 KiB costs 0.13 CPU seconds, of 1 MiB 0.05,
/// of 2 MiB 0.04, and 0.01 where these have a large page.
constexpr std::size_t direct_bytes = Mapping::large_page_bytes;

/// For how much the page cache is asked at a time.
constexpr std::size_t look_bytes = std::size_t{4} << 20U;

/// open(2), O_DIRECT: memory, offset and length are multiples of the block size; a page is one.
constexpr std::size_t page = 4096;

std::uint64_t page_of(std::uint64_t at) noexcept {
    return at / page * page;
}

/// As read(2), but for interruptions.
ssize_t read_at(Fd file, std::span<std::byte> out, std::uint64_t from) noexcept {
    for (;;) {
        const ssize_t got = ::pread(file.raw(), out.data(), out.size(), static_cast<off_t>(from));
        if (got >= 0 || errno != EINTR) return got;
    }
}

/// Whether the page cache has that, by one page of each piece: to ask for them all costs a tenth of
/// what reading them does. Nothing is touched, and so nothing read.
bool cache_has(Fd file, std::uint64_t from, std::size_t bytes) noexcept {
    const std::uint64_t first = page_of(from);
    const auto length = static_cast<std::size_t>(from - first) + bytes;
    void* const at =
        ::mmap(nullptr, length, PROT_READ, MAP_SHARED, file.raw(), static_cast<off_t>(first));
    if (at == MAP_FAILED) return false;
    bool has = true;
    for (std::size_t next = 0; has && next < length; next += piece_bytes) {
        unsigned char resident = 0;
        has = ::mincore(static_cast<std::byte*>(at) + next, page, &resident) == 0 &&
              (resident & 1U) != 0;
    }
    ::munmap(at, length);
    return has;
}

}  // namespace

/// A large page is one for the kernel to find and to hold while the disk fills it, instead of 512;
/// it has to be cleared, for which little is not worth it.
std::span<std::byte> FileRange::Memory::for_reading(std::uint64_t range_bytes) {
    if (mapping_.bytes().empty()) {
        mapping_ = Mapping::reserved(direct_bytes, "memory to read a file into");
        if (range_bytes >= direct_bytes) mapping_.prefer_large_pages(0, direct_bytes);
    }
    return mapping_.bytes();
}

std::size_t FileRange::read_some(std::uint64_t at, std::span<std::byte> out,
                                 Scratch& scratch) const {
    const std::size_t straight = read_straight(offset + at, out, scratch);
    if (straight > 0) return straight;
    const auto piece = kept(offset + at, scratch);
    if (piece.empty()) return read_cached(offset + at, out);
    const std::size_t got = std::min(piece.size(), out.size());
    std::memcpy(out.data(), piece.data(), got);
    return got;
}

/// Past the page cache and into `out`: whole pages, or nothing.
std::size_t FileRange::read_straight(std::uint64_t from, std::span<std::byte> out,
                                     Scratch& scratch) const {
    const bool fits = out.size() >= piece_bytes && from % page == 0 &&
                      reinterpret_cast<std::uintptr_t>(out.data()) % page == 0;
    if (!fits || !direct.valid() || scratch.has(from) || is_cached(from, scratch)) return 0;
    const ssize_t got = read_at(direct, out.first(out.size() / page * page), from);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
}

void FileRange::each_piece(const std::function<void(std::span<const std::byte>)>& take,
                           Memory& memory) const {
    Scratch scratch(memory);
    for (std::uint64_t at = 0; at < bytes;) {
        auto piece = kept(offset + at, scratch);
        if (piece.empty()) {
            const auto room = memory.for_reading(bytes);
            piece = room.first(read_cached(
                offset + at, room.first(std::min<std::uint64_t>(room.size(), bytes - at))));
        }
        piece = piece.first(std::min<std::uint64_t>(piece.size(), bytes - at));
        take(piece);
        at += piece.size();
    }
}

/// What the memory has from there on; nothing where it is to come from the page cache.
std::span<const std::byte> FileRange::kept(std::uint64_t from, Scratch& scratch) const {
    if (!scratch.has(from) && direct.valid() && !is_cached(from, scratch)) fill(scratch, from);
    if (!scratch.has(from)) return {};
    return scratch.memory_.for_reading(bytes)
        .first(scratch.bytes_)
        .subspan(static_cast<std::size_t>(from - scratch.from_));
}

std::size_t FileRange::read_cached(std::uint64_t from, std::span<std::byte> out) const {
    const ssize_t got = read_at(file, out.first(std::min(out.size(), piece_bytes)), from);
    if (got < 0) throw Failure::from_errno(text("reading ", name), errno);
    if (got == 0) {
        throw Failure(Errc::corrupt, text(name, ": ends at ", from, ", before ", offset + bytes));
    }
    return static_cast<std::size_t>(got);
}

bool FileRange::is_cached(std::uint64_t from, Scratch& scratch) const {
    if (from < scratch.known_from_ || from >= scratch.known_to_) {
        const auto length = std::min<std::uint64_t>(look_bytes, offset + bytes - from);
        scratch.is_cached_ = cache_has(file, from, static_cast<std::size_t>(length));
        scratch.known_from_ = from;
        scratch.known_to_ = from + length;
    }
    return scratch.is_cached_;
}

/// What can not be read so is left to the page cache, which has the better error, too.
void FileRange::fill(Scratch& scratch, std::uint64_t from) const {
    const auto memory = scratch.memory_.for_reading(bytes);
    scratch.from_ = page_of(from);
    const auto to_last_page = page_of(offset + bytes - 1) + page - scratch.from_;
    const auto room = memory.first(std::min<std::uint64_t>(memory.size(), to_last_page));
    const ssize_t got = read_at(direct, room, scratch.from_);
    scratch.bytes_ = got < 0 ? 0 : static_cast<std::uint64_t>(got);
}

}  // namespace xpc::base

#include "base/mapping.hpp"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

std::span<std::byte> map(std::size_t length, int protection, int flags, int fd, std::size_t offset,
                         const std::string& what) {
    void* at = ::mmap(nullptr, length, protection, flags, fd, static_cast<off_t>(offset));
    if (at == MAP_FAILED) {
        throw Failure::from_errno(text(what, ": mapping ", length, " bytes"), errno);
    }
    return {static_cast<std::byte*>(at), length};
}

}  // namespace

Mapping Mapping::shared(Fd fd, std::size_t length, const std::string& what) {
    return Mapping(
        map(length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.raw(), 0, what));
}

Mapping Mapping::read_only(Fd fd, std::size_t offset, std::size_t length, const std::string& what) {
    return Mapping(map(length, PROT_READ, MAP_SHARED, fd.raw(), offset, what));
}

Mapping Mapping::reserved(std::size_t length, const std::string& what) {
    const auto more = map(length + large_page_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, what);
    const auto address = reinterpret_cast<std::uintptr_t>(more.data());
    const std::size_t before = (large_page_bytes - address % large_page_bytes) % large_page_bytes;
    Mapping mapping(more.subspan(before, length));
    // what is too much at both ends, in whole pages
    if (before > 0) ::munmap(more.data(), before);
    static const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t end = (before + length + page_bytes - 1) / page_bytes * page_bytes;
    ::munmap(more.data() + end, more.size() - end);
    // not every kernel has large ones
    [[maybe_unused]] const int advised = ::madvise(mapping.bytes_.data(), length, MADV_NOHUGEPAGE);
    return mapping;
}

void Mapping::prefer_large_pages(std::size_t offset, std::size_t length) noexcept {
    const auto part = bytes_.subspan(offset, length);
    [[maybe_unused]] const int advised = ::madvise(part.data(), part.size(), MADV_HUGEPAGE);
}

void Mapping::touch(std::size_t offset, std::size_t length, const std::string& what) {
    const auto part = bytes_.subspan(offset, length);
    if (::madvise(part.data(), part.size(), MADV_POPULATE_WRITE) == 0) return;
    if (errno != EINVAL) {
        throw Failure::from_errno(text(what, ": touching ", length, " bytes"), errno);
    }
    // a kernel before 5.14: one write a page does the same
    constexpr std::size_t smallest_page = 4096;
    for (std::size_t at = 0; at < part.size(); at += smallest_page)
        part[at] = std::byte{};
}

void Mapping::forget(std::size_t offset) noexcept {
    const auto part = bytes_.subspan(offset);
    if (part.empty()) return;
    ::madvise(part.data(), part.size(), MADV_DONTNEED);
    [[maybe_unused]] const int advised = ::madvise(part.data(), part.size(), MADV_NOHUGEPAGE);
}

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_(std::exchange(other.bytes_, std::span<std::byte>{})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    if (this != &other) {
        unmap();
        bytes_ = std::exchange(other.bytes_, std::span<std::byte>{});
    }
    return *this;
}

Mapping::~Mapping() {
    unmap();
}

void Mapping::unmap() noexcept {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
    bytes_ = {};
}

}  // namespace xpc::base

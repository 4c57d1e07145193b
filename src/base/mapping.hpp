#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/unique_fd.hpp"

namespace xpc::base {

/// A memory mapping that unmaps itself.
/// Errors: Failure(no_memory) with the size when the kernel refuses it.
class Mapping {
public:
    Mapping() noexcept = default;

    /// `length` bytes of `fd`, shared, readable and writable: a ring that the kernel fills.
    [[nodiscard]] static Mapping shared(Fd fd, std::size_t length, const std::string& what);

    /// `length` bytes of `fd` from `offset` (a multiple of the page size), read only.
    [[nodiscard]] static Mapping read_only(Fd fd, std::size_t offset, std::size_t length,
                                           const std::string& what);

    /// Addresses of private memory, from a multiple of `large_page_bytes` on. It exists where and
    /// when it is touched, in small pages but where large ones were asked for.
    [[nodiscard]] static Mapping reserved(std::size_t length, const std::string& what);

    /// Of processors whose small page has 4 KiB (Documentation/admin-guide/mm/transhuge.rst).
    static constexpr std::size_t large_page_bytes = std::size_t{2} << 20U;

    /// Has touch() make large pages there, as far as whole ones fit, the kernel allows it, and it
    /// has some: finding one can take it milliseconds.
    void prefer_large_pages(std::size_t offset, std::size_t length) noexcept;

    /// Makes `length` bytes from `offset` exist now, so that no page fault waits for them later.
    /// Both are multiples of the page size.
    void touch(std::size_t offset, std::size_t length, const std::string& what);

    /// Gives the memory from `offset` on back to the system. The addresses stay, and their pages
    /// are small again.
    void forget(std::size_t offset) noexcept;

    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    explicit Mapping(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

    void unmap() noexcept;

    std::span<std::byte> bytes_;
};

}  // namespace xpc::base

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

    /// Private memory that is touched now, so that no page fault waits for it later.
    [[nodiscard]] static Mapping touched_memory(std::size_t length, const std::string& what);

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

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/mapping.hpp"
#include "base/unique_fd.hpp"

namespace xpc::bench {

/// A file read once from front to end, in large reads.
class CaptureFile {
public:
    /// Errors: Failure when the file cannot be opened or read.
    explicit CaptureFile(const std::string& path);

    /// The next `count` bytes, without going past them; fewer only where the file ends.
    /// Lifetime: until the next call of this or skip().
    [[nodiscard]] std::span<const std::byte> peek(std::size_t count);

    /// Goes past `count` bytes that peek() has shown.
    void skip(std::size_t count) noexcept { begin_ += count; }

private:
    void fill(std::size_t count);

    std::string path_;
    base::UniqueFd fd_;
    base::Mapping buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// A value of this machine's byte order at `offset`, which must be within `bytes`.
template <typename T>
[[nodiscard]] T value_at(std::span<const std::byte> bytes, std::size_t offset) noexcept {
    T value{};
    std::memcpy(&value, bytes.subspan(offset, sizeof value).data(), sizeof value);
    return value;
}

}  // namespace xpc::bench

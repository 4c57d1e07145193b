#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace xpc::base {

// Digests are raw bytes (32 or 16 of them), not hex: see base::hex.

[[nodiscard]] std::string sha256(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256(std::string_view text);

/// The same of what comes in pieces.
class Digest {
public:
    enum class Kind { sha256, md5 };

    explicit Digest(Kind kind);
    ~Digest();
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    Digest(Digest&&) = delete;
    Digest& operator=(Digest&&) = delete;

    void add(std::span<const std::byte> bytes);

    /// Of all so far. Nothing can be added afterwards.
    [[nodiscard]] std::string finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// RFC 4648, 4: with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

/// Whether they are equal. How long that takes tells nothing of what is in them.
[[nodiscard]] bool equal_secrets(std::string_view one, std::string_view other) noexcept;

/// Only for what other people compute with it: S3's ETags.
[[nodiscard]] std::string md5(std::string_view text);

/// RFC 2104 with SHA-256.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

/// Bytes fit for names and keys, from the kernel.
void fill_random(std::span<std::uint8_t> out);

/// Twice as many hex digits, likewise.
[[nodiscard]] std::string random_hex(std::size_t bytes);

/// From 0 to 1, from the kernel.
[[nodiscard]] double random_fraction();

}  // namespace xpc::base

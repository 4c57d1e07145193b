#include "base/digest.hpp"

#include <cerrno>
#include <limits>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t sha256_size = 32;
constexpr std::size_t md5_size = 16;

std::string sha256_of(const void* at, std::size_t length) {
    std::array<unsigned char, sha256_size> out{};
    if (EVP_Digest(at, length, out.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw Failure(Errc::internal, "OpenSSL has no SHA-256");
    }
    return {out.begin(), out.end()};
}

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
    return sha256_of(bytes.data(), bytes.size());
}

std::string sha256(std::string_view text) {
    return sha256_of(text.data(), text.size());
}

std::string md5(std::string_view text) {
    std::array<unsigned char, md5_size> out{};
    if (EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_md5(), nullptr) != 1) {
        throw Failure(Errc::internal, "OpenSSL has no MD5");
    }
    return {out.begin(), out.end()};
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, sha256_size> out{};
    unsigned length = 0;
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, text.size(), out.data(),
             &length) == nullptr) {
        throw Failure(Errc::internal, "OpenSSL has no HMAC with SHA-256");
    }
    return {out.begin(), out.end()};
}

void fill_random(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno != EINTR) throw Failure::from_errno("getrandom", errno);
        if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
    }
}

double random_fraction() {
    std::array<std::uint8_t, 4> bytes{};
    fill_random(bytes);
    double fraction = 0;
    for (const std::uint8_t byte : bytes)
        fraction = (fraction + byte) / 256;
    return fraction;
}

}  // namespace xpc::base

#include "base/digest.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/processor_sha256.hpp"
#include "base/sha256_blocks.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t sha256_size = 32;
constexpr std::size_t md5_size = 16;

Failure no_digest() {
    return {Errc::internal, "OpenSSL has no SHA-256, or no MD5"};
}

}  // namespace

/// OpenSSL, once it is used, has 3.4 MiB resident: too much for a server that only writes its audit
/// log.
std::string sha256(std::span<const std::byte> bytes) {
    if (has_sha256_instructions()) {
        ProcessorSha256 digest;
        digest.add(bytes);
        return digest.finish();
    }
    std::array<unsigned char, sha256_size> out{};
    if (EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw no_digest();
    }
    return {out.begin(), out.end()};
}

std::string sha256(std::string_view text) {
    return sha256(std::as_bytes(std::span(text)));
}

struct Digest::Context {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

Digest::Digest(Kind kind) : context_(std::make_unique<Context>()) {
    const EVP_MD* const method = kind == Kind::sha256 ? EVP_sha256() : EVP_md5();
    if (EVP_DigestInit_ex(context_->digest.get(), method, nullptr) != 1) throw no_digest();
}

Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
    if (EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()) != 1) {
        throw no_digest();
    }
}

std::string Digest::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context_->digest.get(), out.data(), &length) != 1) throw no_digest();
    return {out.begin(), out.begin() + length};
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

bool equal_secrets(std::string_view one, std::string_view other) noexcept {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string md5(std::string_view text) {
    std::array<unsigned char, md5_size> out{};
    if (EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_md5(), nullptr) != 1) {
        throw no_digest();
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

std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    fill_random({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
    return hex(raw);
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

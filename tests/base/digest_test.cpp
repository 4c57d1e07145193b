#include "base/digest.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/sectioned_sha256.hpp"
#include "base/text.hpp"

namespace {

using xpc::base::SectionedSha256;

std::vector<std::byte> noise(std::size_t bytes) {
    std::vector<std::byte> out(bytes);
    std::uint32_t state = 1;
    for (std::byte& byte : out) {
        state = state * 1'664'525U + 1'013'904'223U;
        byte = static_cast<std::byte>(state >> 24U);
    }
    return out;
}

}  // namespace

TEST_CASE("SHA-256 is that of FIPS 180-4's examples, by either way") {
    const struct {
        std::string text;
        std::string digest;
    } examples[] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                    {std::string(1'000'000, 'a'),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};

    for (const auto& example : examples) {
        CHECK(xpc::base::hex(xpc::base::sha256(example.text)) == example.digest);
        for (const auto by : {SectionedSha256::By::best, SectionedSha256::By::library}) {
            SectionedSha256 digests(by);
            digests.add(std::as_bytes(std::span(example.text)));
            CHECK(xpc::base::hex(digests.end_section()) == example.digest);
            CHECK(xpc::base::hex(digests.finish()) == example.digest);
        }
    }
}

TEST_CASE("a stream and its sections have the digests that they have alone, wherever it is cut") {
    const auto stream = noise(3000);
    const std::string whole = xpc::base::sha256(std::span<const std::byte>(stream));
    for (const auto by : {SectionedSha256::By::best, SectionedSha256::By::library}) {
        for (std::size_t section = 1; section <= 300; ++section) {
            for (const std::size_t piece : {std::size_t{7}, std::size_t{64}, std::size_t{129}}) {
                SectionedSha256 digests(by);
                for (auto left = std::span<const std::byte>(stream); !left.empty();) {
                    const auto now = left.first(std::min(section, left.size()));
                    for (auto rest = now; !rest.empty();) {
                        const auto some = rest.first(std::min(piece, rest.size()));
                        digests.add(some);
                        rest = rest.subspan(some.size());
                    }
                    REQUIRE(digests.end_section() == xpc::base::sha256(now));
                    left = left.subspan(now.size());
                }
                REQUIRE(digests.finish() == whole);
            }
        }
    }
}

TEST_CASE("every length is padded as it has to be") {
    const auto bytes = noise(200);
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const auto some = std::span<const std::byte>(bytes).first(length);
        for (const auto by : {SectionedSha256::By::best, SectionedSha256::By::library}) {
            SectionedSha256 digests(by);
            digests.add(some);
            CHECK(digests.finish() == xpc::base::sha256(some));
        }
    }
}

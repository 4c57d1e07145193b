#include "base/sha256_blocks.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace xpc::base {

#if defined(__x86_64__)

namespace {

/// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

const __m128i* at(const void* memory) noexcept {
    return static_cast<const __m128i*>(memory);
}

/// The eight words in the order in which SHA256RNDS2 has them: A B E F and C D G H.
struct Words {
    __m128i abef;
    __m128i cdgh;
};

[[gnu::target("sha,sse4.1,ssse3")]] inline Words load(const Sha256State& state) noexcept {
    const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(at(state.data())), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(at(&state[4])), 0x1b);
    return {.abef = _mm_alignr_epi8(cdab, efgh, 8), .cdgh = _mm_blend_epi16(efgh, cdab, 0xf0)};
}

[[gnu::target("sha,sse4.1,ssse3")]] inline void store(const Words& words,
                                                      Sha256State& state) noexcept {
    const __m128i feba = _mm_shuffle_epi32(words.abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(words.cdgh, 0xb1);
    auto* const to = reinterpret_cast<__m128i*>(state.data());
    _mm_storeu_si128(to, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(to + 1, _mm_alignr_epi8(dchg, feba, 8));
}

[[gnu::target("sha,sse4.1,ssse3")]] inline void four_rounds(Words& words, __m128i message,
                                                            __m128i upper) noexcept {
    words.cdgh = _mm_sha256rnds2_epu32(words.cdgh, words.abef, message);
    words.abef = _mm_sha256rnds2_epu32(words.abef, words.cdgh, upper);
}

[[gnu::target("sha,sse4.1,ssse3")]] inline void add(Words& words, const Words& before) noexcept {
    words.abef = _mm_add_epi32(words.abef, before.abef);
    words.cdgh = _mm_add_epi32(words.cdgh, before.cdgh);
}

/// How far ahead memory is asked for, which the processor does not do by itself where a page ends,
/// nor early enough where a disk has put it there. It takes 1.05 s a GiB without, 0.84 with, of
/// 0.82 from the core's own cache; half of it 0.88, four times 0.91.
constexpr std::size_t ahead = 512;

template <bool both>
[[gnu::target("sha,sse4.1,ssse3")]] inline void compress_into(
    Sha256State& first, Sha256State* second, std::span<const std::byte> blocks) noexcept {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    Words one = load(first);
    Words other{};  // NOLINT(misc-const-correctness): of two, it changes
    if constexpr (both) other = load(*second);
    for (; blocks.size() >= sha256_block; blocks = blocks.subspan(sha256_block)) {
        _mm_prefetch(reinterpret_cast<const char*>(blocks.data()) + ahead, _MM_HINT_T0);
        const Words one_before = one;
        const Words other_before = other;
        // the last sixteen words of it; NOLINTNEXTLINE(*-avoid-c-arrays): std::array has no vectors
        __m128i schedule[4];
#pragma GCC unroll 16
        for (std::size_t four = 0; four < 16; ++four) {
            __m128i& now = schedule[four % 4];
            if (four < 4) {
                now = _mm_shuffle_epi8(_mm_loadu_si128(at(blocks.data() + 16 * four)), big_endian);
            } else {
                const __m128i last = schedule[(four + 3) % 4];
                const __m128i seventh = _mm_alignr_epi8(last, schedule[(four + 2) % 4], 4);
                now = _mm_add_epi32(_mm_sha256msg1_epu32(now, schedule[(four + 1) % 4]), seventh);
                now = _mm_sha256msg2_epu32(now, last);
            }
            const __m128i message =
                _mm_add_epi32(now, _mm_load_si128(at(constants.data() + 4 * four)));
            const __m128i upper = _mm_shuffle_epi32(message, 0x0e);
            four_rounds(one, message, upper);
            if constexpr (both) four_rounds(other, message, upper);
        }
        add(one, one_before);
        if constexpr (both) add(other, other_before);
    }
    store(one, first);
    if constexpr (both) store(other, *second);
}

/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID: SHA is bit 29 of
/// EBX of leaf 7, SSSE3 and SSE4.1 are bits 9 and 19 of ECX of leaf 1.
bool ask_processor() noexcept {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned ssse3_and_sse41 = (1U << 9U) | (1U << 19U);
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & ssse3_and_sse41) != ssse3_and_sse41) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & (1U << 29U)) != 0;
}

}  // namespace

bool has_sha256_instructions() noexcept {
    static const bool has = ask_processor();
    return has;
}

[[gnu::target("sha,sse4.1,ssse3")]] void compress(Sha256State& state,
                                                  std::span<const std::byte> blocks) noexcept {
    compress_into<false>(state, nullptr, blocks);
}

[[gnu::target("sha,sse4.1,ssse3")]] void compress_both(Sha256State& first, Sha256State& second,
                                                       std::span<const std::byte> blocks) noexcept {
    compress_into<true>(first, &second, blocks);
}

#else

bool has_sha256_instructions() noexcept {
    return false;
}

void compress(Sha256State& /*state*/, std::span<const std::byte> /*blocks*/) noexcept {}

void compress_both(Sha256State& /*first*/, Sha256State& /*second*/,
                   std::span<const std::byte> /*blocks*/) noexcept {}

#endif

}  // namespace xpc::base

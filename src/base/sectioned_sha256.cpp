#include "base/sectioned_sha256.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/digest.hpp"
#include "base/sha256_blocks.hpp"

namespace xpc::base {

struct SectionedSha256::Way {
    Way() = default;
    virtual ~Way() = default;
    Way(const Way&) = delete;
    Way& operator=(const Way&) = delete;
    Way(Way&&) = delete;
    Way& operator=(Way&&) = delete;

    virtual void add(std::span<const std::byte> bytes) = 0;
    virtual std::string end_section() = 0;
    virtual std::string finish() = 0;
};

namespace {

/// Every byte is digested twice.
class TwoDigests final : public SectionedSha256::Way {
public:
    void add(std::span<const std::byte> bytes) override {
        all_.add(bytes);
        section_->add(bytes);
    }

    std::string end_section() override {
        std::string digest = section_->finish();
        section_.emplace(Digest::Kind::sha256);
        return digest;
    }

    std::string finish() override { return all_.finish(); }

private:
    Digest all_{Digest::Kind::sha256};
    std::optional<Digest> section_{std::in_place, Digest::Kind::sha256};
};

/// A digest whose whole blocks may also be taken from outside (FIPS 180-4).
class OpenDigest {
public:
    [[nodiscard]] bool is_between_blocks() const noexcept { return rest_bytes_ == 0; }

    /// For compress_both() of so many bytes.
    [[nodiscard]] Sha256State& state_for(std::uint64_t bytes) noexcept {
        bytes_ += bytes;
        return state_;
    }

    void add(std::span<const std::byte> bytes) noexcept {
        bytes_ += bytes.size();
        if (rest_bytes_ > 0) {
            const auto head = bytes.first(std::min(bytes.size(), sha256_block - rest_bytes_));
            keep(head);
            bytes = bytes.subspan(head.size());
            if (rest_bytes_ < sha256_block) return;
            compress(state_, rest_);
            rest_bytes_ = 0;
        }
        const auto blocks = bytes.first(bytes.size() / sha256_block * sha256_block);
        compress(state_, blocks);
        keep(bytes.subspan(blocks.size()));
    }

    /// 5.1.1: a one, zeros, and the number of bits.
    std::string finish() noexcept {
        const std::uint64_t bits = bytes_ * 8;
        constexpr std::array one = {std::byte{0x80}};
        constexpr std::array<std::byte, sha256_block> zeros{};
        std::array<std::byte, 8> length{};
        for (std::size_t at = 0; at < length.size(); ++at)
            length[at] = static_cast<std::byte>(bits >> (56 - 8 * at));
        add(one);
        const std::size_t filled = rest_bytes_ + length.size();
        add(std::span(zeros).first((2 * sha256_block - filled) % sha256_block));
        add(length);
        std::string digest;
        for (const std::uint32_t word : state_) {
            for (const unsigned shift : {24U, 16U, 8U, 0U})
                digest.push_back(static_cast<char>(word >> shift));
        }
        return digest;
    }

private:
    void keep(std::span<const std::byte> bytes) noexcept {
        std::ranges::copy(bytes, rest_.begin() + static_cast<std::ptrdiff_t>(rest_bytes_));
        rest_bytes_ += bytes.size();
    }

    Sha256State state_ = sha256_start;
    std::array<std::byte, sha256_block> rest_{};
    std::size_t rest_bytes_ = 0;
    std::uint64_t bytes_ = 0;
};

/// Whole blocks are taken into both at once.
class Twins final : public SectionedSha256::Way {
public:
    void add(std::span<const std::byte> bytes) override {
        if (all_.is_between_blocks() && section_.is_between_blocks()) {
            const auto blocks = bytes.first(bytes.size() / sha256_block * sha256_block);
            compress_both(all_.state_for(blocks.size()), section_.state_for(blocks.size()), blocks);
            bytes = bytes.subspan(blocks.size());
        }
        all_.add(bytes);
        section_.add(bytes);
    }

    std::string end_section() override {
        std::string digest = section_.finish();
        section_ = OpenDigest();
        return digest;
    }

    std::string finish() override { return all_.finish(); }

private:
    OpenDigest all_;
    OpenDigest section_;
};

}  // namespace

SectionedSha256::SectionedSha256(By by) {
    if (by == By::best && has_sha256_instructions()) {
        way_ = std::make_unique<Twins>();
    } else {
        way_ = std::make_unique<TwoDigests>();
    }
}

SectionedSha256::~SectionedSha256() = default;

void SectionedSha256::add(std::span<const std::byte> bytes) {
    way_->add(bytes);
}

std::string SectionedSha256::end_section() {
    return way_->end_section();
}

std::string SectionedSha256::finish() {
    return way_->finish();
}

}  // namespace xpc::base

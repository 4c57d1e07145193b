#include "base/sectioned_sha256.hpp"

#include <optional>

#include "base/digest.hpp"
#include "base/processor_sha256.hpp"
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
        section_ = ProcessorSha256();
        return digest;
    }

    std::string finish() override { return all_.finish(); }

private:
    ProcessorSha256 all_;
    ProcessorSha256 section_;
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

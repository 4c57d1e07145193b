#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace xpc::base {

/// SHA-256 of a stream, and of each of the sections that it is cut into, in one pass: an upload
/// needs the digest of the file and of its parts, and digests are most of what an upload costs.
class SectionedSha256 {
public:
    enum class By {
        best,     ///< the processor's own instructions, where it has them
        library,  ///< two digests of OpenSSL
    };

    explicit SectionedSha256(By by = By::best);
    ~SectionedSha256();
    SectionedSha256(const SectionedSha256&) = delete;
    SectionedSha256& operator=(const SectionedSha256&) = delete;
    SectionedSha256(SectionedSha256&&) = delete;
    SectionedSha256& operator=(SectionedSha256&&) = delete;

    /// To the stream and to its last section. It is one pass where each section but the last has a
    /// multiple of 64 bytes, as have the pieces that it comes in.
    void add(std::span<const std::byte> bytes);

    /// Of the last section; what is added next begins another one. Raw bytes.
    [[nodiscard]] std::string end_section();

    /// Of all. Nothing can be added afterwards.
    [[nodiscard]] std::string finish();

    struct Way;

private:
    std::unique_ptr<Way> way_;
};

}  // namespace xpc::base

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "pcap/frame.hpp"
#include "pcap/pcap_format.hpp"

namespace xpc::pcap {

/// Reads the frames of a classic pcap file that somebody else has written, of either byte order, in
/// micro- or nanoseconds. Needs 1 MiB, however large the file.
/// Source: draft-ietf-opsawg-pcap, sections 4 and 5
class FrameReader {
public:
    /// Errors: corrupt, when it does not begin as a pcap file does; Failure when it can not be
    /// read.
    [[nodiscard]] static base::Result<FrameReader> open(base::UniqueFd file);

    /// As the file has it, in which it need not be one of LinkType.
    [[nodiscard]] std::uint32_t link_type() const noexcept { return link_type_; }

    /// The next frames, in the file's order, numbered from 0; none at its end.
    /// Errors:   corrupt, where a record is not whole or can not be one: the frames before it have
    ///           been returned. Failure when it can not be read.
    /// Lifetime: the frames live until the next call.
    [[nodiscard]] base::Result<std::span<const FrameView>> next();

private:
    FrameReader(base::UniqueFd file, const FileHeader& header);

    void fill();
    [[nodiscard]] RecordHeader record_at(std::size_t at) const;
    [[nodiscard]] std::uint32_t native(std::uint32_t value) const noexcept;

    base::UniqueFd file_;
    bool is_swapped_ = false;
    bool has_nanoseconds_ = false;
    std::uint32_t link_type_ = 0;
    std::vector<std::byte> buffer_;
    std::size_t first_ = 0;  ///< of what is in the buffer and has not been returned
    std::size_t end_ = 0;
    std::uint64_t read_at_ = 0;  ///< in the file, of what comes behind the buffer
    std::uint64_t frames_ = 0;
    std::vector<FrameView> batch_;
};

}  // namespace xpc::pcap

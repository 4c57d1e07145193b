#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "pcap/pcap_reader.hpp"

namespace xpc::job {

/// The first so many bytes of a spool file. They are read and not mapped: where a disk has a bad
/// sector, a mapping would end the process.
/// Errors:   Failure, but for EIO: the file ends there.
/// Lifetime: the descriptor outlives it.
class SpoolBytes final : public pcap::FileBytes {
public:
    SpoolBytes(base::Fd file, std::uint64_t bytes, std::string name)
        : file_(file), bytes_(bytes), name_(std::move(name)) {}

    std::span<const std::byte> at(std::uint64_t offset, std::size_t length) override;

private:
    void fill(std::uint64_t offset, std::size_t length);

    base::Fd file_;
    std::uint64_t bytes_;
    std::string name_;
    std::vector<std::byte> window_;
    std::uint64_t from_ = 0;  ///< of the window, which has
    std::size_t has_ = 0;     ///< so many
};

}  // namespace xpc::job

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/unique_fd.hpp"

namespace xpc::base {

/// Some bytes of a file, borrowed: descriptors and name outlive it. It is read and not mapped,
/// since of a file that has become shorter meanwhile a mapping would end the process.
/// What the page cache does not have is read past it, where that is possible: whoever wrote the
/// file past it wants it to stay out, and the way through it costs several times the CPU.
/// Errors:  Failure(io, corrupt): the disk does not give it, or the file ends before the range.
/// Threads: any.
struct FileRange {
    Fd file;
    Fd direct;  ///< the same file, opened with O_DIRECT; may be invalid
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string_view name;  ///< of the file, for errors

    /// What a reader keeps between two reads.
    class Scratch {
    public:
        Scratch() = default;

    private:
        friend struct FileRange;

        struct Free {
            void operator()(std::byte* memory) const noexcept;
        };

        std::unique_ptr<std::byte, Free> memory_;
        std::uint64_t from_ = 0;
        std::uint64_t bytes_ = 0;
        std::uint64_t known_from_ = 0;  ///< from there
        std::uint64_t known_to_ = 0;    ///< to there, is_cached_ holds
        bool is_cached_ = true;
    };

    /// Fills `out` with what begins at `at` of the range.
    void read(std::uint64_t at, std::span<std::byte> out, Scratch& scratch) const;

    /// All of it, in order, in pieces of 256 KiB.
    void each_piece(const std::function<void(std::span<const std::byte>)>& take) const;

private:
    [[nodiscard]] std::size_t read_some(std::uint64_t from, std::span<std::byte> out,
                                        Scratch& scratch) const;
    void look(Scratch& scratch, std::uint64_t from) const;
    void fill(Scratch& scratch, std::uint64_t from) const;
};

}  // namespace xpc::base

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/mapping.hpp"
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

    /// What pieces lie in: up to 2 MiB, from the first reading on. Whoever reads several ranges
    /// keeps it, since memory that is new costs more than what is read into it.
    class Memory {
    public:
        /// To the system, until the next reading.
        void give_back() noexcept { mapping_ = Mapping(); }

    private:
        friend struct FileRange;

        [[nodiscard]] std::span<std::byte> for_reading(std::uint64_t range_bytes);

        Mapping mapping_;
    };

    /// What a reader of one range keeps between two reads. Only one uses a memory at a time.
    class Scratch {
    public:
        explicit Scratch(Memory& memory) noexcept : memory_(memory) {}

    private:
        friend struct FileRange;

        [[nodiscard]] bool has(std::uint64_t at) const noexcept {
            return at >= from_ && at < from_ + bytes_;
        }

        Memory& memory_;
        std::uint64_t from_ = 0;
        std::uint64_t bytes_ = 0;       ///< of the file, from there, are in the memory
        std::uint64_t known_from_ = 0;  ///< from there
        std::uint64_t known_to_ = 0;    ///< to there, is_cached_ holds
        bool is_cached_ = true;
    };

    /// Fills the first of `out`, as many bytes as it returns, with what begins at `at` of the
    /// range: as much as is worth reading at a time, where `out` is that large. The disk fills
    /// memory itself that begins at a page, and has 256 KiB or more.
    [[nodiscard]] std::size_t read_some(std::uint64_t at, std::span<std::byte> out,
                                        Scratch& scratch) const;

    /// All of it, in order, in pieces of up to 2 MiB: multiples of 64 bytes but for the last, where
    /// the range begins at one.
    void each_piece(const std::function<void(std::span<const std::byte>)>& take,
                    Memory& memory) const;

private:
    [[nodiscard]] std::size_t read_straight(std::uint64_t from, std::span<std::byte> out,
                                            Scratch& scratch) const;
    [[nodiscard]] std::span<const std::byte> kept(std::uint64_t from, Scratch& scratch) const;
    [[nodiscard]] std::size_t read_cached(std::uint64_t from, std::span<std::byte> out) const;
    [[nodiscard]] bool is_cached(std::uint64_t from, Scratch& scratch) const;
    void fill(Scratch& scratch, std::uint64_t from) const;
};

}  // namespace xpc::base

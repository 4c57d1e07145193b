#include "generator/tally.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "generator/numbered.hpp"

namespace xpc::bench {
namespace {

constexpr std::uint64_t bits = 64;

// More than a day at a million frames a second, and 16 GiB of bits: a number above it is damage.
constexpr std::uint64_t most_numbers = std::uint64_t{1} << 37;

}  // namespace

void Tally::take(std::span<const std::byte> frame, std::int64_t nanoseconds) {
    captured_bytes_ += frame.size();
    const auto number = numbered::number_of(frame);
    if (!number) {
        ++other_;
        return;
    }
    if (numbered_ == 0) first_time_ = nanoseconds;
    last_time_ = nanoseconds;
    take_number(*number);
}

void Tally::take_number(std::uint64_t number) {
    if (number >= most_numbers)
        throw base::Failure(base::Errc::corrupt, base::text("there is no frame number ", number));
    const std::uint64_t word = number / bits;
    const std::uint64_t bit = std::uint64_t{1} << number % bits;
    if (word >= seen_.size()) seen_.resize(std::max(word + 1, seen_.size() * 2));
    if ((seen_[word] & bit) != 0) ++duplicates_;
    seen_[word] |= bit;
    if (numbered_ > 0 && number < highest_) ++disorder_;
    lowest_ = std::min(lowest_, number);
    highest_ = std::max(highest_, number);
    ++numbered_;
}

std::string Tally::json() const {
    std::uint64_t gaps = 0;
    bool before = true;
    for (std::uint64_t number = lowest_; numbered_ > 0 && number <= highest_; ++number) {
        const bool here = (seen_[number / bits] >> number % bits & 1U) != 0;
        if (before && !here) ++gaps;
        before = here;
    }
    const std::uint64_t distinct = numbered_ - duplicates_;
    const std::uint64_t span = numbered_ == 0 ? 0 : highest_ - lowest_ + 1;
    return base::text("{\"frames\": ", numbered_, ", \"distinct\": ", distinct,
                      ", \"other\": ", other_, ", \"duplicates\": ", duplicates_,
                      ", \"gaps\": ", gaps, ", \"missing\": ", span - distinct,
                      ", \"disorder\": ", disorder_, ", \"first\": ", numbered_ == 0 ? 0 : lowest_,
                      ", \"last\": ", highest_, ", \"first_time_ns\": ", first_time_,
                      ", \"last_time_ns\": ", last_time_, ", \"captured_bytes\": ", captured_bytes_,
                      ", \"cut\": ", cut_ ? "true" : "false", "}");
}

}  // namespace xpc::bench

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace xpc::base {

/// Where a chain of audit lines stands: each line has the number `n` and the SHA-256 `prev` of the
/// one before, in hex, so that none can be changed, taken out or put in between without all behind
/// it being made anew. docs/decisions/0043 says what that is worth.
struct ChainEnd {
    std::uint64_t lines = 0;
    std::string digest;  ///< of the last one without its newline; empty: there is none yet
};

/// The next line, with its newline, and moves the end. `members` are what it says, beside `n` and
/// `prev`.
[[nodiscard]] std::string chain_line(ChainEnd& end, Json::Object members);

/// The event of the line that follows one which was cut off in the middle, by a crash.
inline constexpr std::string_view torn_event = "torn";

/// What the line behind a torn one says of it.
[[nodiscard]] Json::Object torn_line(std::string_view torn);

/// Follows a chain from a file's begin, or behind another file's end.
class ChainCheck {
public:
    /// `line` is without its newline. Errors: corrupt, with what is wrong; nothing may be added
    /// then.
    [[nodiscard]] Result<void> add(std::string_view line);

    /// The end of what was added. Errors: corrupt, where the last line is torn and none says so.
    [[nodiscard]] Result<ChainEnd> finish() const;

    /// Of whole lines, as add() has them.
    [[nodiscard]] const ChainEnd& end() const noexcept { return end_; }

    /// What was torn and is not accounted for yet.
    [[nodiscard]] const std::optional<std::string>& torn() const noexcept { return torn_; }

    [[nodiscard]] std::uint64_t torn_lines() const noexcept { return torn_lines_; }

private:
    ChainEnd end_;
    std::optional<std::string> torn_;
    std::uint64_t torn_lines_ = 0;
};

}  // namespace xpc::base

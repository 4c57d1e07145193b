#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace xpc::daemon {

// How the values of several keys are read. Each returns the cause of a refusal, or "".

[[nodiscard]] std::string set_truth(bool& out, const std::string& value);
[[nodiscard]] std::string set_number(std::uint64_t& out, const std::string& value,
                                     std::uint64_t least, std::uint64_t most);
[[nodiscard]] std::string set_size(std::uint64_t& out, const std::string& value,
                                   std::uint64_t least, std::uint64_t most);

/// A duration of at least a second, as a limit.
[[nodiscard]] std::string set_longest(std::chrono::milliseconds& out, const std::string& value);

/// The words of "a, b"; none of "".
[[nodiscard]] std::vector<std::string> words_of(const std::string& value);

/// At least one.
[[nodiscard]] std::string set_words(std::vector<std::string>& out, const std::string& value);

}  // namespace xpc::daemon

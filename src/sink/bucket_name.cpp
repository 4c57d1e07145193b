#include "sink/bucket_name.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace xpc::sink {
namespace {

bool is_letter_or_digit(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'z');
}

bool looks_like_ipv4(std::string_view name) {
    const auto pieces = base::split(name, '.');
    return pieces.size() == 4 && std::ranges::all_of(pieces, [](std::string_view piece) {
               return !piece.empty() && std::ranges::all_of(piece, base::is_digit);
           });
}

/// What is wrong, or "".
std::string_view fault_of(std::string_view name) {
    constexpr std::array<std::string_view, 3> reserved_starts{"xn--", "sthree-", "amzn-s3-demo-"};
    constexpr std::array<std::string_view, 5> reserved_ends{"-s3alias", "--ol-s3", ".mrap",
                                                            "--x-s3", "--table-s3"};
    if (name.size() < 3 || name.size() > 63) return "must have 3 to 63 characters";
    if (!std::ranges::all_of(
            name, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; })) {
        return "may have only lower-case letters, digits, dots and hyphens";
    }
    if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) {
        return "must begin and end with a letter or a digit";
    }
    if (name.contains("..")) return "must not have two dots in a row";
    if (looks_like_ipv4(name)) return "must not look like an IPv4 address";
    for (const auto start : reserved_starts) {
        if (name.starts_with(start)) return "begins in a way that S3 keeps for itself";
    }
    for (const auto end : reserved_ends) {
        if (name.ends_with(end)) return "ends in a way that S3 keeps for itself";
    }
    return {};
}

}  // namespace

base::Result<void> check_bucket_name(std::string_view name) {
    const std::string_view fault = fault_of(name);
    if (fault.empty()) return {};
    return base::refuse(base::Errc::invalid_value,
                        base::text("bucket ", base::quoted(name), ": ", fault), "bucket");
}

}  // namespace xpc::sink

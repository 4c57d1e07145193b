#include "api/members.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::text;
using std::chrono::milliseconds;

// A century: nothing above can be meant, and everything below can be counted in nanoseconds.
constexpr std::uint64_t most_seconds = std::uint64_t{100} * 366 * 86'400;

bool is_number(const Json& value) {
    return value.integer() != nullptr || value.floating() != nullptr;
}

/// A number that counts something, however it was written: 10 and 10.0 are the same number.
std::optional<std::uint64_t> whole_number(const Json& value) {
    constexpr double most = 9'007'199'254'740'992.0;  // 2^53: above, a double skips numbers
    if (const auto* whole = value.integer()) {
        return *whole < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*whole));
    }
    const double number = *value.floating();
    const bool is_whole = number >= 0.0 && number <= most && std::floor(number) == number;
    if (!is_whole) return std::nullopt;
    return static_cast<std::uint64_t>(number);
}

/// A value in a message: text in quotes, a number as it is.
std::string shown(const Json& value) {
    const std::string* words = value.string();
    return words == nullptr ? value.dump() : base::quoted(*words);
}

/// "a, b or c".
std::string listed(std::span<const std::string_view> words, std::string_view last) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? text(" ", last, " ") : ", ";
        out += words[i];
    }
    return out;
}

std::optional<std::uint64_t> seconds_in(const std::string& words, Members::DurationText form) {
    if (form == Members::DurationText::digits) return base::parse_decimal<std::uint32_t>(words);
    const auto parsed = base::parse_duration(words);
    if (!parsed || parsed->count() % 1000 != 0) return std::nullopt;
    return static_cast<std::uint64_t>(parsed->count() / 1000);
}

}  // namespace

Members::Members(const Json& object, std::string_view inside) : object_(object), inside_(inside) {}

const Json* Members::find(std::string_view name) {
    asked_for_.push_back(name);
    return object_.find(name);
}

const Json* Members::find_object(std::string_view name) {
    const Json* const member = find(name);
    if (member == nullptr || member->object() != nullptr) return member;
    refuse_type(name, "an object", *member);
    return nullptr;
}

bool Members::has(std::string_view name) const noexcept {
    return object_.find(name) != nullptr;
}

std::string Members::full_name(std::string_view name) const {
    if (inside_.empty()) return std::string(name);
    return name.empty() ? inside_ : text(inside_, '.', name);
}

void Members::refuse(Errc errc, std::string_view name, std::string_view message) {
    const std::string full = full_name(name);
    note(base::refuse(errc, text(full, message), full));
}

void Members::note(base::Result<void> outcome) {
    if (outcome_) outcome_ = std::move(outcome);
}

void Members::refuse_type(std::string_view name, std::string_view wanted, const Json& found) {
    refuse(Errc::wrong_type, name, text(": must be ", wanted, ", and is ", found.type_word()));
}

void Members::require(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (!has(name)) refuse(Errc::missing_field, name, ": is missing");
    }
}

void Members::require_any(std::initializer_list<std::string_view> names) {
    if (std::ranges::any_of(names, [this](std::string_view name) { return has(name); })) return;
    refuse(Errc::missing_field, "", text(": needs ", listed({names.begin(), names.end()}, "or")));
}

void Members::refuse_others() {
    for (const auto& [name, value] : *object_.object()) {
        if (std::ranges::find(asked_for_, name) != asked_for_.end()) continue;
        const std::string full = full_name(name);
        outcome_ = base::refuse(Errc::unknown_field,
                                text(base::quoted(full), ": is not known here"), full);
        return;
    }
}

void Members::refuse_word(std::string_view name, const std::string& given,
                          std::span<const std::string_view> known) {
    refuse(Errc::invalid_value, name,
           text(" ", base::quoted(given), ": must be ", listed(known, "or")));
}

void Members::read(std::string_view name, std::string& out) {
    const Json* member = find(name);
    if (member == nullptr) return;
    const std::string* value = member->string();
    if (value == nullptr) return refuse_type(name, "a string", *member);
    out = *value;
}

void Members::read(std::string_view name, std::string& out,
                   std::span<const std::string_view> /*words*/) {
    read(name, out);
}

void Members::read(std::string_view name, bool& out) {
    const Json* member = find(name);
    if (member == nullptr) return;
    const bool* value = member->boolean();
    if (value == nullptr) return refuse_type(name, "true or false", *member);
    out = *value;
}

void Members::read(std::string_view name, std::vector<std::string>& out) {
    const Json* member = find(name);
    if (member == nullptr) return;
    if (member->array() == nullptr) return refuse_type(name, "an array of strings", *member);
    out.clear();
    for (const Json& one : *member->array()) {
        const std::string* value = one.string();
        if (value == nullptr) {
            return refuse(Errc::wrong_type, name,
                          text(": must hold only strings, and holds ", one.type_word()));
        }
        out.push_back(*value);
    }
}

void Members::read_one_or_several(std::string_view one, std::string_view several,
                                  std::vector<std::string>& out, std::size_t most) {
    out.assign(1, {});
    read(one, out.front());
    if (find(several) == nullptr) return require({one});
    if (has(one)) {
        refuse(Errc::invalid_value, several,
               text(": the request has ", one, " already, and may have only one of the two"));
    }
    read(several, out);
    if (out.empty() || out.size() > most) {
        refuse(Errc::invalid_value, several,
               text(": must name 1 to ", most, " ", several, ", and names ", out.size()));
    }
}

void Members::read(std::string_view name, std::vector<std::pair<std::string, std::string>>& out) {
    const Json* member = find(name);
    if (member == nullptr) return;
    if (member->object() == nullptr) return refuse_type(name, "an object of strings", *member);
    out.clear();
    for (const Json::Member& one : *member->object()) {
        const std::string* value = one.value.string();
        if (value == nullptr) {
            return refuse(Errc::wrong_type, name,
                          text(": must hold only strings, and ", base::quoted(one.name), " is ",
                               one.value.type_word()));
        }
        out.emplace_back(one.name, *value);
    }
}

void Members::read_plain(std::string_view name, std::string& out, std::size_t most_bytes) {
    read(name, out);
    if (out.size() > most_bytes) {
        refuse(Errc::invalid_value, name,
               text(": has ", out.size(), " bytes, and may have ", most_bytes));
    } else if (!base::is_plain_text(out)) {
        refuse(Errc::invalid_value, name,
               text(" ", base::quoted(out), ": must have no control characters"));
    }
}

void Members::read_count(std::string_view name, std::uint64_t& out, Limits limits) {
    const Json* member = find(name);
    if (member == nullptr) return;
    if (!is_number(*member)) return refuse_type(name, "a number", *member);
    const auto value = whole_number(*member);
    if (!value || *value < limits.least || *value > limits.most) {
        return refuse(Errc::invalid_value, name,
                      text(" ", shown(*member), ": must be a whole number from ", limits.least,
                           " to ", limits.most));
    }
    out = *value;
}

void Members::read_count(std::string_view name, std::uint32_t& out, Limits limits) {
    std::uint64_t value = out;
    read_count(name, value, limits);
    out = static_cast<std::uint32_t>(value);
}

void Members::read_count(std::string_view name, std::uint16_t& out, Limits limits) {
    std::uint64_t value = out;
    read_count(name, value, limits);
    out = static_cast<std::uint16_t>(value);
}

void Members::read_size(std::string_view name, std::uint64_t& out, Limits limits) {
    const Json* member = find(name);
    if (member == nullptr) return;
    const std::string* words = member->string();
    if (words == nullptr && !is_number(*member)) {
        return refuse_type(name, "a number or a string", *member);
    }
    const auto value = words == nullptr ? whole_number(*member) : base::parse_size(*words);
    if (!value || *value < limits.least || *value > limits.most) {
        return refuse(Errc::invalid_value, name,
                      text(" ", shown(*member), ": must be from ", limits.least, " to ",
                           limits.most, " bytes, a number or text such as \"10 MiB\""));
    }
    out = *value;
}

void Members::read_duration(std::string_view name, milliseconds& out, DurationText form) {
    const Json* member = find(name);
    if (member == nullptr) return;
    const std::string* words = member->string();
    if (words == nullptr && !is_number(*member)) {
        return refuse_type(name, "a number or a string", *member);
    }
    const auto value = words == nullptr ? whole_number(*member) : seconds_in(*words, form);
    if (!value || *value == 0 || *value > most_seconds) {
        return refuse(Errc::invalid_value, name,
                      text(" ", shown(*member), ": must be a whole number of seconds, more than 0",
                           form == DurationText::with_unit ? ", or text such as \"10m\"" : ""));
    }
    out = std::chrono::seconds(*value);
}

}  // namespace xpc::api

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace xpc::base {

/// A JSON value (RFC 8259). An object keeps the order of its members.
class Json {
public:
    struct Member;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>;

    // Conversions are what the class is for. All are defined where Member is complete: clang asks
    // for it. NOLINTBEGIN(google-explicit-constructor)
    Json() noexcept;
    Json(std::nullptr_t) noexcept;
    Json(bool value) noexcept;
    Json(int value) noexcept;
    Json(std::int64_t value) noexcept;

    /// Above 2^63 - 1 a double, as most readers would make of it.
    Json(std::uint64_t value) noexcept;
    Json(double value) noexcept;
    Json(std::string value) noexcept;
    Json(std::string_view value);
    Json(const char* value);
    Json(Array value) noexcept;
    Json(Object value) noexcept;
    // NOLINTEND(google-explicit-constructor)

    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other);
    Json& operator=(Json&& other) noexcept;
    ~Json();

    [[nodiscard]] static Json object(std::initializer_list<Member> members);

    [[nodiscard]] bool is_null() const noexcept { return holds<std::monostate>(); }

    // nothing (null) where the value is of another type
    [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&value_); }

    [[nodiscard]] const std::int64_t* integer() const noexcept {
        return std::get_if<std::int64_t>(&value_);
    }

    [[nodiscard]] const double* floating() const noexcept { return std::get_if<double>(&value_); }

    [[nodiscard]] const std::string* string() const noexcept {
        return std::get_if<std::string>(&value_);
    }

    [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&value_); }

    [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&value_); }

    /// The member of that name, of an object that has it.
    [[nodiscard]] const Json* find(std::string_view name) const noexcept;

    /// The string, integer or truth at `name`, or `otherwise`: to read replies whose shape is
    /// known.
    [[nodiscard]] std::string text_at(std::string_view name, std::string_view otherwise = {}) const;
    [[nodiscard]] std::int64_t integer_at(std::string_view name, std::int64_t otherwise = 0) const;

    /// `{"a":1}` on one line, or indented by two spaces. Text that is no UTF-8 gets U+FFFD.
    [[nodiscard]] std::string dump(bool indented = false) const;

    /// On one line, with whatever is not ASCII or not printable as `\uXXXX`.
    [[nodiscard]] std::string dump_ascii() const;

    /// "null", "a boolean", "a number", "a string", "an array" or "an object": for messages.
    [[nodiscard]] std::string_view type_word() const noexcept;

private:
    template <typename T>
    [[nodiscard]] bool holds() const noexcept {
        return std::holds_alternative<T>(value_);
    }

    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
    std::string name;
    Json value;
};

/// Null where there are no words.
[[nodiscard]] Json text_or_null(const std::string& words);

/// `{"code", "message"}`, and a list of them, as replies and records have them.
[[nodiscard]] Json error_json(const Error& error);
[[nodiscard]] Json errors_json(const std::vector<Error>& errors);

/// Errors: malformed_json, with the place and the cause; also for text nested deeper than 64, an
///         object of more than 1,024 members, or one that has a name twice.
[[nodiscard]] Result<Json> parse_json(std::string_view raw);

}  // namespace xpc::base

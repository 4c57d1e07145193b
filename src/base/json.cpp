#include "base/json.hpp"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace xpc::base {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t deepest = 64;
constexpr std::size_t most_members = 1024;  // each is compared with those before it

/// Builds the value as nlohmann's parser reads it, and stops at text that nests too deep.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return add(Json()); }

    bool boolean(bool value) override { return add(Json(value)); }

    bool number_integer(std::int64_t value) override { return add(Json(value)); }

    bool number_unsigned(std::uint64_t value) override { return add(Json(value)); }

    bool number_float(double value, const std::string& /*as_written*/) override {
        return add(Json(value));
    }

    bool string(std::string& value) override { return add(Json(std::move(value))); }

    bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*size*/) override { return open(true); }

    bool start_array(std::size_t /*size*/) override { return open(false); }

    bool key(std::string& name) override {
        open_.back().name = std::move(name);
        return true;
    }

    bool end_object() override { return close(); }

    bool end_array() override { return close(); }

    bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                     const nlohmann::json::exception& error) override {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
        const std::string_view whole = error.what();
        const auto cause = whole.find("parse error");
        error_ = text("not JSON: ", whole.substr(cause == std::string_view::npos ? 0 : cause));
        return false;
    }

    [[nodiscard]] Json& root() { return root_; }

    [[nodiscard]] const std::string& error() const { return error_; }

private:
    struct Open {
        bool is_object;
        Json::Array array;
        Json::Object object;
        std::string name;
    };

    bool open(bool is_object) {
        if (open_.size() >= deepest) {
            error_ = text("not JSON that is accepted here: nested deeper than ", deepest);
            return false;
        }
        open_.push_back({.is_object = is_object, .array = {}, .object = {}, .name = {}});
        return true;
    }

    bool close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        return add(done.is_object ? Json(std::move(done.object)) : Json(std::move(done.array)));
    }

    bool add(Json value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (Open& in = open_.back(); !in.is_object) {
            in.array.push_back(std::move(value));
        } else {
            return add_member(in, std::move(value));
        }
        return true;
    }

    /// Of two members of one name programs take the first or the last (RFC 8259, 4): what a proxy
    /// has looked at might not be what we do.
    bool add_member(Open& in, Json value) {
        if (std::ranges::find(in.object, in.name, &Json::Member::name) != in.object.end()) {
            error_ = text("not JSON that is accepted here: has the member ", base::quoted(in.name),
                          " twice");
            return false;
        }
        if (in.object.size() >= most_members) {
            error_ = text("not JSON that is accepted here: an object has more than ", most_members,
                          " members");
            return false;
        }
        in.object.push_back({.name = std::move(in.name), .value = std::move(value)});
        return true;
    }

    std::vector<Open> open_;
    Json root_;
    std::string error_;
};

ordered_json to_library(const Json& value) {
    if (const auto* truth = value.boolean()) return *truth;
    if (const auto* number = value.integer()) return *number;
    if (const auto* number = value.floating()) return *number;
    if (const auto* string = value.string()) return *string;
    if (const auto* array = value.array()) {
        ordered_json out = ordered_json::array();
        for (const Json& element : *array)
            out.push_back(to_library(element));
        return out;
    }
    if (const auto* object = value.object()) {
        ordered_json out = ordered_json::object();
        for (const auto& [name, member] : *object)
            out[name] = to_library(member);
        return out;
    }
    return nullptr;
}

/// Whether a string is the same in JSON, whatever is escaped.
bool is_plain(std::string_view string) {
    return std::ranges::all_of(
        string, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

std::string written_by_library(const Json& value, bool ascii) {
    return to_library(value).dump(-1, ' ', ascii, ordered_json::error_handler_t::replace);
}

void write_string(std::string& out, const std::string& string, bool ascii) {
    if (!is_plain(string)) {
        out += written_by_library(string, ascii);
        return;
    }
    out += '"';
    out += string;
    out += '"';
}

/// What the library would write, without a copy of the value as it has it. What is not plain is
/// left to it.
void write(std::string& out, const Json& value, bool ascii) {
    if (const auto* string = value.string()) return write_string(out, *string, ascii);
    if (const auto* number = value.integer()) {
        out += std::to_string(*number);
    } else if (const auto* truth = value.boolean()) {
        out += *truth ? "true" : "false";
    } else if (value.is_null()) {
        out += "null";
    } else if (const auto* array = value.array()) {
        out += '[';
        for (const Json& element : *array) {
            if (&element != &array->front()) out += ',';
            write(out, element, ascii);
        }
        out += ']';
    } else if (const auto* object = value.object()) {
        out += '{';
        for (const auto& [name, member] : *object) {
            if (&name != &object->front().name) out += ',';
            write_string(out, name, ascii);
            out += ':';
            write(out, member, ascii);
        }
        out += '}';
    } else {
        out += written_by_library(value, ascii);
    }
}

std::string written(const Json& value, bool ascii) {
    std::string out;
    write(out, value, ascii);
    return out;
}

}  // namespace

Json::Json() noexcept = default;

Json::Json(std::nullptr_t) noexcept {}

Json::Json(bool value) noexcept : value_(value) {}

Json::Json(int value) noexcept : value_(std::int64_t{value}) {}

Json::Json(std::int64_t value) noexcept : value_(value) {}

Json::Json(double value) noexcept : value_(value) {}

Json::Json(std::string value) noexcept : value_(std::move(value)) {}

Json::Json(std::string_view value) : value_(std::string(value)) {}

Json::Json(const char* value) : value_(std::string(value)) {}

Json::Json(Array value) noexcept : value_(std::move(value)) {}

Json::Json(Object value) noexcept : value_(std::move(value)) {}

Json::Json(const Json& other) = default;

Json::Json(Json&& other) noexcept = default;

Json& Json::operator=(const Json& other) = default;

Json& Json::operator=(Json&& other) noexcept = default;

Json::~Json() = default;

Json::Json(std::uint64_t value) noexcept {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        value_ = static_cast<std::int64_t>(value);
    } else {
        value_ = static_cast<double>(value);
    }
}

Json Json::object(std::initializer_list<Member> members) {
    return Object(members);
}

const Json* Json::find(std::string_view name) const noexcept {
    const Object* members = object();
    if (members == nullptr) return nullptr;
    const auto found = std::ranges::find(*members, name, &Member::name);
    return found == members->end() ? nullptr : &found->value;
}

std::string Json::text_at(std::string_view name, std::string_view otherwise) const {
    const Json* member = find(name);
    const std::string* value = member == nullptr ? nullptr : member->string();
    return value == nullptr ? std::string(otherwise) : *value;
}

std::int64_t Json::integer_at(std::string_view name, std::int64_t otherwise) const {
    const Json* member = find(name);
    const std::int64_t* value = member == nullptr ? nullptr : member->integer();
    return value == nullptr ? otherwise : *value;
}

std::string Json::dump(bool indented) const {
    if (!indented) return written(*this, false);
    return to_library(*this).dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string Json::dump_ascii() const {
    return written(*this, true);
}

std::string_view Json::type_word() const noexcept {
    switch (value_.index()) {
        case 0:
            return "null";
        case 1:
            return "a boolean";
        case 2:
        case 3:
            return "a number";
        case 4:
            return "a string";
        case 5:
            return "an array";
        default:
            return "an object";
    }
}

Json text_or_null(const std::string& words) {
    return words.empty() ? Json() : Json(words);
}

Json error_json(const Error& error) {
    return Json::object({{"code", traits(error.errc).code}, {"message", error.message}});
}

Json errors_json(const std::vector<Error>& errors) {
    Json::Array list;
    for (const Error& error : errors)
        list.push_back(error_json(error));
    return list;
}

Result<Json> parse_json(std::string_view raw) {
    Builder builder;
    if (!nlohmann::json::sax_parse(raw.begin(), raw.end(), &builder)) {
        return refuse(Errc::malformed_json, builder.error());
    }
    return std::move(builder.root());
}

}  // namespace xpc::base

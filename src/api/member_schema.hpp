#pragma once

#include "api/members.hpp"

namespace xpc::api {

/// Makes a JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) of the calls by which Members would
/// read an object. What a call's `out` holds is told as the default.
class MemberSchema {
public:
    using Limits = Members::Limits;
    using DurationText = Members::DurationText;

    void require(std::initializer_list<std::string_view> names);
    void require_any(std::initializer_list<std::string_view> names);

    void refuse_others() { others_refused_ = true; }

    void read(std::string_view name, const std::string& out);
    void read(std::string_view name, const std::string& out,
              std::span<const std::string_view> words);
    void read(std::string_view name, const bool& out);
    void read_one_or_several(std::string_view one, std::string_view several,
                             const std::vector<std::string>& out, std::size_t most);

    template <typename Value>
    void read_word(std::string_view name, const Value& out,
                   std::span<const std::pair<std::string_view, Value>> words) {
        std::vector<std::string_view> known;
        std::string usual;
        for (const auto& [word, value] : words) {
            known.push_back(word);
            if (value == out) usual = word;
        }
        read(name, usual, known);
    }

    template <typename ReadInner>
    void read_object(std::string_view name, const ReadInner& read_inner) {
        MemberSchema inner;
        read_inner(inner);
        inner.refuse_others();
        add(name, inner.schema());
    }

    void read(std::string_view name, const std::vector<std::pair<std::string, std::string>>& out);
    void read_plain(std::string_view name, const std::string& out, std::size_t most_bytes);
    void read_count(std::string_view name, const std::uint64_t& out, Limits limits);
    void read_size(std::string_view name, const std::uint64_t& out, Limits limits);
    void read_duration(std::string_view name, const std::chrono::milliseconds& out,
                       DurationText form);

    [[nodiscard]] base::Json schema() const;

private:
    void add(std::string_view name, base::Json schema);

    base::Json::Object properties_;
    base::Json::Array required_;
    base::Json::Array any_of_;
    base::Json::Array one_of_;
    bool others_refused_ = false;
};

}  // namespace xpc::api

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace xpc::api {

/// Reads the members of a JSON object that came from outside, one call each. A member that is not
/// there leaves `out` as it is. The first refusal stays, and says what outcome() is; what is read
/// after it does not count. MemberSchema makes the schema of the same calls.
/// Errors:   missing_field, wrong_type, unknown_field, invalid_value, with the member's name.
/// Lifetime: borrows the object, and the names that it is asked for.
class Members {
public:
    /// `inside`: the member that the object is, if it is one: names are told as "inside.name".
    explicit Members(const base::Json& object, std::string_view inside = {});

    struct Limits {
        std::uint64_t least = 1;
        std::uint64_t most = std::uint64_t{1} << 53U;  ///< above, JSON readers begin to round
    };

    enum class DurationText { digits, with_unit };

    [[nodiscard]] bool has(std::string_view name) const noexcept;

    /// The member, to be read by other means; null where it is absent.
    [[nodiscard]] const base::Json* find(std::string_view name);

    void require(std::initializer_list<std::string_view> names);
    void require_any(std::initializer_list<std::string_view> names);

    /// Refuses every member that was not asked for until here; that counts before any other
    /// refusal, since a name that is misspelt is why another is missing.
    void refuse_others();

    void read(std::string_view name, std::string& out);

    /// Text that is one of `words`; who reads it checks that later, with what depends on it.
    void read(std::string_view name, std::string& out, std::span<const std::string_view> words);
    void read(std::string_view name, bool& out);
    void read(std::string_view name, std::vector<std::string>& out);

    /// `one`, a string, or `several`, an array of 1 to `most` strings: one of the two.
    void read_one_or_several(std::string_view one, std::string_view several,
                             std::vector<std::string>& out, std::size_t most);

    /// One of those words, by what it stands for.
    template <typename Value>
    void read_word(std::string_view name, Value& out,
                   std::span<const std::pair<std::string_view, Value>> words) {
        std::string given;
        read(name, given);
        if (find(name) == nullptr) return;
        for (const auto& [word, value] : words) {
            if (word == given) {
                out = value;
                return;
            }
        }
        std::vector<std::string_view> known;
        for (const auto& [word, value] : words)
            known.push_back(word);
        refuse_word(name, given, known);
    }

    /// An object, whose members `read_inner(Members&)` reads; it may have no others.
    template <typename ReadInner>
    void read_object(std::string_view name, const ReadInner& read_inner) {
        const base::Json* const member = find_object(name);
        if (member == nullptr) return;
        Members inner(*member, full_name(name));
        read_inner(inner);
        inner.refuse_others();
        note(inner.outcome());
    }

    /// An object of names and strings, in its order.
    void read(std::string_view name, std::vector<std::pair<std::string, std::string>>& out);

    /// Text that ends up where people read it: no control characters, and no more bytes than that.
    void read_plain(std::string_view name, std::string& out, std::size_t most_bytes);

    void read_count(std::string_view name, std::uint64_t& out, Limits limits);
    void read_count(std::string_view name, std::uint32_t& out, Limits limits);
    void read_count(std::string_view name, std::uint16_t& out, Limits limits);

    /// A number of bytes, or text such as "10 MiB".
    void read_size(std::string_view name, std::uint64_t& out, Limits limits);

    /// Whole seconds, more than 0: a number, or text.
    void read_duration(std::string_view name, std::chrono::milliseconds& out, DurationText form);

    /// `message` goes on after the member's name: ": must be …". An empty name is the object
    /// itself.
    void refuse(base::Errc errc, std::string_view name, std::string_view message);

    /// Takes over the refusal of what was read elsewhere.
    void note(base::Result<void> outcome);

    [[nodiscard]] base::Result<void> outcome() const { return outcome_; }

private:
    [[nodiscard]] const base::Json* find_object(std::string_view name);
    [[nodiscard]] std::string full_name(std::string_view name) const;
    void refuse_word(std::string_view name, const std::string& given,
                     std::span<const std::string_view> known);
    void refuse_type(std::string_view name, std::string_view wanted, const base::Json& found);

    const base::Json& object_;
    std::string inside_;
    std::vector<std::string_view> asked_for_;
    base::Result<void> outcome_;
};

}  // namespace xpc::api

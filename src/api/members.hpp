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
/// after it does not count.
/// Errors:   missing_field, wrong_type, unknown_field, invalid_value, with the member's name.
/// Lifetime: borrows the object.
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
    [[nodiscard]] const base::Json* find(std::string_view name) const noexcept;

    /// The same of a member that has to be an object.
    [[nodiscard]] const base::Json* find_object(std::string_view name);

    void require(std::initializer_list<std::string_view> names);
    void refuse_all_but(std::span<const std::string_view> names);
    void read(std::string_view name, std::string& out);
    void read(std::string_view name, bool& out);
    void read(std::string_view name, std::vector<std::string>& out);

    /// An object of names and strings, in its order.
    void read(std::string_view name, std::vector<std::pair<std::string, std::string>>& out);

    /// Text that ends up where people read it: no control characters, and no more bytes than that.
    void read_plain(std::string_view name, std::string& out, std::size_t most_bytes);

    void read_count(std::string_view name, std::uint64_t& out, Limits limits);
    void read_count(std::string_view name, std::uint32_t& out, Limits limits);

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
    [[nodiscard]] std::string full_name(std::string_view name) const;
    void refuse_type(std::string_view name, std::string_view wanted, const base::Json& found);

    const base::Json& object_;
    std::string inside_;
    base::Result<void> outcome_;
};

}  // namespace xpc::api

#include "api/list_page.hpp"

#include <limits>

#include "base/base64url.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "job/ids.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

constexpr std::size_t most_jobs = 1000;

[[nodiscard]] base::Error refusal(const std::string& name, const std::string& value,
                                  std::string_view why) {
    return {.errc = Errc::invalid_value,
            .message = text(name, ' ', base::quoted(value), ": ", why),
            .field = name};
}

/// Whether a parameter says where in the list a page is, and not what the list is of.
bool is_place(std::string_view name) {
    return name == "cursor" || name == "before" || name == "limit";
}

/// Of what the list is of: a cursor of another one has another mark.
std::string mark_of(const Request& request) {
    std::string wanted;
    for (const auto& [name, value] : request.query) {
        if (!is_place(name)) {
            wanted += text(base::percent_encoded(name), '=', base::percent_encoded(value), '&');
        }
    }
    constexpr std::size_t enough = 8;
    return base::hex(base::sha256(wanted)).substr(0, enough);
}

[[nodiscard]] Result<std::int64_t> sequence_of(const Request& request, const std::string& name,
                                               const std::string& cursor) {
    const auto content = base::from_base64url(cursor).value_or("");
    const auto pieces = base::split(content, '.');
    constexpr std::size_t piece_count = 3;
    const auto sequence = pieces.size() == piece_count && pieces[0] == "1"
                              ? base::parse_decimal<std::uint64_t>(pieces[1])
                              : std::nullopt;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!sequence || *sequence > most) {
        return std::unexpected(refusal(name, cursor, "is not one that this server gave out"));
    }
    if (pieces[2] != mark_of(request)) {
        return std::unexpected(
            refusal(name, cursor, "is of a list with other parameters: keep them, but for limit"));
    }
    return static_cast<std::int64_t>(*sequence);
}

template <typename Value>
[[nodiscard]] Result<void> read_word(const std::string& name, const std::string& given,
                                     std::optional<Value> (*from)(std::string_view) noexcept,
                                     std::optional<Value>& out, std::string_view what) {
    out = from(given);
    if (out) return {};
    return std::unexpected(refusal(name, given, what));
}

[[nodiscard]] Result<void> read_limit(const std::string& name, const std::string& given,
                                      std::size_t& out) {
    const auto limit = base::parse_decimal<std::size_t>(given);
    if (!limit || *limit == 0 || *limit > most_jobs) {
        return std::unexpected(refusal(name, given, text("must be 1 to ", most_jobs)));
    }
    out = *limit;
    return {};
}

[[nodiscard]] Result<void> read_parameter(const Request& request, const std::string& name,
                                          const std::string& value, job::ListQuery& query) {
    constexpr std::string_view no_word = "there is no such word";
    constexpr std::string_view no_time = "must be a time, such as 2026-11-23T08:15:30Z";
    if (name == "limit") return read_limit(name, value, query.limit);
    if (name == "state") return read_word(name, value, &job::state_from, query.state, no_word);
    if (name == "delivery") {
        return read_word(name, value, &job::delivery_from, query.delivery, no_word);
    }
    if (name == "created_after") {
        return read_word(name, value, &base::parse_rfc3339, query.created_after, no_time);
    }
    if (name == "created_before") {
        return read_word(name, value, &base::parse_rfc3339, query.created_before, no_time);
    }
    if (name == "device") {
        query.device = value;
    } else if (name == "interface") {
        query.interface = value;
    } else if (name == "by") {
        query.by = value;
    } else if (name == "before" && job::is_uuid(value)) {
        query.before = value;
    } else if (name == "cursor" || name == "before") {
        const auto sequence = sequence_of(request, name, value);
        if (!sequence) return std::unexpected(sequence.error());
        query.before_sequence = *sequence;
    } else {
        return refuse(Errc::unknown_field, text(base::quoted(name), ": is not known here"), name);
    }
    return {};
}

}  // namespace

Result<job::ListQuery> parse_list_query(const Request& request) {
    job::ListQuery query;
    for (const auto& [name, value] : request.query) {
        if (auto read = read_parameter(request, name, value, query); !read) {
            return std::unexpected(std::move(read.error()));
        }
    }
    return query;
}

std::string cursor_after(const Request& request, std::int64_t sequence) {
    return base::base64url(text("1.", sequence, '.', mark_of(request)));
}

std::string next_target(const Request& request, const std::string& cursor) {
    std::string target = request.target.substr(0, request.target.find('?'));
    char separator = '?';
    for (const auto& [name, value] : request.query) {
        if (name == "cursor" || name == "before") continue;
        target += text(separator, base::percent_encoded(name), '=', base::percent_encoded(value));
        separator = '&';
    }
    return target + text(separator, "cursor=", cursor);
}

}  // namespace xpc::api

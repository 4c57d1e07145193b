#include "job/object_keys.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "sink/object_key.hpp"
#include "sink/object_options.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::quoted;
using base::refuse;
using base::Result;
using base::text;
using sink::compressed_extension;

/// What a placeholder stands for, as a part of a name.
std::string in_a_name(std::string_view words) {
    if (words.empty()) return "none";
    std::string out(words);
    std::ranges::replace_if(out, [](char c) { return !sink::is_key_character(c); }, '-');
    if (out.front() == '.') out.front() = '-';
    return out;
}

struct Placeholder {
    std::string_view name;
    std::string (*value)(const Job& job, base::WallTime when);
};

/// A part of "20261125T044335Z", the time of the job in UTC.
template <std::size_t begin, std::size_t length>
std::string time_digits(const Job& /*job*/, base::WallTime when) {
    return base::iso8601_basic(when).substr(begin, length);
}

std::string date(const Job& job, base::WallTime when) {
    return text(time_digits<0, 4>(job, when), '-', time_digits<4, 2>(job, when), '-',
                time_digits<6, 2>(job, when));
}

std::string timestamp(const Job& /*job*/, base::WallTime when) {
    return std::to_string(
        std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count());
}

constexpr auto placeholders = std::to_array<Placeholder>({
    {"job", [](const Job& job, base::WallTime) { return job.id; }},
    {"number", [](const Job& job, base::WallTime) { return std::to_string(job.number); }},
    {"timestamp", timestamp},
    {"date", date},
    {"time", time_digits<9, 6>},
    {"year", time_digits<0, 4>},
    {"month", time_digits<4, 2>},
    {"day", time_digits<6, 2>},
    {"hour", time_digits<9, 2>},
    {"device", [](const Job& job, base::WallTime) { return in_a_name(job.request.device); }},
    {"interface",
     [](const Job& job, base::WallTime) {
         return in_a_name(base::joined(job.request.interfaces, "_"));
     }},
    {"proto", [](const Job& job, base::WallTime) { return in_a_name(job.request.proto); }},
    {"by", [](const Job& job, base::WallTime) { return in_a_name(job.request.by); }},
});

std::string all_names() {
    std::string names;
    for (const Placeholder& one : placeholders)
        names += text(names.empty() ? "{" : ", {", one.name, '}');
    return names;
}

/// Errors: invalid_value for a brace without its other, and a name that there is not.
[[nodiscard]] Result<std::string> expanded(const Job& job, base::WallTime when) {
    const std::string& whole = job.request.key;
    const auto refusal = [&](std::string_view why) {
        return refuse(Errc::invalid_value, text("key ", quoted(whole), ": ", why), "key");
    };
    std::string out;
    for (std::string_view rest = whole; !rest.empty();) {
        const auto brace = std::min(rest.find_first_of("{}"), rest.size());
        out += rest.substr(0, brace);
        rest.remove_prefix(brace);
        if (rest.empty()) break;
        const auto end = rest.find('}');
        if (rest.front() == '}' || end == std::string_view::npos) {
            return refusal("a brace without its other");
        }
        const auto name = rest.substr(1, end - 1);
        const auto* const known = std::ranges::find(placeholders, name, &Placeholder::name);
        if (known == placeholders.end()) {
            return refusal(text("there is no {", name, "}, only ", all_names()));
        }
        out += known->value(job, when);
        rest.remove_prefix(end + 1);
    }
    return out;
}

std::string_view plain_extension(const JobRequest& request) {
    return request.format == pcap::FileFormat::pcapng ? ".pcapng" : ".pcap";
}

/// The key with what is missing of its extension.
std::string with_extension(std::string key, const JobRequest& request) {
    const std::string extension = file_extension(request);
    if (key.ends_with(extension)) return key;
    if (key.ends_with(plain_extension(request))) return key + std::string(compressed_extension);
    return key + extension;
}

/// Whether it ends with the name of another kind of file than it will be.
bool has_wrong_extension(std::string_view key, const JobRequest& request) {
    if (key.ends_with(file_extension(request))) return false;
    const bool is_compressed = request.object.compression != sink::Compression::none;
    if (is_compressed && key.ends_with(plain_extension(request))) return false;
    return std::ranges::any_of(
        std::array<std::string_view, 3>{".pcap", ".pcapng", compressed_extension},
        [&](std::string_view one) { return key.ends_with(one); });
}

}  // namespace

std::string file_extension(const JobRequest& request) {
    const bool is_compressed = request.object.compression != sink::Compression::none;
    return text(plain_extension(request), is_compressed ? compressed_extension : "");
}

Result<void> check_key_template(const JobRequest& request) {
    if (request.key.empty()) return {};
    auto key = expanded(stand_in(request), base::wall_now());
    if (!key) return std::unexpected(std::move(key.error()));
    if (has_wrong_extension(*key, request)) {
        return refuse(Errc::invalid_value,
                      text("key ", quoted(request.key), ": the file will be a ",
                           file_extension(request), ", by format and compression"),
                      "key");
    }
    if (sink::is_object_key(with_extension(*key, request))) return {};
    return refuse(Errc::invalid_value,
                  text("key ", quoted(request.key), ": becomes ", quoted(*key),
                       ", which can be no key: names with / between them, of letters, digits and "
                       ". _ = -, none empty, with a dot in front or longer than 255 bytes, 1,000 "
                       "bytes in all"),
                  "key");
}

std::string object_key(const Job& job, base::WallTime when) {
    const JobRequest& request = job.request;
    if (request.key.empty()) return text(timestamp(job, when), file_extension(request));
    return with_extension(base::value_or_throw(expanded(job, when)), request);
}

std::string segment_key(std::string_view job_key, std::uint32_t number) {
    constexpr std::size_t least_digits = 4;
    std::string digits = std::to_string(number);
    if (digits.size() < least_digits) digits.insert(0, least_digits - digits.size(), '0');
    std::string_view plain = job_key;
    if (plain.ends_with(compressed_extension)) plain.remove_suffix(compressed_extension.size());
    const auto dot = std::min(plain.rfind('.'), plain.size());
    return text(job_key.substr(0, dot), '-', digits, job_key.substr(dot));
}

sink::Destination segment_destination(const Job& job, const Segment& segment) {
    sink::Destination destination = job.destination;
    destination.key = segment.key;
    return destination;
}

std::string object_url(const Job& job, std::string_view key) {
    std::string_view url = job.url;
    if (url.ends_with(job.destination.key)) url.remove_suffix(job.destination.key.size());
    return text(url, key);
}

}  // namespace xpc::job

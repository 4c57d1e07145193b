#include "sink/s3/profiles.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

using base::trimmed;

/// What a shell makes of a word; nothing where a quotation does not end.
/// Source: Python, shlex.split().
std::optional<std::string> unquoted(std::string_view word) {
    std::string plain;
    char quote = 0;
    for (std::size_t at = 0; at < word.size(); ++at) {
        const char c = word[at];
        const bool is_escape = c == '\\' && quote != '\'';
        if (is_escape && ++at == word.size()) return std::nullopt;
        if (is_escape) {
            const bool is_literal = quote == '"' && word[at] != '"' && word[at] != '\\';
            if (is_literal) plain += c;
            plain += word[at];
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else {
            plain += c;
        }
    }
    return quote == 0 ? std::optional(plain) : std::nullopt;
}

/// The part of a section's head that names a profile of `config`; nothing for a section of another
/// kind (sso-session, services).
std::optional<std::string_view> name_behind_profile(std::string_view head) {
    constexpr std::string_view prefix = "profile";
    if (!head.starts_with(prefix)) return std::nullopt;
    const std::string_view rest = head.substr(prefix.size());
    if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t')) return std::nullopt;
    return trimmed(rest);
}

class Reader {
public:
    explicit Reader(ProfileFile file) : file_(file) {}

    void take(std::string_view line) {
        const std::string_view content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';')) return;
        const std::size_t indent = line.find_first_not_of(" \t");
        if (has_setting_ && indent > indent_) {
            go_on(content);
            return;
        }
        indent_ = indent;
        has_setting_ = false;
        if (content.starts_with('[')) {
            begin_section(content);
        } else {
            begin_setting(content);
        }
    }

    [[nodiscard]] Profiles finish() {
        for (auto& [_, profile] : profiles_) {
            // a setting of settings begins on the next line
            std::erase_if(profile, [](const auto& one) { return one.second.starts_with('\n'); });
        }
        return std::move(profiles_);
    }

private:
    void begin_section(std::string_view content) {
        profile_ = nullptr;
        const auto end = content.find(']');
        if (end == std::string_view::npos) return;
        const std::string_view head = trimmed(content.substr(1, end - 1));
        if (file_ == ProfileFile::credentials) {
            profile_ = &profiles_[std::string(head)];
        } else if (const auto behind = name_behind_profile(head)) {
            begin_profile(unquoted(*behind));
        } else if (head == "default" && !has_profile_default_) {
            profile_ = &profiles_["default"];
        }
    }

    void begin_profile(const std::optional<std::string>& name) {
        if (!name) return;
        profile_ = &profiles_[*name];
        if (*name != "default" || has_profile_default_) return;
        has_profile_default_ = true;
        profile_->clear();  // of what "[default]" said
    }

    void begin_setting(std::string_view content) {
        const auto sign = content.find_first_of("=:");
        if (sign == std::string_view::npos) return;
        has_setting_ = true;
        value_ = nullptr;
        if (profile_ == nullptr) return;
        const auto [at, is_new] = profile_->emplace(base::lower(trimmed(content.substr(0, sign))),
                                                    trimmed(content.substr(sign + 1)));
        if (is_new) value_ = &at->second;
    }

    /// A shell takes a space as well as the end of a line.
    void go_on(std::string_view content) {
        if (value_ == nullptr) return;
        value_->push_back(value_->empty() ? '\n' : ' ');
        *value_ += content;
    }

    ProfileFile file_;
    Profiles profiles_;
    Profile* profile_ = nullptr;    ///< of the section; nothing where it is none
    std::string* value_ = nullptr;  ///< of the setting; nothing where it does not count
    bool has_setting_ = false;      ///< that lines may go on with
    bool has_profile_default_ = false;
    std::size_t indent_ = 0;
};

}  // namespace

Profiles profiles_of(std::string_view text, ProfileFile file) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    Reader reader(file);
    for (const std::string_view line : base::split(text, '\n'))
        reader.take(line);
    return reader.finish();
}

std::string setting(const Profile& profile, std::string_view name) {
    const auto found = profile.find(name);
    return found == profile.end() ? std::string() : found->second;
}

}  // namespace xpc::sink::s3

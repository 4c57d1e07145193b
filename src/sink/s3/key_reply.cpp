#include "sink/s3/key_reply.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "sink/s3/expiration.hpp"
#include "sink/s3/reply.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::refuse;
using base::text;

/// As they came, by the names that they have there.
struct Answer {
    std::string access_key;
    std::string secret_key;
    std::string session_token;
    std::string expiration;
};

[[nodiscard]] base::Result<Keys> checked(Answer answer) {
    for (const auto& [name, value] : {std::pair("access key", &answer.access_key),
                                      std::pair("secret key", &answer.secret_key)}) {
        if (value->empty()) return refuse(Errc::store_refused, text("the answer has no ", name));
    }
    const bool are_plain = base::is_plain_text(answer.access_key) &&
                           base::is_plain_text(answer.secret_key) &&
                           base::is_plain_text(answer.session_token);
    // these two become parts of headers
    if (!are_plain || answer.access_key.contains(' ') || answer.session_token.contains(' ')) {
        return refuse(Errc::store_refused, "the answer has keys with strange characters");
    }
    Keys keys{.credentials = {.access_key = std::move(answer.access_key),
                              .secret_key = std::move(answer.secret_key),
                              .session_token = std::move(answer.session_token)},
              .expires = {}};
    if (answer.expiration.empty()) return keys;
    keys.expires = parse_expiration(answer.expiration);
    if (!keys.expires) {
        return refuse(Errc::store_refused, text("the answer's expiration is no time: ",
                                                base::quoted(answer.expiration)));
    }
    return keys;
}

}  // namespace

base::Result<Keys> keys_of_json(std::string_view raw) {
    const auto answer = base::parse_json(raw);
    if (!answer || answer->object() == nullptr) {
        return refuse(Errc::store_refused, "the answer is no JSON object");
    }
    if (const std::string code = answer->text_at("Code"); !code.empty() && code != "Success") {
        return refuse(Errc::store_refused, text("the answer is ", base::quoted(code), ": ",
                                                base::quoted(answer->text_at("Message"))));
    }
    // a process says SessionToken, the others say Token
    std::string token = answer->text_at("SessionToken", answer->text_at("Token"));
    return checked({.access_key = answer->text_at("AccessKeyId"),
                    .secret_key = answer->text_at("SecretAccessKey"),
                    .session_token = std::move(token),
                    .expiration = answer->text_at("Expiration")});
}

base::Result<Keys> keys_of_process(std::string_view raw) {
    auto keys = keys_of_json(raw);
    if (!keys) return keys;
    const auto answer = base::parse_json(raw);
    const base::Json* const version = answer->find("Version");
    const auto* const number = version == nullptr ? nullptr : version->integer();
    if (number != nullptr && *number == 1) return keys;
    return refuse(Errc::store_refused, "the answer is not of Version 1");
}

base::Result<Keys> keys_of_xml(std::string_view raw) {
    const auto element = [raw](std::string_view name) {
        return element_text(raw, name).value_or("");
    };
    return checked({.access_key = element("AccessKeyId"),
                    .secret_key = element("SecretAccessKey"),
                    .session_token = element("SessionToken"),
                    .expiration = element("Expiration")});
}

Keys keys_or_throw(base::Result<Keys> keys, const std::string& who) {
    if (!keys) throw base::Failure(keys.error().errc, text(who, ": ", keys.error().message));
    return std::move(*keys);
}

}  // namespace xpc::sink::s3

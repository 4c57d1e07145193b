#include "sink/s3/remote_keys.hpp"

#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sink/s3/reply.hpp"
#include "sink/s3/retry.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::Failure;
using base::text;

constexpr std::chrono::milliseconds connect_timeout{2000};  // it is near, or it is not there
constexpr std::chrono::milliseconds stall_timeout{5000};

std::string content_of(const std::string& path, const std::string& what) {
    std::ifstream file(path);
    if (!file) throw Failure::from_errno(text(what, ": ", base::quoted(path)), errno);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    return std::string(base::trimmed(content));
}

base::HttpReply ask(base::HttpClient& client, base::HttpRequest request, const std::string& who,
                    const base::Stop& stop, base::Deadline deadline) {
    request.connect_timeout = connect_timeout;
    request.stall_timeout = stall_timeout;
    const base::HttpReply reply = [&] {
        try {
            return client.send(request, stop, deadline);
        } catch (const Failure& failed) {  // with who it is for
            throw Failure(failed.error().errc, text(who, ": ", failed.error().message));
        }
    }();
    if (is_success(reply)) return reply;
    Refusal said = refusal(reply);
    if (said.code.empty()) said.code = element_text(reply.body, "Code").value_or("");  // of STS
    throw Failure(verdict_on(said, base::wall_now()).errc, text(who, ": ", words_of(said)));
}

/// "a=1&b=x%20y"
std::string form_of(const Fields& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form += '&';
        form += text(name, '=', base::percent_encoded(value));
    }
    return form;
}

Fields role_fields(const char* action, const RoleOptions& options) {
    return {{"Action", action},
            {"Version", "2011-06-15"},
            {"RoleArn", options.role_arn},
            {"RoleSessionName", options.session_name}};
}

/// STS answers a POST of a form; signed where there are keys to sign with.
Keys ask_sts(const RoleOptions& options, const std::string& form,
             const std::optional<Credentials>& signer, const std::string& who,
             const base::Stop& stop, base::Deadline deadline) {
    const std::string host = options.endpoint.substr(options.endpoint.find("://") + 3);
    Unsigned request{
        .method = "POST",
        .path = "/",
        .query = {},
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Host", host}},
        .payload_hash = base::hex(base::sha256(form))};
    if (signer) {
        sign(request, *signer,
             {.region = options.region, .service = "sts", .when = base::wall_now()});
    }
    base::HttpClient client({.ca_file = options.ca_file});
    const auto reply = ask(client,
                           {.method = "POST",
                            .url = options.endpoint + '/',
                            .headers = std::move(request.headers),
                            .body = std::as_bytes(std::span(form)),
                            .on_body = {}},
                           who, stop, deadline);
    return keys_or_throw(keys_of_xml(reply.body), who);
}

}  // namespace

AssumedRole::AssumedRole(RoleOptions options, std::unique_ptr<KeySource> by)
    : options_(std::move(options)), by_(std::move(by)) {}

Keys AssumedRole::fetch(const base::Stop& stop, base::Deadline deadline) {
    auto fields = role_fields("AssumeRole", options_);
    if (!options_.external_id.empty()) fields.emplace_back("ExternalId", options_.external_id);
    const Keys signer = by_->fetch(stop, deadline);
    return ask_sts(options_, form_of(fields), signer.credentials, name(), stop, deadline);
}

std::string AssumedRole::name() const {
    return text("role ", options_.role_arn, " by ", by_->name());
}

WebIdentity::WebIdentity(RoleOptions options, std::string token_file)
    : options_(std::move(options)), token_file_(std::move(token_file)) {}

Keys WebIdentity::fetch(const base::Stop& stop, base::Deadline deadline) {
    auto fields = role_fields("AssumeRoleWithWebIdentity", options_);
    fields.emplace_back("WebIdentityToken", content_of(token_file_, name()));
    return ask_sts(options_, form_of(fields), std::nullopt, name(), stop, deadline);
}

std::string WebIdentity::name() const {
    return text("role ", options_.role_arn, " by web identity");
}

ContainerKeys::ContainerKeys(std::string url, std::string token, std::string token_file)
    : url_(std::move(url)), token_(std::move(token)), token_file_(std::move(token_file)) {}

Keys ContainerKeys::fetch(const base::Stop& stop, base::Deadline deadline) {
    base::HttpRequest request{
        .url = url_, .headers = {}, .body = {}, .past_proxy = true, .on_body = {}};
    const std::string token = token_file_.empty() ? token_ : content_of(token_file_, name());
    if (!base::is_plain_text(token)) {
        throw Failure(Errc::config, name() + ": its token has control characters");
    }
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    base::HttpClient client;
    const auto reply = ask(client, std::move(request), name(), stop, deadline);
    return keys_or_throw(keys_of_json(reply.body), name());
}

std::string ContainerKeys::name() const {
    return "container credentials";
}

void ContainerKeys::add_needs(KeyNeeds& needs) const {
    if (!token_file_.empty()) needs.files.emplace_back(token_file_);
}

Keys InstanceKeys::fetch(const base::Stop& stop, base::Deadline deadline) {
    base::HttpClient client;
    const auto token = ask(client,
                           {.method = "PUT",
                            .url = endpoint_ + "/latest/api/token",
                            .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}},
                            .body = {},
                            .past_proxy = true,
                            .on_body = {}},
                           name(), stop, deadline);
    const auto get = [&](const std::string& path) {
        return ask(client,
                   {.url = endpoint_ + path,
                    .headers = {{"X-aws-ec2-metadata-token",
                                 std::string(base::trimmed(token.body))}},
                    .body = {},
                    .past_proxy = true,
                    .on_body = {}},
                   name(), stop, deadline)
            .body;
    };
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    const std::string role(base::trimmed(get(roles)));
    if (role.empty() || role.contains('\n')) {
        throw Failure(Errc::store_refused, name() + ": the instance has no role");
    }
    return keys_or_throw(keys_of_json(get(roles + base::percent_encoded(role))), name());
}

std::string InstanceKeys::name() const {
    return "instance metadata";
}

}  // namespace xpc::sink::s3

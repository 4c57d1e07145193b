#include "api/openapi.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "job/lifecycle.hpp"

namespace xpc::api {
namespace {

using base::Json;

const Json& at(const Json& object, std::string_view path) {
    const Json* found = &object;
    for (const std::string_view name : base::split(path, '/')) {
        REQUIRE_MESSAGE(found != nullptr, path);
        found = found->find(name);
    }
    REQUIRE_MESSAGE(found != nullptr, path);
    return *found;
}

/// Members that have no description, or nothing but one: the code reads none of that name.
std::vector<std::string> badly_told(const Json& schema) {
    std::vector<std::string> names;
    for (const auto& [name, member] : *at(schema, "properties").object()) {
        if (member.find("description") == nullptr || member.object()->size() == 1) {
            names.push_back(name);
        }
        if (member.find("properties") != nullptr) {
            for (const std::string& inner : badly_told(member))
                names.push_back(base::text(name, '.', inner));
        }
    }
    return names;
}

TEST_CASE("each member of a request is read by the code and described in the document") {
    const Json document = openapi_document();
    const std::vector<std::string> none;
    CHECK(badly_told(at(document, "components/schemas/JobRequest")) == none);
    CHECK(badly_told(at(document, "components/schemas/LegacyRequest")) == none);
}

TEST_CASE("the schema of a request has the rules and the defaults of the code that reads it") {
    const Json document = openapi_document();
    const Json& members = at(document, "components/schemas/JobRequest/properties");
    CHECK(at(members, "snaplen").integer_at("minimum") == 64);
    CHECK(at(members, "duration").integer_at("default") == 60);
    CHECK(at(members, "bucket").text_at("default") == "xepacketcap");
    CHECK(at(members, "proto").text_at("default") == "any");
    CHECK(at(members, "format/enum").dump() == R"(["pcapng","pcap"])");
    CHECK(at(members, "segment").find("anyOf") != nullptr);
    CHECK(at(members, "filter").find("default") == nullptr);
}

TEST_CASE("the document has the words of states and errors from the code") {
    const Json schemas = at(openapi_document(), "components/schemas");
    for (const Json& word : *at(schemas, "StopReason/enum").array())
        CHECK_MESSAGE(job::stop_reason_from(*word.string()), *word.string());
    CHECK(at(schemas, "ErrorCode/enum").array()->size() == base::error_codes().size());
}

TEST_CASE("each operation tells what the door and the server may answer to any request") {
    const Json document = openapi_document();
    for (const auto& [path, item] : *at(document, "paths").object()) {
        for (const auto& [method, operation] : *item.object()) {
            if (method == "parameters") continue;
            const bool is_open = operation.find("security") != nullptr;
            CAPTURE(path);
            for (const char* const status : {"400", "413", "429", "431", "500"})
                CHECK(at(operation, "responses").find(status) != nullptr);
            for (const char* const status : {"401", "403", "421"})
                CHECK((at(operation, "responses").find(status) == nullptr) == is_open);
        }
    }
}

TEST_CASE("the document is of this version of the program") {
    CHECK(at(openapi_document(), "info").text_at("version") == XPC_VERSION);
}

}  // namespace
}  // namespace xpc::api

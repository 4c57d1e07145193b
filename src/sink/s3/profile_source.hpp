#pragma once

#include <memory>
#include <string>

#include "sink/s3/key_source.hpp"

namespace xpc::sink::s3 {

/// What the profile of that name, and the variables of a web identity, which go before its own,
/// make of a source, in the order of botocore: a role that is taken on with other keys; a web
/// identity; keys of `credentials`; a process; keys of `config`. Nothing where there is none.
/// `is_asked_for`: the profile has to be there.
/// Errors: config, with the profile or variable and what is wrong with it in `field`.
/// Source: botocore, credentials.py: create_credential_resolver(), AssumeRoleProvider.
[[nodiscard]] base::Result<std::unique_ptr<KeySource>> profile_source(
    const Environment& variables, const KeySourceOptions& options, const std::string& name,
    bool is_asked_for);

}  // namespace xpc::sink::s3

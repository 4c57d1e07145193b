#pragma once

#include <memory>
#include <string>

#include "base/http_client.hpp"
#include "sink/s3/key_source.hpp"

namespace xpc::sink::s3 {

/// A role that is taken on at the Security Token Service.
struct RoleOptions {
    std::string endpoint;  ///< of STS: "https://HOST[:PORT]"
    std::string region;    ///< that requests to it are signed for
    std::string ca_file;
    std::string role_arn;
    std::string session_name = "xepacketcap";
    std::string external_id;  ///< empty: none
};

/// AssumeRole, signed with the keys of another source.
/// Source: AWS Security Token Service API Reference, "AssumeRole".
class AssumedRole final : public KeySource {
public:
    AssumedRole(RoleOptions options, std::unique_ptr<KeySource> by);

    [[nodiscard]] Keys fetch(const base::Stop& stop, base::Deadline deadline) override;
    [[nodiscard]] std::string name() const override;

    void add_needs(KeyNeeds& needs) const override { by_->add_needs(needs); }

private:
    RoleOptions options_;
    std::unique_ptr<KeySource> by_;
};

/// AssumeRoleWithWebIdentity, with a token that a file has and that somebody renews.
/// Source: AWS Security Token Service API Reference, "AssumeRoleWithWebIdentity".
class WebIdentity final : public KeySource {
public:
    WebIdentity(RoleOptions options, std::string token_file);

    [[nodiscard]] Keys fetch(const base::Stop& stop, base::Deadline deadline) override;
    [[nodiscard]] std::string name() const override;

    void add_needs(KeyNeeds& needs) const override { needs.files.emplace_back(token_file_); }

private:
    RoleOptions options_;
    std::string token_file_;
};

/// The endpoint that ECS and EKS give a container.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
class ContainerKeys final : public KeySource {
public:
    /// `token_file` is read each time; without one, `token` is sent, if it is not empty.
    ContainerKeys(std::string url, std::string token, std::string token_file);

    [[nodiscard]] Keys fetch(const base::Stop& stop, base::Deadline deadline) override;
    [[nodiscard]] std::string name() const override;
    void add_needs(KeyNeeds& needs) const override;

private:
    std::string url_;
    std::string token_;
    std::string token_file_;
};

/// The metadata service of an EC2 instance, version 2.
/// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service".
class InstanceKeys final : public KeySource {
public:
    explicit InstanceKeys(std::string endpoint) : endpoint_(std::move(endpoint)) {}

    [[nodiscard]] Keys fetch(const base::Stop& stop, base::Deadline deadline) override;
    [[nodiscard]] std::string name() const override;

private:
    std::string endpoint_;  ///< "http://169.254.169.254"
};

}  // namespace xpc::sink::s3

#include "sink/s3/profile_settings.hpp"

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

constexpr std::string_view config =
    "[default]\n"
    "s3 =\r\n"
    "  addressing_style = path # a comment\r\n"
    "  # another\n"
    "\tMax_Queue_Size = 5\n"
    "region = r\n"
    "  no_setting = of s3\n"
    "[profile \"my work\"]\n"
    "  s3 =\n"
    "    addressing_style = virtual\n"
    "  region = r\n"
    "[services mine]\n"
    "dynamodb =\n"
    "  endpoint_url = http://dynamodb\n"
    "s3 =\n"
    "  endpoint_url = http://s3\n"
    "[services other]\n"
    "s3 = \n"
    "  endpoint_url = http://other\n";

TEST_CASE("what is indented below a setting belongs to it") {
    CHECK(nested_settings(config, "profile", "default", "s3") ==
          Profile{{"addressing_style", "path"}, {"max_queue_size", "5"}});
    CHECK(nested_settings(config, "profile", "my work", "s3") ==
          Profile{{"addressing_style", "virtual"}});
    CHECK(nested_settings(config, "services", "mine", "s3") ==
          Profile{{"endpoint_url", "http://s3"}});
    CHECK(nested_settings(config, "services", "other", "s3") ==
          Profile{{"endpoint_url", "http://other"}});
    CHECK(nested_settings(config, "services", "absent", "s3").empty());
    CHECK(nested_settings("[\n[]\n[profile]\ns3=\n a=b\n", "profile", "", "s3").empty());
}

}  // namespace
}  // namespace xpc::sink::s3

// Both names: doctest makes the first out of the second only where it is included for the first
// time, and the precompiled header has included it already.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

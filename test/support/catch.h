// Catch2 of Debian 12 (version 2) or 13 (version 3): the macros that both have.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;  // as version 2 does
#else
#include <catch2/catch.hpp>
#endif

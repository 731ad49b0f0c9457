// The checksum of a model file's tensor data: finds what a worn SD card does to them (pages of zeros or of
// ones, pages with older data or with each other's, flipped bits). Not cryptographic: SHA-256 of 4 MB takes
// some 50 ms on a Raspberry Pi 3, this 2.5 ms at every start, 2 of which are spent reading memory. Python
// computes it without a library (scripts/conversion/checksum.py).
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace mobilenet {

// "sums64:" and 32 hexadecimal digits: with the data as little-endian 64-bit words w[0]...w[n - 1], the last
// one padded with zeros, sum(w[i]) and sum((n - i) * w[i]), each modulo 2^64. Like Fletcher's checksum except
// for the modulus: with his, words of ones, as in blank flash, count as zeros.
std::string WeightsChecksum(std::span<const std::byte> data);

}  // namespace mobilenet

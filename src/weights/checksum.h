// The check sum of a model file's tensor data: finds what a worn SD card makes of them (pages of zeros or of
// ones, pages of something older, or of each other, turned bits). Not cryptographic: SHA-256 of 4 MB takes
// some 50 ms on a Raspberry Pi 3, this 2.5 ms, of which 2 are the memory's, at every start. Python computes
// it without a library (scripts/conversion/checksum.py).
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace mobilenet {

// "sums64:" and 32 hexadecimal digits: of the data as little-endian 64-bit words w[0]...w[n - 1], zeros added
// to fill the last one, sum(w[i]) and sum((n - i) * w[i]), each modulo 2^64. As Fletcher's check sum but for
// the modulus, with which his takes words of ones, as blank flash has, for zeros.
std::string WeightsChecksum(std::span<const std::byte> data);

}  // namespace mobilenet

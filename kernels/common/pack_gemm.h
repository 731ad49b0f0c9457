// The packed weights of a matrix product, output[m, n] = bias[n] + sum over k of input[m, k] * weights[n, k]:
// of the pointwise and fully connected layers, and of conv with k running over (kh, kw, ic).
//
// Blocks of tile.nr output channels; the last is filled up with channels that compute 0:
//   f32, f16  nr biases, then the weights (float, Half: rounded to it)
//   qu8, qs8  a PackedBlockHeader (pack_q8.h) except with PackForm::kPlain,
//             nr biases (int32), nr requantisation scales (float),
//             then the weights (1 byte each)
// where the weights of a block are, for each group of kr consecutive k, nr times kr values, channel by
// channel; the last group is filled up with the weights' zero point. With kr = 1 they are simply [K, nr].
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"

namespace mobilenet {

// The tile of the scalar kernels.
inline constexpr PackTile kGemmScalarTile = {8, 1};

// Of kTurned, the only one: the weights of each group of 16 k are (4 turns, 2 halves, 4 channels, 2),
// where channel c has of turn t the pair (c + t) % 4 of the half's four pairs of k.
inline constexpr PackTile kTurnedTile = {4, 16, PackForm::kTurned};

// Sums of so many products of 8-bit differences fit in int32: 33025 * 255 * 255 < 2^31.
inline constexpr int kMaxGemmK = 33025;

// Bytes of one block, and of all ceil(n / nr) blocks. nr is a multiple of 4, which keeps the blocks aligned.
// T is float, or Half for f16.
template <typename T>
size_t PackedBlockBytesFloat(int k, PackTile tile);
size_t PackedBlockBytesQ8(int k, PackTile tile);
template <typename T>
size_t PackedBytesFloat(int n, int k, PackTile tile);
size_t PackedBytesQ8(int n, int k, PackTile tile);

// weights [N, K], bias [N]; packed: PackedBytesFloat<T>(n, k, tile) bytes, aligned to 4.
template <typename T>
void PackGemmFloat(int n, int k, const float* weights, const float* bias, PackTile tile, void* packed);

// weights [N, K]; qs8: in [-127, 127], as TensorFlow Lite has them, so that two products fit in int16
// bias    [N], with scale input_scale * weights_scale[n] and zero point 0
// scales  [N], RequantizationScale() of each output channel
// packed  PackedBytesQ8(n, k, tile) bytes, aligned to 4
// The packed bias is bias[n] - input_zero_point * sum over k of (weights[n, k] - weights_zero_point), modulo
// 2^32, so that a kernel multiplies the input as it is. With input_zero_point = 0 the bias stays as it is.
// Of kSignedSum and kTurned the kernel multiplies int8, for qu8 input - 128, and the bias has
// input_zero_point - 128 folded in. As a block's header (pack_q8.h) says, the weights
//   are signed      less their zero point
//   are not         of qu8, less 128: the kernel subtracts weights_zero_point - 128 times the sum of its
//   inputs
// and of kSignedSum, where the sums are small, the bias has kSumOfZero added. Of PackForm::kUnsignedInputs it
// multiplies uint8, for qs8 input + 128, with the same weights, and the sums are integers.
template <typename T>
void PackGemmQ8(int n, int k, const T* weights, const int32_t* bias, const float* scales,
                T weights_zero_point, T input_zero_point, PackTile tile, void* packed);

}  // namespace mobilenet

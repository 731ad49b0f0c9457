#include <cassert>

#include "kernels/conv/conv.h"

namespace mobilenet {
namespace {

int GroupOutputs(const ConvGeometry& geometry) {
  assert(geometry.groups > 0 && geometry.output_channels % geometry.groups == 0);
  return geometry.output_channels / geometry.groups;
}

// pack(group's first output channel, group's part of the packed weights)
template <typename Pack>
void ForEachGroup(const ConvGeometry& geometry, size_t group_bytes, void* packed, const Pack& pack) {
  for (int group = 0; group < geometry.groups; ++group) {
    pack(std::ptrdiff_t{group} * GroupOutputs(geometry),
         static_cast<std::byte*>(packed) + static_cast<size_t>(group) * group_bytes);
  }
}

}  // namespace

int ConvK(const ConvGeometry& geometry) {
  assert(geometry.groups > 0 && geometry.input_channels % geometry.groups == 0);
  return geometry.kernel_height * geometry.kernel_width * (geometry.input_channels / geometry.groups);
}

template <typename T>
size_t PackedBytesConvFloat(const ConvGeometry& geometry, PackTile tile) {
  return static_cast<size_t>(geometry.groups) *
         PackedBytesFloat<T>(GroupOutputs(geometry), ConvK(geometry), tile);
}

size_t PackedBytesConvQ8(const ConvGeometry& geometry, PackTile tile) {
  return static_cast<size_t>(geometry.groups) * PackedBytesQ8(GroupOutputs(geometry), ConvK(geometry), tile);
}

template <typename T>
void PackConvFloat(const ConvGeometry& geometry, const float* weights, const float* bias, PackTile tile,
                   void* packed) {
  const int n = GroupOutputs(geometry);
  const int k = ConvK(geometry);
  ForEachGroup(geometry, PackedBytesFloat<T>(n, k, tile), packed, [&](std::ptrdiff_t channel, void* group) {
    PackGemmFloat<T>(n, k, weights + channel * k, bias + channel, tile, group);
  });
}

template <typename T>
void PackConvQ8(const ConvGeometry& geometry, const T* weights, const int32_t* bias, const float* scales,
                T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  const int n = GroupOutputs(geometry);
  const int k = ConvK(geometry);
  ForEachGroup(geometry, PackedBytesQ8(n, k, tile), packed, [&](std::ptrdiff_t channel, void* group) {
    PackGemmQ8(n, k, weights + channel * k, bias + channel, scales + channel, weights_zero_point,
               input_zero_point, tile, group);
  });
}

template size_t PackedBytesConvFloat<float>(const ConvGeometry&, PackTile);
template size_t PackedBytesConvFloat<Half>(const ConvGeometry&, PackTile);
template void PackConvFloat<float>(const ConvGeometry&, const float*, const float*, PackTile, void*);
template void PackConvFloat<Half>(const ConvGeometry&, const float*, const float*, PackTile, void*);
template void PackConvQ8<uint8_t>(const ConvGeometry&, const uint8_t*, const int32_t*, const float*, uint8_t,
                                  uint8_t, PackTile, void*);
template void PackConvQ8<int8_t>(const ConvGeometry&, const int8_t*, const int32_t*, const float*, int8_t,
                                 int8_t, PackTile, void*);

}  // namespace mobilenet

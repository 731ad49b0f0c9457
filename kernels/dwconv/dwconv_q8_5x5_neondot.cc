// Depthwise 5x5 with the dot product of ARMv8.2, from lanes of two kinds: rows 0 to 3 of a column, and rows 4
// and 5 of two neighbouring columns. An output takes five of the first and three of the second, where lanes
// of single columns would be ten. With stride 1 they serve two rows of outputs, with the weights (w0, w1, w2,
// w3) and (w4, 0, w4, 0), and (0, w0, w1, w2) and (w3, w4, w3, w4). Columns are read once from left to right,
// and the last five stay in registers. That leaves no room for the weights: they are put in order once for
// all rows, and loaded for each output, which takes less time than the arithmetic.
#include "kernels/dwconv/dwconv_q8_neondot.h"

namespace mobilenet {
namespace {

constexpr int kTaps = 5;
constexpr int kMaxRows = 2;  // of outputs at a time
// The second column of each pair that an output takes. The first one of the last pair counts in another.
constexpr int kPairEnds[] = {1, 3, 4};
constexpr int kPairs = 3;

// The weights of 8 channels, for each row of outputs.
template <int kTerms>
struct Weights5x5 {
  void Read(const std::byte* block) {
    packed = Block(block);
    for (int term = 0; term < kTerms; ++term) {
      for (int half = 0; half < kGroupBytes; half += 16) {
        // Row 4 of the window, and for the second row of outputs rows 3 and 4.
        uint32x4_t ends[kMaxRows][kTaps];
        Unroll<kTaps>([&](auto kw) {
          const int8_t* column = packed.weights + (term * kTaps + kw) * kGroups<kTaps> * kGroupBytes + half;
          const uint32x4_t begin = vreinterpretq_u32_s8(vld1q_s8(column));
          Store(columns[0][kw][term] + half, begin);
          Store(columns[1][kw][term] + half, vshlq_n_u32(begin, 8));
          ends[0][kw] = vreinterpretq_u32_s8(vld1q_s8(column + kGroupBytes));
          ends[1][kw] = vsliq_n_u32(vshrq_n_u32(begin, 24), ends[0][kw], 8);
        });
        Unroll<kMaxRows>([&](auto row) {
          Unroll<kPairs>([&](auto pair) {
            constexpr int end = kPairEnds[pair];
            const uint32x4_t first = pair == kPairs - 1 ? vdupq_n_u32(0) : ends[row][end - 1];
            Store(pairs[row][pair][term] + half, vsliq_n_u32(first, ends[row][end], 16));
          });
        });
      }
    }
  }

  static void Store(int8_t* to, uint32x4_t taps) { vst1q_s8(to, vreinterpretq_s8_u32(taps)); }

  Block packed;
  alignas(16) int8_t columns[kMaxRows][kTaps][kTerms][kGroupBytes];
  alignas(16) int8_t pairs[kMaxRows][kPairs][kTerms][kGroupBytes];
};

template <bool kIsCareful, int kRows, int kStride, typename T>
[[gnu::flatten, gnu::noinline]] void ComputeRows(RowsOfBlock<kTaps, kRows, kStride, T> rows,
                                                 const Weights5x5<kTermsOf<kIsCareful, T>>& block_weights,
                                                 const RequantizeNeon& output_rule) {
  constexpr int kTerms = kTermsOf<kIsCareful, T>;
  const Block block = block_weights.packed;
  const RequantizeNeon requantize = output_rule;

  // The last five columns, and each as a pair with the one before it. Each stays in its slot: the first of an
  // output is in any.
  Taps columns[kTaps];
  Taps pairs[kTaps];
  int16x8_t last_rows = vdupq_n_s16(0);
  const auto put = [&](auto slot, const auto& column) __attribute__((always_inline)) {
    columns[slot % kTaps] = Taps(column.pairs[0], column.pairs[1]);
    pairs[slot % kTaps] = Taps(last_rows, column.pairs[2]);
    last_rows = column.pairs[2];
  };
  const auto compute = [&](auto first_slot) __attribute__((always_inline)) {
    const auto* weights = ReadAgain(&block_weights);
    Sums sums[kRows];
    Unroll<kRows>([&](auto row) { sums[row] = BeginSums(block.bias); });
    const auto add = [&](const Taps& taps, auto row, const auto& packed_taps) __attribute__((always_inline)) {
      Unroll<kTerms>([&](auto term) { sums[row] = AddTaps(sums[row], taps, Taps(packed_taps[term])); });
    };
    Unroll<kTaps>([&](auto kw) {
      const Taps& taps = columns[(first_slot + kw) % kTaps];
      Unroll<kRows>([&](auto row) { add(taps, row, weights->columns[row][kw]); });
      KeepOrder();
    });
    Unroll<kPairs>([&](auto pair) {
      const Taps& taps = pairs[(first_slot + kPairEnds[pair]) % kTaps];
      Unroll<kRows>([&](auto row) { add(taps, row, weights->pairs[row][pair]); });
      KeepOrder();
    });
    rows.template Store<kIsCareful>(sums, Scales(ReadAgain(block.scales)), requantize);
  };

  if constexpr (kStride == 0) {
    const RowsOfBlock<kTaps, kRows, kStride, T> first = rows;
    for (int ow = 0; ow < rows.output_width; ++ow) {
      Unroll<kTaps>([&](auto kw) {
        const int column = rows.first_column + ow * rows.column_step + kw;
        rows.MoveToColumn(first, column);
        put(kw, rows.LoadOrPad(column));
      });
      compute(Index<0>());
    }
  } else {
    constexpr int kBegun = kTaps - kStride;  // columns that an output has from the one before it
    int column = rows.first_column;
    Unroll<kBegun>([&](auto slot) { put(slot, rows.LoadOrPad(column++)); });
    const auto step = [&](auto output, const auto& load_column) __attribute__((always_inline)) {
      constexpr int first_slot = output * kStride;
      Unroll<kStride>([&](auto next) { put(Index<first_slot + kBegun + next>(), load_column()); });
      compute(Index<first_slot>());
    };
    const auto load = [&]() __attribute__((always_inline)) {
      return rows.Load();
    };
    const typename decltype(rows)::Column padding(rows.padding);
    const auto load_or_pad = [&]() __attribute__((always_inline)) {
      return rows.IsInside(column++) ? rows.Load() : padding;
    };
    for (int ow = 0; ow < rows.output_width;) {
      if (column >= 0 && ow + kTaps <= rows.output_width && column + kTaps * kStride <= rows.input_width) {
        Unroll<kTaps>([&](auto output) __attribute__((always_inline)) { step(output, load); });
        ow += kTaps;
        column += kTaps * kStride;
      } else {
        Unroll<kTaps>([&](auto output) __attribute__((always_inline)) {
          if (ow < rows.output_width) step(output, load_or_pad);
          ++ow;
        });
      }
    }
  }
}

struct Kernel5x5 {
  static constexpr int kTaps = mobilenet::kTaps;
  template <int kTerms>
  using Weights = Weights5x5<kTerms>;

  template <bool kIsCareful, typename Rows, typename Weights>
  static void Compute(const Rows& rows, const Weights& weights, const RequantizeNeon& requantize) {
    ComputeRows<kIsCareful>(rows, weights, requantize);
  }
};

}  // namespace

void dwconv_qu8_5x5_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                            const void* packed, uint8_t* output,
                            const ConvQuantization<uint8_t>& quantization) {
  DwconvNeonDot<Kernel5x5>(geometry, row_begin, row_end, input, packed, output, quantization,
                           dwconv_qu8_5x5_neon);
}

void dwconv_qs8_5x5_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                            const void* packed, int8_t* output,
                            const ConvQuantization<int8_t>& quantization) {
  DwconvNeonDot<Kernel5x5>(geometry, row_begin, row_end, input, packed, output, quantization,
                           dwconv_qs8_5x5_neon);
}

}  // namespace mobilenet

// Depthwise 3x3 with the dot product of ARMv8.2: the three taps of a column of the window in one. With stride
// 1 a column of four rows serves two rows of outputs, with the weights (w0, w1, w2, 0) and (0, w0, w1, w2).
// Columns are read once from left to right: each is the last of one output, the middle one of the next, and
// the first of the one after that.
#include "kernels/dwconv/dwconv_q8_neondot.h"

namespace mobilenet {
namespace {

constexpr int kTaps = 3;

// Nothing is put in order: the weights stay in registers.
template <int kTerms>
struct Weights3x3 {
  void Read(const std::byte* block) { packed = Block(block); }

  Block packed;
};

template <bool kIsCareful, int kRows, int kStride, typename T>
[[gnu::flatten, gnu::noinline]] void ComputeRows(RowsOfBlock<kTaps, kRows, kStride, T> rows,
                                                 const Weights3x3<kTermsOf<kIsCareful, T>>& block_weights,
                                                 const RequantizeNeon& output_rule) {
  static_assert(decltype(rows)::kInputRows <= kKr);
  constexpr int kTerms = kTermsOf<kIsCareful, T>;
  const Block block = block_weights.packed;
  // The taps of a column for each row of outputs. Weights are those of one row, moved down for the next.
  Taps weights[kRows][kTaps][kTerms];
  Unroll<kTaps>([&](auto kw) {
    Unroll<kTerms>([&](auto term) {
      weights[0][kw][term] = Taps(block.weights + (term * kTaps + kw) * kGroupBytes);
      if constexpr (kRows == 2) weights[1][kw][term] = weights[0][kw][term].Moved();
    });
  });
  const auto add = [&](Sums(&sums)[kRows], auto kw, const Taps& taps) {
    Unroll<kRows>([&](auto row) {
      Unroll<kTerms>([&](auto term) { sums[row] = AddTaps(sums[row], taps, weights[row][kw][term]); });
    });
  };
  const auto begin = [&](Sums(&sums)[kRows], const Taps& taps) {
    Unroll<kRows>([&](auto row) { sums[row] = BeginSums(block.bias); });
    add(sums, Index<0>(), taps);
  };
  const RequantizeNeon requantize = output_rule;

  const auto taps_of = [](const auto& column) { return Taps(column.pairs[0], column.pairs[1]); };
  const auto load = [&]() __attribute__((always_inline)) {
    return taps_of(rows.Load());
  };
  const Taps padding(vdupq_n_s8(rows.padding));
  const auto load_or_pad = [&](int column) __attribute__((always_inline)) {
    return rows.IsInside(column) ? load() : padding;
  };
  const Scales kept_scales(block.scales);  // there are registers for them beside one row of outputs
  const auto store = [&](const Sums(&sums)[kRows]) {
    const Scales scales = kRows == 1 ? kept_scales : Scales(ReadAgain(block.scales));
    rows.template Store<kIsCareful>(sums, scales, requantize);
  };

  int ow = 0;
  if constexpr (kStride == 1) {
    Sums sums[kTaps][kRows];
    // Ends an output whose sums are in `slot`.
    const auto step = [&](auto slot, const Taps& taps) __attribute__((always_inline)) {
      add(sums[slot], Index<2>(), taps);
      store(sums[slot]);
      add(sums[(slot + 1) % kTaps], Index<1>(), taps);
      begin(sums[(slot + 2) % kTaps], taps);
    };
    int column = rows.first_column;
    begin(sums[0], load_or_pad(column++));
    const Taps second = load_or_pad(column++);
    add(sums[0], Index<1>(), second);
    begin(sums[1], second);
    while (ow < rows.output_width) {
      if (column >= 0 && ow + kTaps <= rows.output_width && column + kTaps <= rows.input_width) {
        Unroll<kTaps>([&](auto slot) __attribute__((always_inline)) { step(slot, load()); });
        ow += kTaps;
        column += kTaps;
      } else {
        Unroll<kTaps>([&](auto slot) __attribute__((always_inline)) {
          if (ow < rows.output_width) step(slot, load_or_pad(column++));
          ++ow;
        });
      }
    }
  } else if constexpr (kStride == 2) {
    static_assert(kRows == 1);
    int column = rows.first_column;
    Sums sums[1];
    begin(sums, load_or_pad(column++));
    const auto step = [&](const Taps& middle, const Taps& last) {
      add(sums, Index<1>(), middle);
      add(sums, Index<2>(), last);
      store(sums);
      begin(sums, last);
      ++ow;
    };
    const auto step_at_border = [&] {
      const Taps middle = load_or_pad(column++);
      step(middle, load_or_pad(column++));
    };
    while (ow < rows.output_width) {
      for (; column >= 0 && ow < rows.output_width && column + 2 <= rows.input_width; column += 2) {
        const Taps middle = load();
        step(middle, load());
      }
      if (ow < rows.output_width) step_at_border();
    }
  } else {
    static_assert(kRows == 1);
    const RowsOfBlock<kTaps, kRows, kStride, T> first = rows;
    for (; ow < rows.output_width; ++ow) {
      Sums sums[1] = {BeginSums(block.bias)};
      Unroll<kTaps>([&](auto kw) {
        const int column = rows.first_column + ow * rows.column_step + kw;
        rows.MoveToColumn(first, column);
        add(sums, kw, load_or_pad(column));
      });
      store(sums);
    }
  }
}

struct Kernel3x3 {
  static constexpr int kTaps = mobilenet::kTaps;
  template <int kTerms>
  using Weights = Weights3x3<kTerms>;

  template <bool kIsCareful, typename Rows, typename Weights>
  static void Compute(const Rows& rows, const Weights& weights, const RequantizeNeon& requantize) {
    ComputeRows<kIsCareful>(rows, weights, requantize);
  }
};

}  // namespace

void dwconv_qu8_3x3_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                            const void* packed, uint8_t* output,
                            const ConvQuantization<uint8_t>& quantization) {
  DwconvNeonDot<Kernel3x3>(geometry, row_begin, row_end, input, packed, output, quantization,
                           dwconv_qu8_3x3_neon);
}

void dwconv_qs8_3x3_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                            const void* packed, int8_t* output,
                            const ConvQuantization<int8_t>& quantization) {
  DwconvNeonDot<Kernel3x3>(geometry, row_begin, row_end, input, packed, output, quantization,
                           dwconv_qs8_3x3_neon);
}

}  // namespace mobilenet

#include "runtime/kernels/tiled_matmul.h"

#include <algorithm>

#include "runtime/kernels/activation.h"

namespace duet::kernels {

namespace {

/// The k-th of `parts` nearly equal parts of n.
struct Share {
  int64_t first, size;
};
Share share(int64_t n, int64_t k, int64_t parts) {
  const int64_t first = n * k / parts;
  return {first, n * (k + 1) / parts - first};
}

int64_t divide_up(int64_t n, int64_t by) {
  return (n + by - 1) / by;
}

/// Registers side by side in a tile, at most.
constexpr int kWidest = 3;
/// Rows of a tile: its sums, with what they are made of, just fit into 32 registers.
constexpr int tallest(int64_t vectors) {
  return vectors == 3 ? 8 : 12;
}
/// Terms of a sum that are added before the next tile has its turn: three rows of registers of B stay in the L1 cache.
constexpr int64_t kDepth = 256;

/// Writes sums of `rows` rows, activated, and perhaps the slopes of that. The last of the `vectors` registers of a row
/// counts `last` columns.
using Finish = void (*)(const Floats* sum, int64_t rows, int64_t vectors, int64_t last, float* c, float* slope,
                        int64_t ldc);

/// What a tile reads and writes.
struct Tile {
  const float* a;
  int64_t a_row, a_step;  // between rows, and between terms
  const float* b;
  int64_t b_step;  // between terms
  int64_t terms;
  const float* ahead;  // in steps of B, too: to be fetched into the L2 cache
  const float* bias;   // of all rows; null: none
  const float* added;  // to each row its own, at an offset; null: nothing
  int64_t offset[tallest(1)];
  Factor factor;  // none until the last terms
  const float* f;
  int64_t ldf;
  float* c;
  float* slope;       // null: not wanted
  int64_t ldc, last;  // as in Finish
  bool relu;
  Finish finish;  // null: no more to be done
};

/// Rearranged lanes of x and y. Half a register of columns is done for two rows at once, one in each half.
template <int... i>
DUET_VECTOR Floats lower_halves(Floats x, Floats y, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(x, y, (i % (kLanes / 2) + i / (kLanes / 2) * kLanes)...);
}
template <int... i>
DUET_VECTOR Floats lower_and_upper_half(Floats x, Floats y, std::integer_sequence<int, i...>) {
#if defined(__AVX512F__)
  return _mm512_mask_blend_ps(0xff00, x, y);  // GCC 12 makes four instructions of the shuffle
#else
  return __builtin_shufflevector(x, y, (i + i / (kLanes / 2) * kLanes)...);
#endif
}
template <int... i>
DUET_VECTOR Floats upper_half_first(Floats x, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(x, x, ((i + kLanes / 2) % kLanes)...);
}
constexpr std::make_integer_sequence<int, kLanes> kEach;

/// f(r, v) for each register of a tile, the numbers being constants.
template <int rows, int vectors, typename Function>
DUET_VECTOR void each(Function f) {
  unrolled<rows>([&](auto r) __attribute__((always_inline)) {
    unrolled<vectors>([&](auto v) __attribute__((always_inline)) { f(r, v); });
  });
}

/// One tile of C, which stays in registers from the first term to the last. If `half`, the last of the registers of
/// columns is no more than half full.
template <int rows, int vectors, bool half>
void multiply(const Tile& tile) {
  constexpr int full = half ? vectors - 1 : vectors, pairs = (rows + 1) / 2;
  const int64_t last = tile.last, ldc = tile.ldc;
  const auto load_column = [&](const float* row, int v) __attribute__((always_inline)) {
    return v + 1 < vectors ? load(row + v * kLanes) : load_part(row + v * kLanes, last);
  };
  Floats sum[rows][vectors] = {}, pair[pairs] = {};
  const float *a = tile.a, *b = tile.b, *ahead = tile.ahead;
  for (int64_t term = 0; term < tile.terms; ++term, a += tile.a_step, b += tile.b_step, ahead += tile.b_step) {
    __builtin_prefetch(ahead, 0, 2);
    Floats column[vectors];
    unrolled<vectors>([&](auto v) __attribute__((always_inline)) { column[v] = load_column(b, v); });
    if (half) column[full] = lower_halves(column[full], column[full], kEach);
    unrolled<pairs>([&](auto p) __attribute__((always_inline)) {
      constexpr int r = 2 * p, s = std::min(r + 1, rows - 1);
      const Floats x = all(a[r * tile.a_row]), y = all(a[s * tile.a_row]);
      unrolled<full>([&](auto v) __attribute__((always_inline)) {
        sum[r][v] += x * column[v];
        if (s > r) sum[s][v] += y * column[v];
      });
      if (half) pair[p] += lower_and_upper_half(x, y, kEach) * column[full];
    });
  }
  if constexpr (half) {
    unrolled<rows>([&](auto r) __attribute__((always_inline)) {
      sum[r][full] = r % 2 ? upper_half_first(pair[r / 2], kEach) : pair[r / 2];
    });
  }
  float* const c = tile.c;
  if (tile.bias)
    each<rows, vectors>([&](auto r, auto v) __attribute__((always_inline)) { sum[r][v] += load_column(tile.bias, v); });
  if (tile.added)
    each<rows, vectors>([&](auto r, auto v) __attribute__((always_inline)) {
      sum[r][v] += load_column(tile.added + tile.offset[r], v);
    });
  if (tile.relu)
    each<rows, vectors>([&](auto r, auto v)
                            __attribute__((always_inline)) { sum[r][v] = activate(Activation::relu, sum[r][v]); });
  if (tile.factor != Factor::none)
    each<rows, vectors>([&](auto r, auto v) __attribute__((always_inline)) {
      const Floats f = load_column(tile.f + r * tile.ldf, v);
      sum[r][v] = tile.factor == Factor::value ? sum[r][v] * f : (f > 0.0f ? sum[r][v] : Floats{});
    });
  if (tile.finish) {
    Floats in_memory[rows][vectors];  // registers must not be addressed
    each<rows, vectors>([&](auto r, auto v) __attribute__((always_inline)) { in_memory[r][v] = sum[r][v]; });
    return tile.finish(&in_memory[0][0], rows, vectors, last, c, tile.slope, ldc);
  }
  each<rows, vectors>([&](auto r, auto v) __attribute__((always_inline)) {
    float* const to = c + r * ldc + v * kLanes;
    if (v + 1 < vectors) return store(to, sum[r][v]);
    store_part(to, sum[r][v], last);
  });
}

template <Activation activation>
void finish(const Floats* sum, int64_t rows, int64_t vectors, int64_t last, float* c, float*, int64_t ldc) {
  for (; rows > 0; --rows, c += ldc) {
    for (int64_t v = 0; v + 1 < vectors; ++v) store(c + v * kLanes, activate(activation, *sum++));
    store_part(c + (vectors - 1) * kLanes, activate(activation, *sum++), last);
  }
}

void finish_with_slope(const Floats* sum, int64_t rows, int64_t vectors, int64_t last, float* c, float* slope,
                       int64_t ldc) {
  for (; rows > 0; --rows, c += ldc, slope += ldc) {
    for (int64_t v = 0; v < vectors; ++v) {
      const int64_t columns = v + 1 < vectors ? kLanes : last;
      Floats derivative;
      store_up_to(c + v * kLanes, math::swish_with_slope(*sum++, derivative), columns);
      store_up_to(slope + v * kLanes, derivative, columns);
    }
  }
}

Finish finish_of(Activation activation, bool slope) {
  if (slope) return finish_with_slope;
  switch (activation) {
    case Activation::none:
    case Activation::relu:  // little enough to be done in place
      break;
    case Activation::swish:
      return finish<Activation::swish>;
    case Activation::tanh:
      return finish<Activation::tanh>;
    case Activation::sigmoid:
      return finish<Activation::sigmoid>;
  }
  return nullptr;
}

using Multiply = void (*)(const Tile&);

/// The function for a tile of 1 ... tallest(vectors) rows.
template <int vectors, bool half, int... r>
Multiply of_rows(int64_t rows, std::integer_sequence<int, r...>) {
  constexpr Multiply kFunctions[] = {multiply<r + 1, vectors, half>...};
  return kFunctions[rows - 1];
}
template <int vectors>
Multiply of_width(int64_t rows, bool half) {
  constexpr std::make_integer_sequence<int, tallest(vectors)> kRows;
  return half ? of_rows<vectors, true>(rows, kRows) : of_rows<vectors, false>(rows, kRows);
}
Multiply function_for(int64_t rows, int64_t vectors, bool half) {
  if (vectors == 1) return of_width<1>(rows, half);
  if (vectors == 2) return of_width<2>(rows, half);
  return of_width<kWidest>(rows, half);
}

/// Exchanges blocks of `width` lanes between x and y: a step of transposing a square of registers.
template <int width, int... i>
DUET_VECTOR void exchange(Floats& x, Floats& y, std::integer_sequence<int, i...>) {
  const Floats low = __builtin_shufflevector(x, y, (i & width ? kLanes + i - width : i)...);
  y = __builtin_shufflevector(x, y, (i & width ? kLanes + i : i + width)...);
  x = low;
}
template <int width>
DUET_VECTOR void transpose(Floats (&x)[kLanes]) {
  if constexpr (width < kLanes) {
    unrolled<kLanes>([&](auto i) __attribute__((always_inline)) {
      if constexpr ((i & width) == 0) exchange<width>(x[i], x[i + width], std::make_integer_sequence<int, kLanes>());
    });
    transpose<2 * width>(x);
  }
}

/// to[j * step + i] = from[i * ld + j] for i < kLanes and j < kLanes.
void transpose_square(const float* from, int64_t ld, float* to, int64_t step) {
  Floats x[kLanes];
  unrolled<kLanes>([&](auto i) __attribute__((always_inline)) { x[i] = load(from + i * ld); });
  transpose<1>(x);
  unrolled<kLanes>([&](auto j) __attribute__((always_inline)) { store(to + j * step, x[j]); });
}

/// The same for i < n and j < m, both at most kLanes; 0 for n <= i < kLanes.
void transpose_part(const float* from, int64_t ld, int64_t n, int64_t m, float* to, int64_t step) {
  Floats x[kLanes] = {};
  unrolled<kLanes>([&](auto i) __attribute__((always_inline)) {
    if (i < n) x[i] = load_part(from + i * ld, m);
  });
  transpose<1>(x);
  unrolled<kLanes>([&](auto j) __attribute__((always_inline)) {
    if (j < m) store(to + j * step, x[j]);
  });
}

/// [columns, terms], rows ldb apart, becomes [terms, columns] with rows of whole registers.
void transpose_panel(const float* b, int64_t ldb, int64_t terms, int64_t columns, float* panel) {
  const int64_t step = divide_up(columns, kLanes) * kLanes;
  for (int64_t j = 0; j < columns; j += kLanes) {
    const int64_t n = std::min<int64_t>(kLanes, columns - j), whole = n == kLanes ? terms / kLanes * kLanes : 0;
    for (int64_t l = 0; l < whole; l += kLanes) transpose_square(b + j * ldb + l, ldb, panel + l * step + j, step);
    for (int64_t l = whole; l < terms; l += kLanes)
      transpose_part(b + j * ldb + l, ldb, n, std::min<int64_t>(kLanes, terms - l), panel + l * step + j, step);
  }
}

/// Columns of C that are done together: the registers they take, and how many there are.
struct Panel {
  int64_t column, columns, vectors;
  int64_t last() const { return columns - (vectors - 1) * kLanes; }  // of the last register
};

Panel panel_of(const MatmulShape& s, int64_t number, int64_t panels) {
  const Share vectors = share(divide_up(s.n, kLanes), number, panels);
  const int64_t column = vectors.first * kLanes;
  return {column, std::min(s.n - column, vectors.size * kLanes), vectors.size};
}

/// Walks down what is added to the rows of a product, of which `every` share one of its rows, rows `ld` apart.
class Added {
 public:
  Added(int64_t every, int64_t ld) : every_(every), ld_(ld) {}

  /// The offset of the next row's.
  int64_t next() {
    const int64_t now = offset_;
    if (++shared_ == every_) {
      shared_ = 0;
      offset_ += ld_;
    }
    return now;
  }

 private:
  int64_t every_, ld_, shared_ = 0, offset_ = 0;
};

/// Tiles of nearly equal heights, one below the other. Each fetches a part of the panel that begins at `ahead`.
void multiply_rows(Tile tile, int64_t rows, const Panel& panel, Added added) {
  const float *const a = tile.a, *const ahead = tile.ahead;
  const float* const f = tile.f;
  float *const c = tile.c, *const slope = tile.slope;
  const int64_t tiles = divide_up(rows, tallest(panel.vectors)), least = rows / tiles, higher = rows % tiles;
  const bool half = tile.last <= kLanes / 2;
  int64_t row = 0, vector = 0;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t height = least + (i < higher ? 1 : 0);
    tile.a = a + row * tile.a_row;
    tile.c = c + row * tile.ldc;
    if (slope) tile.slope = slope + row * tile.ldc;
    if (f) tile.f = f + row * tile.ldf;
    for (int64_t r = 0; tile.added && r < height; ++r) tile.offset[r] = added.next();
    tile.ahead = ahead + vector * kLanes;
    function_for(height, panel.vectors, half)(tile);
    row += height;
    if (++vector == panel.vectors) vector = 0;
  }
}

/// A tile as high as C of one panel, but for what depends on the terms.
Tile tile_of(const MatmulShape& s, const Panel& panel, float* c) {
  Tile tile{};
  tile.a_row = s.transpose_a ? 1 : s.lda;
  tile.a_step = s.transpose_a ? s.lda : 1;
  tile.b_step = s.transpose_b ? panel.vectors * kLanes : s.ldb;
  tile.c = c + panel.column;
  tile.ldc = s.ldc;
  tile.last = panel.last();
  return tile;
}

}  // namespace

bool TiledMatmul::available() {
  return kLanes == 16;
}

void TiledMatmul::run(const float* a, const float* b, const float* beside, float* c, float* slope) const {
  run_rows(shape().m, a, b, beside, c, slope);
}

void TiledMatmul::run_rows(int64_t rows, const float* a, const float* b, const float* beside, float* c,
                           float* slope) const {
  const MatmulShape& s = shape();
  const int64_t panels = divide_up(divide_up(s.n, kLanes), kWidest), depths = divide_up(s.k, kDepth);
  alignas(kVectorBytes) float turned[kDepth * kWidest * kLanes];
  for (int64_t number = 0; number < panels; ++number) {
    const Panel panel = panel_of(s, number, panels);
    Tile tile = tile_of(s, panel, c);
    tile.slope = s.slope ? slope + panel.column : nullptr;
    for (int64_t depth = 0; depth < depths; ++depth) {
      const bool first = depth == 0, last = depth + 1 == depths;
      const Share terms = share(s.k, depth, depths);
      tile.terms = terms.size;
      tile.a = a + terms.first * tile.a_step;
      if (s.transpose_b) {
        transpose_panel(b + panel.column * s.ldb + terms.first, s.ldb, terms.size, panel.columns, turned);
        tile.b = tile.ahead = turned;
      } else {
        tile.b = b + terms.first * s.ldb + panel.column;
        tile.ahead = number + 1 < panels ? tile.b + panel.columns : tile.b;
      }
      const float* const bias = s.bias && first ? beside + panel.column : nullptr;
      const bool own = bias && s.bias_rows > 0, sums = s.accumulate || !first;
      tile.bias = own ? nullptr : bias;
      tile.added = own ? bias : sums ? tile.c : nullptr;
      tile.factor = last ? s.factor : Factor::none;
      tile.f = tile.factor == Factor::none ? nullptr : beside + panel.column;
      tile.ldf = s.ldf;
      tile.relu = last && s.activation == Activation::relu;
      tile.finish = last ? finish_of(s.activation, s.slope) : nullptr;
      multiply_rows(tile, rows, panel, own ? Added(s.bias_rows, s.ld_bias) : Added(1, s.ldc));
    }
  }
}

}  // namespace duet::kernels

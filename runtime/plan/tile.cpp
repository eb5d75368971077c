#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>

#include "runtime/plan/body.h"
#include "runtime/plan/pieces.h"
#include "runtime/plan/terms.h"

/// Pieces of work that need nothing of each other: each is a whole block on a part of some axes, done by one thread
/// with all its intermediate values in that core's cache. How the axes are cut depends on the program alone, never on
/// the number of threads, and sums over pieces are made in the order of the pieces.
namespace duet::plan {

namespace {

/// An axis and how it is cut.
struct Cut {
  std::string axis;
  int64_t size, full;
  int64_t pieces() const { return (full + size - 1) / size; }
  int64_t first(int64_t piece) const { return piece * size; }
  int64_t length(int64_t piece) const { return std::min(size, full - piece * size); }
};

/// How far a value moves per element of each cut axis.
struct Moving {
  ValueId id;
  std::vector<int64_t> strides;  // by cut
};

using Put = std::function<void(const float*, float*)>;

struct Result {
  ValueId made, result;
  std::vector<int64_t> strides;  // by cut, in the result; 0 for axes that are summed over
  std::vector<bool> has;         // by cut: whether the result has its axis
  std::shared_ptr<Terms> terms;  // that are summed, where there are several
  std::vector<Put> put;          // by variant; empty: made where it belongs
  std::vector<ValueId> written;  // by variant: what lies there then
  std::vector<int64_t> made_by;  // by variant: the elements of one piece
};

/// The block for pieces of one shape, once for each thread.
struct Variant {
  std::vector<int64_t> lengths;  // by cut
  std::vector<std::shared_ptr<Body>> bodies;
};

struct Tile {
  std::vector<Cut> cuts;
  std::vector<Moving> uses;
  std::vector<Result> results;
  std::vector<Variant> variants;
  int64_t pieces = 1;
  std::vector<size_t> with_sums;  // results
  Pieces summed;                  // of these
};

std::vector<int64_t> strides_along(const Layout& layout, const std::vector<Axis>& axes, const std::vector<Cut>& cuts) {
  std::vector<int64_t> strides;
  for (const Cut& cut : cuts)
    strides.push_back(has_axis(axes, cut.axis) ? layout.strides[position(axes, cut.axis)] : 0);
  return strides;
}

/// The size of an axis by the type of a value that is made inside.
int64_t size_inside(const Preparing& preparing, const Block& block, const std::string& axis) {
  for (const Node& node : block.nodes) {
    for (const ValueId id : node.results)
      if (has_axis(preparing.axes(id), axis)) return preparing.type(id).size_of(axis);
    for (const Block& inner : node.blocks)
      if (const int64_t size = size_inside(preparing, inner, axis); size != kUnknownSize) return size;
  }
  return kUnknownSize;
}

std::vector<Cut> cuts_of(const Preparing& preparing, const Node& node) {
  std::vector<Cut> cuts;
  const auto& names = node.texts("axes");
  for (size_t i = 0; i < names.size(); ++i) {
    Cut cut{names[i], node.integers("sizes").at(i), kUnknownSize};
    for (const ValueId id : outer_uses(node.blocks.at(0)))
      if (has_axis(preparing.axes(id), cut.axis))
        cut.full = preparing.layout(id).sizes[position(preparing.axes(id), cut.axis)];
    if (cut.full == kUnknownSize) cut.full = size_inside(preparing, node.blocks[0], cut.axis);
    if (cut.full == kUnknownSize) throw std::logic_error("tile: nothing tells the size of axis " + cut.axis);
    cuts.push_back(cut);
  }
  return cuts;
}

/// The numbers of a piece along each cut.
void locate(const std::vector<Cut>& cuts, int64_t piece, std::vector<int64_t>& at) {
  for (size_t i = cuts.size(); i-- > 0;) {
    at[i] = piece % cuts[i].pieces();
    piece /= cuts[i].pieces();
  }
}

Layout cut_layout(Layout layout, const std::vector<Axis>& axes, const std::vector<Cut>& cuts,
                  const std::vector<int64_t>& lengths) {
  for (size_t i = 0; i < cuts.size(); ++i)
    if (has_axis(axes, cuts[i].axis)) layout.sizes[position(axes, cuts[i].axis)] = lengths[i];
  return layout;
}

/// The bodies of one shape of pieces. While they are prepared, values from outside look as the body sees them.
Variant make_variant(Preparing& preparing, const Node& node, const Tile& tile, std::vector<int64_t> lengths) {
  Engine& engine = preparing.engine();
  std::vector<Layout> outside;
  for (const Moving& use : tile.uses) {
    outside.push_back(engine.layout(use.id));
    engine.layout(use.id) = cut_layout(outside.back(), preparing.axes(use.id), tile.cuts, lengths);
  }
  Variant variant{std::move(lengths), {}};
  std::map<std::string, Part> parts = preparing.parts();
  for (size_t i = 0; i < tile.cuts.size(); ++i) parts[tile.cuts[i].axis] = {0, variant.lengths[i], tile.cuts[i].full};
  for (size_t t = 0; t < engine.workers.size(); ++t) {
    Preparing inside(engine, preparing.scope());
    inside.set_parts(parts);
    variant.bodies.push_back(inside.ready_body(node.blocks[0]));
    variant.bodies.back()->use(engine.workers[t]->scratch);
  }
  for (size_t i = 0; i < tile.uses.size(); ++i) engine.layout(tile.uses[i].id) = outside[i];
  return variant;
}

/// All shapes that pieces have: each axis has whole parts and perhaps a last smaller one.
std::vector<std::vector<int64_t>> shapes(const std::vector<Cut>& cuts) {
  std::vector<std::vector<int64_t>> all{{}};
  for (const Cut& cut : cuts) {
    std::vector<std::vector<int64_t>> next;
    for (const auto& shape : all) {
      for (const int64_t length : {cut.length(0), cut.length(cut.pieces() - 1)}) {
        auto longer = shape;
        longer.push_back(length);
        if (std::ranges::find(next, longer) == next.end()) next.push_back(std::move(longer));
      }
    }
    all = std::move(next);
  }
  return all;
}

/// Whether elements that the one layout has lie where the other has them.
bool same_places(const Layout& a, const Layout& b) {
  for (size_t d = 0; d < a.sizes.size(); ++d)
    if (a.sizes[d] > 1 && a.strides[d] != b.strides[d]) return false;
  return true;
}

/// Lets all bodies of a variant write a result where it belongs, unless it lies in the memory of another value; the
/// value that is to be pointed there.
std::optional<ValueId> make_in_place(Variant& variant, size_t result, const std::vector<ValueId>& all) {
  if (std::ranges::count(all, all[result]) > 1) return {};
  std::optional<ValueId> written;
  for (const auto& body : variant.bodies) written = body->leave_to_caller(result);
  return written;
}

void prepare_result(Preparing& preparing, Tile& tile, ValueId made, ValueId result,
                    const std::vector<ValueId>& all_made) {
  const std::vector<Axis>&inner = preparing.axes(made), &outer = preparing.axes(result);
  Result out;
  out.made = made;
  out.result = result;
  int64_t terms = 1;
  for (const Cut& cut : tile.cuts) {
    out.has.push_back(has_axis(outer, cut.axis));
    if (!out.has.back()) terms *= cut.pieces();
  }
  const Layout& piece = tile.variants.at(0).bodies.at(0)->result(tile.results.size());
  std::vector<int64_t> sizes;
  for (const Axis& axis : outer) {
    const auto cut = std::ranges::find(tile.cuts, axis.name, &Cut::axis);
    sizes.push_back(cut == tile.cuts.end() ? piece.sizes[position(inner, axis.name)] : cut->full);
  }
  preparing.allocate(result, sizes);
  const Layout whole = preparing.layout(result);
  out.strides = strides_along(whole, outer, tile.cuts);
  bool contiguous = true;  // pieces, so that they can be looked through
  for (Variant& variant : tile.variants) {
    const Layout& from = variant.bodies[0]->result(tile.results.size());
    const Layout seen = permuted(from, inner, outer), to = cut_layout(whole, outer, tile.cuts, variant.lengths);
    const auto written =
        same_places(seen, to) ? make_in_place(variant, tile.results.size(), all_made) : std::optional<ValueId>();
    out.written.push_back(written.value_or(made));
    out.put.push_back(written ? Put{} : strided_copy(seen, to));
    out.made_by.push_back(from.elements());
    contiguous &= same_places(from, contiguous_layout(from.sizes));
  }
  if (terms > 1) {
    out.terms = std::make_shared<Terms>(whole.elements(), terms);
    tile.with_sums.push_back(tile.results.size());
    tile.summed.add(whole.elements());
    if (contiguous && preparing.only_reader(result)) preparing.may_be_left_in_terms(result, out.terms);
  }
  tile.results.push_back(std::move(out));
}

/// Which term of a sum a piece makes.
int64_t term(const Tile& tile, const Result& result, const std::vector<int64_t>& at) {
  int64_t number = 0;
  for (size_t i = 0; i < at.size(); ++i)
    if (!result.has[i]) number = number * tile.cuts[i].pieces() + at[i];
  return number;
}

void do_piece(const Tile& tile, Thread& outside, Thread& worker, int64_t piece, std::vector<int64_t>& at) {
  locate(tile.cuts, piece, at);
  const auto moved = [&](const std::vector<int64_t>& strides) {
    int64_t offset = 0;
    for (size_t i = 0; i < at.size(); ++i) offset += tile.cuts[i].first(at[i]) * strides[i];
    return offset;
  };
  for (const Moving& use : tile.uses) worker.point(use.id, outside.value(use.id) + moved(use.strides));
  size_t which = 0;
  for (; which < tile.variants.size(); ++which) {
    bool equal = true;
    for (size_t i = 0; i < at.size(); ++i) equal &= tile.variants[which].lengths[i] == tile.cuts[i].length(at[i]);
    if (equal) break;
  }
  for (size_t i = 0; i < at.size(); ++i)
    worker.parts[tile.cuts[i].axis] = {tile.cuts[i].first(at[i]), tile.cuts[i].length(at[i]), tile.cuts[i].full};
  worker.tick = outside.tick;
  const auto place = [&](const Result& result) {
    const Terms* terms = result.terms.get();
    float* whole = terms ? terms->data.data() + term(tile, result, at) * terms->elements : outside.value(result.result);
    return whole + moved(result.strides);
  };
  for (const Result& result : tile.results)
    if (!result.put[which]) worker.point(result.written[which], place(result));
  tile.variants[which].bodies[static_cast<size_t>(worker.number)]->run(worker);
  for (const Result& result : tile.results) {
    const float* made = result.put[which] ? worker.value(result.made) : place(result);
    if (result.terms && result.terms->left && !kernels::all_finite(made, result.made_by[which]))
      result.terms->finite = false;
    if (result.put[which]) result.put[which](made, place(result));
  }
}

void run_tile(const Tile& tile, Thread& thread, std::vector<std::vector<int64_t>>& places) {
  Engine& engine = thread.engine;
  for (const size_t i : tile.with_sums) tile.results[i].terms->finite = true;
  const auto lanes = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(engine.workers.size()), tile.pieces));
  std::atomic<int64_t> next = 0;
  const auto lane = [&](size_t number) {
    for (int64_t piece = next++; piece < tile.pieces; piece = next++)
      do_piece(tile, thread, *engine.workers[number], piece, places[number]);
  };
  if (lanes == 1 || engine.tracing) {
    lane(0);
  } else {
    engine.pool->parallel_for(lanes, lane, 1);
  }
  // Summing many elements is work for all, too.
  const auto is_left = [&](size_t i) { return tile.results[i].terms->left && !engine.tracing; };
  if (std::ranges::all_of(tile.with_sums, is_left)) return;
  tile.summed.each(engine, [&](size_t i, int64_t from, int64_t count) {
    const Result& result = tile.results[tile.with_sums[i]];
    if (!is_left(tile.with_sums[i]))
      kernels::add_up(result.terms->from(from), count, thread.value(result.result) + from);
  });
}

}  // namespace

Run prepare_tile(Preparing& preparing, const Node& node) {
  if (!preparing.parts().empty()) throw std::logic_error("a tile within a tile");
  Tile tile;
  tile.cuts = cuts_of(preparing, node);
  for (const Cut& cut : tile.cuts) tile.pieces *= cut.pieces();
  for (const ValueId id : outer_uses(node.blocks.at(0)))
    tile.uses.push_back({id, strides_along(preparing.layout(id), preparing.axes(id), tile.cuts)});
  for (auto& shape : shapes(tile.cuts)) tile.variants.push_back(make_variant(preparing, node, tile, std::move(shape)));
  for (size_t i = 0; i < node.results.size(); ++i)
    prepare_result(preparing, tile, node.blocks[0].results.at(i), node.results[i], node.blocks[0].results);
  preparing.count(tile.variants[0].bodies[0]->flops() * static_cast<double>(tile.pieces));
  std::vector<std::vector<int64_t>> places(preparing.engine().workers.size(), std::vector<int64_t>(tile.cuts.size()));
  return [tile = std::make_shared<const Tile>(std::move(tile)), places](Thread& thread) mutable {
    run_tile(*tile, thread, places);
  };
}

}  // namespace duet::plan

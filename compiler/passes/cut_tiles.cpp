#include "compiler/passes/cut_tiles.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/passes/axis_role.h"
#include "compiler/passes/cost.h"
#include "compiler/passes/effects.h"
#include "compiler/passes/uses.h"

namespace duet {

namespace {

// Handing pieces to other threads costs some ten microseconds: what takes no longer is not worth it.
constexpr double kLeastFlops = 2e6;
// Of a matrix product: enough for full speed, few enough for the cache.
constexpr int64_t kRows = 200;
// Fewer pieces than that should be an even number, for the sake of machines with two cores.
constexpr int64_t kFewPieces = 16;
// What an axis of unknown size (the last batch of an epoch is smaller) is taken to have.
constexpr int64_t kTypicalSize = 256;
// A second axis may leave out this share of the arithmetic.
constexpr double kEnough = 0.9;
// An axis counts as one of the weights if products that have it there do at least this share of its arithmetic: small
// networks with weights for each candidate must not cut the large ones that all candidates share to single rows.
constexpr double kOwnWeights = 0.05;

/// An axis that work is cut along.
struct Cut {
  Axis axis;
  bool lifted = false;  // the weights of products have it, too
};

/// An axis of products, and what they compute: all of them, and those whose weights have it.
struct HeavyAxis {
  Axis axis;
  double flops = 0, lifted = 0;
};

/// Which nodes of a list go into a tile, and which must come after it; the others come before.
struct Region {
  std::vector<bool> inside, after;
  double flops = 0;
};

class Cutter {
 public:
  explicit Cutter(Program& program) : program_(program) {}

  bool run() {
    measure_early(program_.main);
    uses_ = count_uses(program_.main);
    block(program_.main);
    return changed_;
  }

 private:
  void block(Block& block) {
    block.nodes = cut(std::move(block.nodes));
    for (Node& node : block.nodes)
      if (node.op != Op::tile)
        for (Block& inner : node.blocks) this->block(inner);
  }

  // --- sizes ------------------------------------------------------------------------------------------------------

  /// Sizes that are read off a value inside a region would end it: they are read off the block's parameters instead.
  void measure_early(Block& block) {
    for (Node& node : block.nodes) {
      for (Block& inner : node.blocks) measure_early(inner);
      if (node.op != Op::extent) continue;
      const std::string& axis = node.text("axis");
      if (program_.type(node.inputs[0]).size_of(axis) != kUnknownSize) continue;
      const auto has = [&](ValueId id) { return program_.type(id).has(axis); };
      const auto parameter = std::ranges::find_if(block.parameters, has);
      if (parameter == block.parameters.end() || *parameter == node.inputs[0]) continue;
      node.inputs[0] = *parameter;
      changed_ = true;
    }
  }

  // --- averages ---------------------------------------------------------------------------------------------------

  /// What a node does with the axis of a cut, when averages of known size are made of sums.
  AxisRole role(const Node& node, const Cut& cut) const {
    if (node.op != Op::mean || averaged(node) == 0) return axis_role(program_, node, cut.axis.name, cut.axis.size);
    Node sum = node;
    sum.op = Op::sum;
    return axis_role(program_, sum, cut.axis.name, cut.axis.size);
  }

  bool averages_away(const Node& node, const std::vector<Cut>& cuts) const {
    return node.op == Op::mean &&
           std::ranges::any_of(cuts, [&](const Cut& cut) { return role(node, cut) == AxisRole::summed; });
  }

  /// The average becomes a sum, which is divided in `after`.
  Node split_mean(Node mean, std::vector<Node>& after) {
    const ValueId sum = new_value(program_.type(mean.results[0])), n = new_value({Kind::real, {}});
    uses_[sum] = uses_[n] = 1;
    after.push_back({Op::constant, {}, {n}, {{"value", averaged(mean)}}, {}, mean.span});
    after.push_back({Op::div, {sum, n}, mean.results, {}, {}, mean.span});
    mean.op = Op::sum;
    mean.results = {sum};
    return mean;
  }

  /// How many elements are averaged; 0: unknown, or none.
  double averaged(const Node& node) const {
    double count = node.texts("axes").empty() ? 0 : 1;
    for (const std::string& axis : node.texts("axes")) {
      const int64_t size = program_.type(node.inputs[0]).size_of(axis);
      count *= size == kUnknownSize ? 0 : static_cast<double>(size);
    }
    return count;
  }

  // --- regions ----------------------------------------------------------------------------------------------------

  /// The nodes with what can be cut collected into tiles.
  std::vector<Node> cut(std::vector<Node> nodes) {
    std::vector<Cut> cuts;
    const Region region = best_region(nodes, cuts);
    if (cuts.empty()) return nodes;
    std::vector<Node> before, inside, after;
    for (size_t i = 0; i < nodes.size(); ++i) {
      Node& node = nodes[i];
      if (region.inside[i] && averages_away(node, cuts)) {
        inside.push_back(split_mean(std::move(node), after));
      } else {
        (region.inside[i] ? inside : region.after[i] ? after : before).push_back(std::move(node));
      }
    }
    changed_ = true;
    std::vector<Node> all = cut(std::move(before));
    Node tile = make_tile(std::move(inside), cuts);
    if (!tile.results.empty()) all.push_back(std::move(tile));  // else nobody reads any of it
    for (Node& node : cut(std::move(after))) all.push_back(std::move(node));
    return all;
  }

  Region best_region(const std::vector<Node>& nodes, std::vector<Cut>& cuts) {
    Region best;
    const std::vector<Cut> candidates = heavy_axes(nodes);
    for (const Cut& cut : candidates) {
      Region region = grow(nodes, {cut});
      if (region.flops <= best.flops) continue;
      best = std::move(region);
      cuts = {cut};
    }
    if (best.flops < kLeastFlops) {
      cuts.clear();
      return best;
    }
    for (const Cut& cut : candidates) {
      if (cuts.size() == 2 || cut.axis == cuts[0].axis || cut.lifted == cuts[0].lifted) continue;
      Region region = grow(nodes, {cuts[0], cut});
      if (region.flops < kEnough * best.flops) continue;
      best = std::move(region);
      cuts.push_back(cut);
    }
    std::ranges::stable_sort(cuts, [](const Cut& a, const Cut& b) { return a.lifted > b.lifted; });
    return best;
  }

  double flops_of(const Node& node, const std::vector<Cut>& cuts) const {
    double n = flops(program_, node);
    for (const Cut& cut : cuts)
      if (cut.axis.size == kUnknownSize) n *= static_cast<double>(kTypicalSize);
    return n;
  }

  /// Axes of products, in loops too.
  std::vector<Cut> heavy_axes(const std::vector<Node>& nodes) const {
    std::vector<HeavyAxis> found;
    for (const Node& node : nodes) add_heavy(node, found);
    std::vector<Cut> cuts;
    for (const HeavyAxis& heavy : found)
      cuts.push_back({heavy.axis, heavy.lifted > 0 && heavy.lifted >= kOwnWeights * heavy.flops});
    return cuts;
  }

  void add_heavy(const Node& node, std::vector<HeavyAxis>& found) const {
    if (node.op == Op::scan || node.op == Op::iterate)
      for (const Node& inner : node.blocks[0].nodes) add_heavy(inner, found);
    if (node.op != Op::linear && node.op != Op::contract) return;
    std::vector<Axis> all = program_.type(node.results[0]).axes;
    const auto& first = program_.type(node.inputs[0]).axes;
    all.insert(all.end(), first.begin(), first.end());
    for (const Axis& axis : all) {
      if (axis.size == 1) continue;
      const bool own = node.op == Op::linear && (axis.name == node.text("in") || axis.name == node.text("out"));
      if (own) continue;
      const bool lifted = program_.type(node.inputs[1]).has(axis.name) &&
                          program_.type(node.results[0]).has(axis.name) &&
                          (node.op == Op::linear || program_.type(node.inputs[0]).has(axis.name));
      const bool chosen = node.has("by") && program_.type(node.inputs[3]).has(axis.name);
      auto known = std::ranges::find(found, axis, &HeavyAxis::axis);
      if (known == found.end()) known = found.insert(known, {axis});
      const double work = flops(program_, node);
      known->flops += work;
      if (lifted || chosen) known->lifted += work;
    }
  }

  Region grow(const std::vector<Node>& nodes, const std::vector<Cut>& cuts) const {
    Region region{std::vector<bool>(nodes.size()), std::vector<bool>(nodes.size()), 0};
    std::set<ValueId> mapped, summed, late;
    std::set<Resource> written;  // by what comes after
    bool started = false;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Node& node = nodes[i];
      const auto read = values_read(node);
      const auto reads = [&](const std::set<ValueId>& of) {
        return std::ranges::any_of(read, [&](ValueId id) { return of.count(id) > 0; });
      };
      const Effects effects = effects_of(node);
      const bool waits = reads(late) || reads(summed) || disturbs(written, effects.reads);
      bool sums = false;
      if (!waits && cuttable(node, cuts, sums)) {
        region.inside[i] = started = true;
        region.flops += flops_of(node, cuts);
        (sums ? summed : mapped).insert(node.results.begin(), node.results.end());
        continue;
      }
      const bool in_turn = !effects.pure() && started;
      if (!waits && !reads(mapped) && !in_turn) continue;
      region.after[i] = true;
      late.insert(node.results.begin(), node.results.end());
      written.insert(effects.writes.begin(), effects.writes.end());
    }
    return region;
  }

  bool cuttable(const Node& node, const std::vector<Cut>& cuts, bool& sums) const {
    if (info(node.op).group == OpGroup::effect || !effects_of(node).pure()) return false;
    for (const Cut& cut : cuts) {
      const AxisRole role = this->role(node, cut);
      if (role != AxisRole::mapped && role != AxisRole::summed) return false;
      sums |= role == AxisRole::summed;
    }
    return true;
  }

  // --- tiles ------------------------------------------------------------------------------------------------------

  Node make_tile(std::vector<Node> inside, const std::vector<Cut>& cuts) {
    Node tile{Op::tile, {}, {}, {}, {Block{}}, heaviest(inside)};
    std::vector<std::string> axes;
    std::vector<int64_t> sizes;
    for (const Cut& cut : cuts) {
      axes.push_back(cut.axis.name);
      sizes.push_back(cut.lifted ? 1 : piece(cut.axis, cuts, inside));
    }
    tile.attributes = {{"axes", axes}, {"sizes", sizes}};
    Block& block = tile.blocks[0];
    block.nodes = std::move(inside);
    export_results(tile);
    return tile;
  }

  Span heaviest(const std::vector<Node>& nodes) const {
    const auto most = std::ranges::max_element(nodes, {}, [&](const Node& node) { return flops(program_, node); });
    return most->span;
  }

  /// How many elements of the axis make about kRows rows of a product.
  int64_t piece(const Axis& axis, const std::vector<Cut>& cuts, const std::vector<Node>& nodes) const {
    double rows = 0, weight = 0;
    for (const Node& node : nodes) add_rows(node, cuts, rows, weight);
    const int64_t size = axis.size == kUnknownSize ? kTypicalSize : axis.size;
    const double each = weight > 0 ? std::max(rows / weight, 1.0) : 1.0;
    const auto wanted = std::clamp<int64_t>(std::llround(kRows / each), 1, size);
    int64_t others = 1;  // pieces of the other axis
    for (const Cut& cut : cuts)
      if (cut.lifted) others *= cut.axis.size == kUnknownSize ? 1 : cut.axis.size;
    int64_t pieces = std::max<int64_t>(std::llround(static_cast<double>(size) / static_cast<double>(wanted)), 1);
    if (pieces * others < kFewPieces && pieces * others % 2 == 1) ++pieces;
    pieces = std::min(pieces, size);
    return (size + pieces - 1) / pieces;
  }

  /// Rows of products for one element of each cut axis, weighted by their arithmetic.
  void add_rows(const Node& node, const std::vector<Cut>& cuts, double& rows, double& weight) const {
    for (const Block& block : node.blocks)
      for (const Node& inner : block.nodes) add_rows(inner, cuts, rows, weight);
    if (node.op != Op::linear) return;
    double each = 1;
    for (const Axis& own : program_.type(node.inputs[0]).axes) {
      const bool counts = own.name != node.text("in") && std::ranges::find(cuts, own, &Cut::axis) == cuts.end() &&
                          !program_.type(node.inputs[1]).has(own.name) && own.size != kUnknownSize &&
                          !(node.has("by") && program_.type(node.inputs[3]).has(own.name));
      if (counts) each *= static_cast<double>(own.size);
    }
    const double cost = flops(program_, node);
    rows += each * cost;
    weight += cost;
  }

  /// What is read outside goes on under its own name; inside, it gets a new one.
  void export_results(Node& tile) {
    Block& block = tile.blocks[0];
    const auto within = count_uses(block);
    std::unordered_map<ValueId, ValueId> renamed;
    for (const Node& node : block.nodes)
      for (const ValueId made : node.results) {
        const auto here = within.find(made);
        if (count_of(made) == (here == within.end() ? 0 : here->second)) continue;
        renamed[made] = new_value(program_.type(made), program_.values[static_cast<size_t>(made)].name);
        tile.results.push_back(made);
        block.results.push_back(renamed[made]);
      }
    for (Node& node : block.nodes) rename(node, renamed);
  }

  int count_of(ValueId id) const {
    const auto found = uses_.find(id);
    return found == uses_.end() ? 0 : found->second;
  }

  static void rename(Node& node, const std::unordered_map<ValueId, ValueId>& renamed) {
    const auto change = [&](std::vector<ValueId>& ids) {
      for (ValueId& id : ids)
        if (const auto it = renamed.find(id); it != renamed.end()) id = it->second;
    };
    change(node.inputs);
    change(node.results);
    for (Block& block : node.blocks) {
      for (Node& inner : block.nodes) rename(inner, renamed);
      change(block.results);
    }
  }

  ValueId new_value(Type type, std::string name = {}) {
    program_.values.push_back({std::move(type), std::move(name)});
    return static_cast<ValueId>(program_.values.size() - 1);
  }

  Program& program_;
  std::unordered_map<ValueId, int> uses_;  // in all of main
  bool changed_ = false;
};

}  // namespace

bool cut_tiles(Program& program, Notes&) {
  return Cutter(program).run();
}

}  // namespace duet

// Derivatives of groups. Towards the rows: a group again, in which the rows' derivatives go back through their own
// members. Towards what the members read (weights), which is a sum over rows and not apart for each: a loop over the
// members, in which all rows go through each member and the derivatives of the rows of others are zero.
#include <algorithm>
#include <iterator>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

class GroupAdjoint {
 public:
  GroupAdjoint(Reverse& reverse, const Node& node)
      : reverse_(reverse), emit_(reverse.emit), builder_(emit_.builder()), node_(node), body_(node.blocks[0]) {
    rows_ = emit_.type(node.inputs[0]).axes;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      std::vector<Axis> own = emit_.type(node.inputs[i]).axes;
      own.pop_back();
      rows_ = *merge_axes(rows_, own);
    }
  }

  void run() {
    for (size_t i = 0; i < node_.results.size(); ++i)
      if (const auto g = reverse_.of(node_.results[i])) arriving_.push_back({body_.results[i], feature_last(*g, i)});
    towards_rows();
    towards_members();
  }

 private:
  struct Arriving {
    ValueId result;      // of the block
    ValueId derivative;  // all rows, then the feature
  };

  /// The derivative towards result `i` with its one feature last, as inputs of a group have it.
  ValueId feature_last(ValueId g, size_t i) {
    const Type features = emit_.type(body_.results[i]).without("row");
    if (features.axes.size() != 1) throw NoDerivative{};
    g = emit_.spread(g, node_.results[i]);
    return emit_.arrange(g, full_type(features.axes[0]));
  }

  Type full_type(const Axis& feature) const {
    Type type{Kind::real, rows_};
    type.axes.push_back(feature);
    return type;
  }

  /// The block again, and its derivatives. `leaving` gives what they are, once they are gathered.
  template <typename Leaving>
  void backward(Copier& copy, const std::vector<ValueId>& derivatives, const Leaving& leaving) {
    std::vector<Node> before = std::move(builder_.block().nodes);
    builder_.block().nodes.clear();
    std::vector<Node> nodes = copy.nodes(body_.nodes);
    reverse_.activity().mark(nodes);
    Reverse inner(builder_, reverse_.activity());
    inner.emit.span = node_.span;
    for (size_t i = 0; i < arriving_.size(); ++i) inner.add(copy(arriving_[i].result), derivatives[i]);
    inner.walk(nodes);
    inner.emit.span = node_.span;
    leaving(inner);
    std::vector<Node>& after = builder_.block().nodes;
    before.insert(before.end(), std::make_move_iterator(nodes.begin()), std::make_move_iterator(nodes.end()));
    before.insert(before.end(), std::make_move_iterator(after.begin()), std::make_move_iterator(after.end()));
    after = std::move(before);
  }

  void towards_rows() {
    std::vector<size_t> wanted;
    for (size_t i = 1; i < node_.inputs.size(); ++i)
      if (reverse_.wants(node_.inputs[i])) wanted.push_back(i);
    if (wanted.empty()) return;
    OpenBlock open(builder_);
    Copier copy(builder_.program());
    for (const ValueId id : body_.parameters) {
      const ValueId now = builder_.parameter(emit_.type(id));
      copy.map(id, now);
      if (reverse_.wants(id)) reverse_.activity().add(now);
    }
    std::vector<ValueId> inputs = node_.inputs, derivatives;
    for (const Arriving& it : arriving_) {
      inputs.push_back(it.derivative);
      derivatives.push_back(
          builder_.parameter({Kind::real, {{"row", kUnknownSize}, emit_.type(it.derivative).axes.back()}}));
    }
    std::vector<ValueId> results;
    std::vector<Type> types;
    backward(copy, derivatives, [&](Reverse& inner) {
      for (const size_t i : wanted) {
        results.push_back(inner.total(copy(body_.parameters[i])));
        types.push_back(full_type(emit_.type(node_.inputs[i]).axes.back()));
      }
    });
    const std::vector<ValueId> found = emit(Op::group, inputs, types, node_.attributes, open.close(), results);
    for (size_t i = 0; i < wanted.size(); ++i) reverse_.give(node_.inputs[wanted[i]], found[i], found[i]);
  }

  void towards_members() {
    std::vector<ValueId> read;
    for (const ValueId id : free_values(body_))
      if (reverse_.wants(id)) read.push_back(id);
    if (read.empty()) return;
    std::vector<ValueId> zeros, sums, all_rows;
    for (const ValueId id : read) zeros.push_back(emit_.spread(emit_.number(0), id));
    for (size_t i = 1; i < node_.inputs.size(); ++i) all_rows.push_back(flat(full(node_.inputs[i])));
    OpenBlock open(builder_);
    Emitter emit_inside(builder_);
    emit_inside.span = node_.span;
    const ValueId step = builder_.parameter({});
    const ValueId member = builder_.cast(step, Kind::index, node_.span);
    Copier copy(builder_.program());
    copy.map(body_.parameters[0], member);
    copy.close("row", Type{Kind::real, rows_}.elements());
    for (size_t i = 0; i < all_rows.size(); ++i) copy.map(body_.parameters[1 + i], all_rows[i]);
    const ValueId own = emit_inside.binary(Op::equal, node_.inputs[0], member);
    std::vector<ValueId> derivatives;
    for (const Arriving& it : arriving_) {
      const ValueId masked = emit_inside.select(own, it.derivative, emit_inside.number(0));
      derivatives.push_back(flat(emit_inside.arrange(masked, emit_.type(it.derivative))));
    }
    std::vector<ValueId> results;
    std::vector<Type> types;
    backward(copy, derivatives, [&](Reverse& inner) {
      for (const ValueId id : read) {
        sums.push_back(builder_.parameter(emit_.type(id)));
        types.push_back(emit_.type(id));
        const auto g = inner.of(id);
        results.push_back(g ? inner.emit.arrange(inner.emit.add(sums.back(), *g), types.back()) : sums.back());
      }
    });
    const std::vector<ValueId> found = emit(Op::scan, zeros, types,
                                            {{"axis", node_.text("axis")},
                                             {"from", int64_t{0}},
                                             {"count", node_.integer("count")},
                                             {"carries", static_cast<int64_t>(read.size())},
                                             {"sequences", int64_t{0}}},
                                            open.close(), results);
    for (size_t i = 0; i < read.size(); ++i) reverse_.add(read[i], found[i]);
  }

  /// An input with all rows.
  ValueId full(ValueId x) {
    Type type = full_type(emit_.type(x).axes.back());
    for (const ValueId like : node_.inputs)
      for (const Axis& axis : type.axes)
        if (axis.size == kUnknownSize && !emit_.type(x).has(axis.name) && emit_.type(like).has(axis.name))
          return builder_.emit1(Op::expand, {x, like}, type, node_.span);
    return builder_.expand(x, type.axes, node_.span);
  }

  /// With all rows along one axis, and the feature: as the parameters of the block have it.
  ValueId flat(ValueId x) {
    const Axis feature = emit_.type(x).axes.back();
    std::vector<std::string> names;
    for (const Axis& axis : rows_) names.push_back(axis.name);
    const Axis row{"row", Type{Kind::real, rows_}.elements()};
    const ValueId dealt = builder_.emit1(Op::reshape, {x}, {Kind::real, {feature, row}}, node_.span,
                                         {{"from", names}, {"to", std::vector<std::string>{"row"}}});
    return builder_.expand(dealt, {row, feature}, node_.span);
  }

  std::vector<ValueId> emit(Op op, const std::vector<ValueId>& inputs, const std::vector<Type>& types,
                            const Attributes& attributes, Block block, const std::vector<ValueId>& results) {
    block.results = results;
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    return builder_.emit(op, inputs, types, node_.span, attributes, std::move(blocks));
  }

  Reverse& reverse_;
  Emitter& emit_;
  Builder& builder_;
  const Node& node_;
  const Block& body_;
  std::vector<Axis> rows_;
  std::vector<Arriving> arriving_;
};

}  // namespace

void adjoint_group(Reverse& reverse, const Node& node) {
  GroupAdjoint(reverse, node).run();
}

}  // namespace duet

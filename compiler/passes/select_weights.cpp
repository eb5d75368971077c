#include "compiler/passes/select_weights.h"

#include <unordered_map>

#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

class SelectWeights : public Rewriter {
 public:
  SelectWeights(Program& program, Notes& notes) : Rewriter(program, notes) { count_layers(program.main); }

 private:
  /// How many layers have a value for their weights or biases.
  void count_layers(const Block& block) {
    for (const Node& node : block.nodes) {
      if (node.op == Op::linear)
        for (const size_t i : {1, 2}) ++layers_[node.inputs[i]];
      for (const Block& inner : node.blocks) count_layers(inner);
    }
  }

  void visit(Node node) override {
    if (node.op == Op::linear && node.inputs.size() == 3 && !differentiated()) select(node);
    put(std::move(node));
  }

  void select(Node& node) {
    const Node *weights = choice(node, 1), *biases = choice(node, 2);
    if (!weights) return;
    const std::string& by = weights->text("axis");
    const bool alike = biases && biases->inputs[1] == weights->inputs[1] && biases->text("axis") == by;
    if (!alike && type(node.inputs[2]).has(by)) return;
    changed();
    note(node.span, "the weights that the index chooses along " + by + " are not copied", 0);
    node.inputs[1] = weights->inputs[0];
    if (alike) node.inputs[2] = biases->inputs[0];
    node.inputs.push_back(weights->inputs[1]);
    node.attributes["by"] = by;
  }

  /// The take that chooses the weights or biases of a layer, if the layer can do it.
  const Node* choice(const Node& layer, size_t input) const {
    const ValueId id = layer.inputs[input];
    const Node* take = maker(id, Op::take);
    if (!take || layers_.at(id) != readers(id)) return nullptr;
    const Type& index = type(take->inputs[1]);
    for (const char* key : {"in", "out"})
      if (index.has(layer.text(key)) || take->text("axis") == layer.text(key)) return nullptr;
    const bool comes_back = index.has(take->text("axis")) || type(layer.inputs[0]).has(take->text("axis"));
    return comes_back ? nullptr : take;
  }

  std::unordered_map<ValueId, int> layers_;
};

}  // namespace

bool select_weights(Program& program, Notes& notes) {
  return SelectWeights(program, notes).run();
}

}  // namespace duet

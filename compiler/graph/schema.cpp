#include "compiler/graph/schema.h"

#include <stdexcept>
#include <string>
#include <unordered_map>

namespace duet {

namespace {

constexpr auto kInteger = AttributeKind::integer;
constexpr auto kReal = AttributeKind::real;
constexpr auto kText = AttributeKind::text;
constexpr auto kIntegers = AttributeKind::integers;
constexpr auto kReals = AttributeKind::reals;
constexpr auto kTexts = AttributeKind::texts;

constexpr Count exactly(size_t n) {
  return {n, n};
}
constexpr Count from(size_t n) {
  return {n, Count::kMany};
}

using Table = std::unordered_map<Op, Schema>;

void add_groups(Table& table) {
  for (const OpInfo& op : all_ops()) {
    if (op.group == OpGroup::unary) table[op.op] = {exactly(1), exactly(1), {}, {}};
    if (op.group == OpGroup::binary) table[op.op] = {exactly(2), exactly(1), {}, {}};
    if (op.group == OpGroup::reduce) table[op.op] = {exactly(1), exactly(1), {}, {{"axes", kTexts}}};
  }
}

void add_shapes(Table& table) {
  const std::vector<AttributeRule> top = {{"axes", kTexts}, {"axis", kText}, {"count", kInteger}};
  table[Op::select] = {exactly(3), exactly(1), {}, {}};
  table[Op::quantile] = {exactly(2), exactly(1), {}, {{"axes", kTexts}}};
  table[Op::top_k] = {exactly(1), exactly(1), {}, top};
  table[Op::bottom_k] = {exactly(1), exactly(1), {}, top};
  table[Op::cumsum] = {exactly(1), exactly(1), {}, {{"axes", kTexts}, {"reverse", kInteger, false}}};
  table[Op::standardize] = {exactly(1), exactly(1), {}, {{"axes", kTexts}}};
  table[Op::standardize_gradient] = {exactly(2), exactly(1), {}, {{"axes", kTexts}}};
  table[Op::constant] = {exactly(0), exactly(1), {}, {{"value", kReal}}};
  table[Op::values] = {exactly(0), exactly(1), {}, {{"values", kReals}, {"axis", kText}}};
  table[Op::iota] = {exactly(0), exactly(1), {}, {{"axis", kText}, {"count", kInteger}}};
  table[Op::extent] = {exactly(1), exactly(1), {}, {{"axis", kText}}};
  table[Op::cast] = {exactly(1), exactly(1), {}, {{"kind", kText}}};
  table[Op::rename] = {exactly(1), exactly(1), {}, {{"from", kText}, {"to", kText}}};
  table[Op::expand] = {{1, 2}, exactly(1), {}, {}};
  table[Op::slice] = {exactly(1), exactly(1), {}, {{"axis", kText}, {"from", kInteger}, {"to", kInteger}}};
  table[Op::take] = {exactly(2), exactly(1), {}, {{"axis", kText}}};
  table[Op::put] = {{2, 3}, exactly(1), {}, {{"axis", kText}}};
  table[Op::pad] = {{1, 2}, exactly(1), {}, {{"axis", kText}, {"before", kInteger}}};
  table[Op::reshape] = {exactly(1), exactly(1), {}, {{"from", kTexts}, {"to", kTexts}}};
  table[Op::concat] = {from(1), exactly(1), {}, {{"axis", kText}}};
}

void add_draws_and_networks(Table& table) {
  table[Op::noise] = {
      exactly(0), exactly(1), {}, {{"distribution", kText}, {"site", kInteger}, {"bound", kReal, false}}};
  table[Op::categorical] = {exactly(1), exactly(1), {}, {{"axes", kTexts}, {"site", kInteger}}};
  table[Op::linear] = {
      {3, 4},
      {1, 2},
      {},
      {{"in", kText},
       {"out", kText},
       {"by", kText, false},
       {"activation", kText, false},
       {"slope", kInteger, false},
       {"precision", kText, false}}};
  table[Op::contract] = {
      {2, 3}, exactly(1), {}, {{"axes", kTexts}, {"factor", kText, false}, {"zero_rows", kTexts, false}}};
  table[Op::group] = {from(1), from(1), exactly(1), {{"axis", kText}, {"count", kInteger}}};
}

void add_control(Table& table) {
  table[Op::scan] = {from(0),
                     from(0),
                     exactly(1),
                     {{"axis", kText},
                      {"from", kInteger},
                      {"count", kInteger},
                      {"carries", kInteger},
                      {"sequences", kInteger},
                      {"reverse", kInteger, false}}};
  table[Op::iterate] = {from(0), from(0), exactly(1), {{"count", kInteger}}};
  table[Op::choose] = {exactly(1), from(0), from(1), {{"cases", kIntegers}}};
  table[Op::gradient] = {from(1), from(2), exactly(1), {}};
  table[Op::fused] = {exactly(0), from(1), exactly(1), {}};
  table[Op::tile] = {exactly(0), from(1), exactly(1), {{"axes", kTexts}, {"sizes", kIntegers}}};
}

void add_reading(Table& table) {
  table[Op::load] = {exactly(0), exactly(1), {}, {{"state", kInteger}}};
  table[Op::counter] = {exactly(0), exactly(1), {}, {{"name", kText}}};
  table[Op::memory_size] = {exactly(0), exactly(1), {}, {{"memory", kInteger}}};
  table[Op::sample] = {
      from(0), exactly(5), {}, {{"memories", kIntegers}, {"shares", kReals}, {"count", kInteger}, {"site", kInteger}}};
  table[Op::sample_starts] = {
      exactly(0), exactly(1), {}, {{"memory", kInteger}, {"count", kInteger}, {"axis", kText}, {"site", kInteger}}};
  table[Op::rows] = {exactly(0), exactly(1), {}, {{"memory", kInteger}}};
  table[Op::split] = {exactly(1), exactly(2), {}, {{"fraction", kReal}, {"site", kInteger}}};
  table[Op::simulate] = {exactly(1), {1, 3}, {}, {{"axis", kText}, {"robots", kText, false}, {"gives", kTexts}}};
  table[Op::gather] = {exactly(1), exactly(5), {}, {{"memory", kInteger}}};
}

void add_effects(Table& table) {
  table[Op::assign] = {exactly(1), {}, {}, {{"state", kInteger}}};
  table[Op::track] = {exactly(0), {}, {}, {{"slow", kIntegers}, {"fast", kIntegers}, {"rate", kReal}}};
  const std::vector<AttributeRule> optimizer = {
      {"parameters", kIntegers}, {"first_moments", kIntegers}, {"second_moments", kIntegers},
      {"steps", kInteger},       {"optimizer", kText},         {"beta1", kReal},
      {"beta2", kReal},          {"epsilon", kReal},           {"decay", kReals}};
  table[Op::minimize] = {from(1), from(1), exactly(1), optimizer};
  std::vector<AttributeRule> with_slow = optimizer;
  with_slow.insert(with_slow.end(), {{"slow", kIntegers, false}, {"slow_rate", kReal, false}});
  table[Op::descend] = {from(3), {}, {}, with_slow};
  table[Op::store] = {{5, 6}, {}, {}, {{"memory", kInteger}}};
  table[Op::log_metric] = {exactly(1), {}, {}, {{"metric", kText}}};
  table[Op::loop] = {{}, {}, exactly(1), {}};
  table[Op::repeat] = {exactly(1), {}, exactly(1), {}};
  table[Op::every] = {{}, {}, exactly(1), {{"steps", kInteger}, {"place", kInteger}}};
  table[Op::chunks] = {exactly(1), {}, exactly(1), {{"axis", kText}, {"size", kInteger}}};
  table[Op::each_batch] = {exactly(1),
                           {},
                           exactly(1),
                           {{"count", kInteger},
                            {"memory", kInteger},
                            {"site", kInteger},
                            {"axis", kText, false},
                            {"members", kInteger, false}}};
  table[Op::until] = {{}, {}, exactly(1), {{"patience", kInteger}, {"threshold", kReal}}};
  table[Op::interact] = {{}, {}, exactly(2), {{"memory", kInteger}, {"site", kInteger}}};
  table[Op::play] = {{}, from(2), exactly(1), {{"site", kInteger}}};
  table[Op::evaluate] = {{}, {}, exactly(2), {{"episodes", kInteger}, {"site", kInteger}, {"metric", kText}}};
}

Table make_table() {
  Table table;
  add_groups(table);
  add_shapes(table);
  add_draws_and_networks(table);
  add_control(table);
  add_reading(table);
  add_effects(table);
  return table;
}

}  // namespace

std::string_view name_of(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::integer:
      return "a whole number";
    case AttributeKind::real:
      return "a real";
    case AttributeKind::text:
      return "a text";
    case AttributeKind::integers:
      return "a list of whole numbers";
    case AttributeKind::reals:
      return "a list of reals";
    case AttributeKind::texts:
      return "a list of texts";
  }
  return "";
}

// The kinds stand in the order of the variant.
AttributeKind kind_of(const Attribute& attribute) {
  return static_cast<AttributeKind>(attribute.index());
}

const Schema& schema(Op op) {
  static const Table table = make_table();
  const auto it = table.find(op);
  if (it == table.end()) throw std::logic_error("operation " + std::string(info(op).name) + " has no schema");
  return it->second;
}

}  // namespace duet

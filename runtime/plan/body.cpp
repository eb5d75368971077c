#include "runtime/plan/body.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/core/sanitizer.h"
#include "runtime/plan/profile.h"
#include "runtime/plan/trap.h"

namespace duet::plan {

namespace {

/// Nodes whose results have sizes that only running tells.
bool opens(Op op) {
  return op == Op::rows || op == Op::split;
}

void add_uses(const Block& block, std::set<ValueId>& uses) {
  std::set<ValueId> own(block.parameters.begin(), block.parameters.end());
  std::set<ValueId> read(block.results.begin(), block.results.end());
  for (const Node& node : block.nodes) {
    read.insert(node.inputs.begin(), node.inputs.end());
    for (const Block& inner : node.blocks) add_uses(inner, read);
    own.insert(node.results.begin(), node.results.end());
  }
  for (const ValueId id : read)
    if (!own.count(id)) uses.insert(id);
}

bool repeatable_op(Op op) {
  switch (op) {
    case Op::load:
    case Op::counter:
    case Op::memory_size:
    case Op::sample:
    case Op::sample_starts:
    case Op::rows:
    case Op::split:
    case Op::gather:
    case Op::simulate:
      return true;
    default:
      return info(op).group != OpGroup::effect;
  }
}

Run prepare(Preparing& preparing, const Node& node) {
  switch (info(node.op).group) {
    case OpGroup::unary:
    case OpGroup::binary:
      return prepare_element(preparing, node);
    case OpGroup::reduce:
      return prepare_reduce(preparing, node);
    case OpGroup::shape:
      return prepare_shape(preparing, node);
    case OpGroup::random:
      return prepare_random(preparing, node);
    case OpGroup::network:
      return node.op == Op::group ? prepare_group(preparing, node) : prepare_product(preparing, node);
    case OpGroup::control:
      return prepare_control(preparing, node);
    case OpGroup::effect:
      return prepare_effect(preparing, node);
  }
  throw std::logic_error("unknown group of operations");
}

}  // namespace

std::vector<ValueId> outer_uses(const Block& block) {
  std::set<ValueId> uses;
  add_uses(block, uses);
  return {uses.begin(), uses.end()};
}

std::vector<ValueId> uses_of(const Node& node) {
  std::set<ValueId> uses(node.inputs.begin(), node.inputs.end());
  for (const Block& block : node.blocks) add_uses(block, uses);
  return {uses.begin(), uses.end()};
}

double Body::flops() const {
  double sum = 0;
  for (const Segment& segment : segments_)
    for (const Step& step : segment.steps) sum += step.flops;
  return sum;
}

bool repeatable(const Node& node) {
  const auto whole = [](const Block& block) { return std::ranges::all_of(block.nodes, repeatable); };
  return repeatable_op(node.op) && std::ranges::all_of(node.blocks, whole);
}

Scope::Scope(const Engine& engine, std::vector<ValueId> ids) : ids_(std::move(ids)) {
  for (const ValueId id : ids_) layouts_.push_back(engine.layouts[static_cast<size_t>(id)]);
}

void Scope::recall(Engine& engine) const {
  for (size_t i = 0; i < ids_.size(); ++i) engine.layout(ids_[i]) = layouts_[i];
}

void Body::run_step(Thread& thread, const Step& step) {
  if (!step.run) return;
  try {
    if (thread.engine.tracing) {
      run_traced(thread, step);
    } else if (thread.engine.profile) {
      thread.engine.profile->time(thread, step);
    } else {
      step.run(thread);
    }
  } catch (const Error& error) {
    throw error.at(step.node->span);
  }
}

void Body::run(Thread& thread) {
  Entry entry(thread, *this);
  size_t node = 0;
  for (size_t i = 0; i < segments_.size(); ++i) {
    for (const Step& step : enter(thread, i)) {
      entry.stand_at(node++);
      run_step(thread, step);
      if (thread.engine.aside && thread.engine.stop_asked()) throw Error("E0607", "interrupted");
    }
  }
}

void Body::trace(Thread& thread, size_t nodes) {
  for (size_t i = 0; i < segments_.size() && segments_[i].first < nodes; ++i) {
    const std::vector<Step>& steps = enter(thread, i);
    for (size_t k = 0; k < steps.size() && segments_[i].first + k < nodes; ++k)
      if (repeatable(*steps[k].node)) run_step(thread, steps[k]);
  }
}

const std::vector<Step>& Body::enter(Thread& thread, size_t number) {
  Segment& segment = segments_[number];
  const auto now = [&](size_t i) -> const Layout& { return engine_->layout(open_[i]); };
  bool fits = segment.ready;
  for (size_t i = 0; fits && i < segment.given.size(); ++i) fits = segment.given[i] == now(i);
  if (!fits) {
    const std::lock_guard lock(engine_->preparing);
    prepare(number);
  }
  if (engine_->tracing) segment.values.recall(*engine_);
  float* const memory = borrowed_ ? borrowed_ : segment.memory->data();
  for (const Place& place : segment.places) thread.point(place.id, memory + place.at);
  for (const auto& [body, at] : segment.lent) body->borrowed_ = memory + at;
  for (Constant& constant : segment.constants) thread.point(constant.id, constant.data.data());
  return segment.steps;
}

std::optional<ValueId> Body::leave_to_caller(size_t result) {
  const ValueId whole = wholes_.at(result);
  auto& places = segments_.at(0).places;
  if (std::erase_if(places, [&](const Place& place) { return place.id == whole; }) == 0) return {};
  return whole;
}

void Body::use(std::shared_ptr<Buffer> memory) {
  Segment& segment = segments_.at(0);
  if (kAddressSanitizer) memory = std::make_shared<Buffer>();  // its arrays have guarded ends of their own
  if (memory->size() < segment.floats) *memory = Buffer(segment.floats);
  for (const Place& place : segment.places) guard(memory->data() + place.at, place.floats);
  segment.memory = std::move(memory);
}

size_t Body::segment_of(size_t node) const {
  for (size_t i = 0; i < segments_.size(); ++i)
    if (node < segments_[i].last) return i;
  return segments_.size() - 1;
}

void Body::prepare(size_t number) {
  Segment& segment = segments_[number];
  const auto& nodes = block_->nodes;
  scope_.recall(*engine_);
  std::vector<ValueId> scope = scope_.ids();
  scope.insert(scope.end(), block_->parameters.begin(), block_->parameters.end());
  for (size_t i = 0; i < block_->parameters.size(); ++i) engine_->layout(block_->parameters[i]) = parameters_[i];
  for (size_t i = 0; i < segment.first; ++i)
    scope.insert(scope.end(), nodes[i].results.begin(), nodes[i].results.end());
  Preparing preparing(*engine_, std::move(scope));
  preparing.parts_ = parts_;
  segment.steps.clear();
  for (size_t i = segment.first; i < segment.last; ++i) {
    preparing.at_ = i;
    preparing.flops_ = 0;
    preparing.block_ = block_;
    Step step{&nodes[i], plan::prepare(preparing, nodes[i])};
    step.flops = preparing.flops_;
    segment.steps.push_back(std::move(step));
    preparing.scope_.insert(preparing.scope_.end(), nodes[i].results.begin(), nodes[i].results.end());
  }
  preparing.place(segment, *this);
  segment.constants = std::move(preparing.constants_);
  segment.given.clear();
  for (const ValueId id : open_) {
    if (std::ranges::find(preparing.scope_, id) == preparing.scope_.end()) break;
    bool own = false;
    for (size_t i = segment.first; i < segment.last; ++i) own |= std::ranges::count(nodes[i].results, id) > 0;
    if (own) break;
    segment.given.push_back(engine_->layout(id));
  }
  segment.values = Scope(*engine_, preparing.scope_);
  segment.ready = true;
  if (number + 1 < segments_.size()) return;
  results_.clear();
  wholes_.clear();
  for (const ValueId id : block_->results) {
    results_.push_back(engine_->layout(id));
    wholes_.push_back(preparing.whole(id));
  }
}

std::unique_ptr<Body> Preparing::body(const Block& block) const {
  auto body = unprepared(block);
  if (engine_.survey) body->prepare(0);
  return body;
}

std::unique_ptr<Body> Preparing::unprepared(const Block& block) const {
  engine_.make_room();
  auto body = std::make_unique<Body>();
  body->engine_ = &engine_;
  body->block_ = &block;
  body->scope_ = Scope(engine_, scope_);
  body->parts_ = parts_;
  for (const ValueId id : block.parameters) body->parameters_.push_back(layout(id));
  size_t first = 0;
  for (size_t i = 0; i < block.nodes.size(); ++i) {
    if (!opens(block.nodes[i].op)) continue;
    const auto& results = block.nodes[i].results;
    body->open_.insert(body->open_.end(), results.begin(), results.end());
    body->segments_.emplace_back();
    body->segments_.back().first = first;
    body->segments_.back().last = i + 1;
    first = i + 1;
  }
  // The last may be empty: only then it is known what the results look like.
  body->segments_.emplace_back();
  body->segments_.back().first = first;
  body->segments_.back().last = block.nodes.size();
  return body;
}

std::unique_ptr<Body> Preparing::ready_body(const Block& block) const {
  auto body = unprepared(block);
  if (body->segments_.size() > 1) throw std::logic_error("a pure block reads the rows of a memory");
  body->transient_ = true;
  body->prepare(0);
  return body;
}

void Preparing::lend(Body& body) {
  if (kAddressSanitizer) return body.use(std::make_shared<Buffer>());
  owned_.push_back({-1, body.segments_.at(0).floats, at_, &body});
}

std::vector<int64_t> Preparing::sizes(const Type& type, const Node& node) const {
  std::vector<int64_t> sizes;
  for (const Axis& axis : type.axes) {
    const auto part = parts_.find(axis.name);
    if (axis.size != kUnknownSize && part == parts_.end()) {
      sizes.push_back(axis.size);
    } else if (part != parts_.end()) {
      sizes.push_back(part->second.size);
    } else {
      const ValueId source = find_axis(axis.name, node);
      sizes.push_back(layout(source).sizes[position(axes(source), axis.name)]);
    }
  }
  return sizes;
}

ValueId Preparing::find_axis(const std::string& name, const Node& node) const {
  for (const ValueId id : node.inputs)
    if (type(id).has(name)) return id;
  for (auto id = scope_.rbegin(); id != scope_.rend(); ++id)
    if (type(*id).has(name)) return *id;
  throw std::logic_error(std::string(info(node.op).name) + ": nothing in scope tells the size of axis " + name);
}

void Preparing::allocate(ValueId result, std::vector<int64_t> sizes) {
  Layout layout = contiguous_layout(std::move(sizes));
  owned_.push_back({result, static_cast<size_t>(std::max<int64_t>(layout.elements(), 1)), at_});
  engine_.layout(result) = std::move(layout);
}

void Preparing::lies_in(ValueId result, ValueId of, Layout layout) {
  owner_[result] = of;
  engine_.layout(result) = std::move(layout);
}

void Preparing::constant(ValueId result, std::vector<int64_t> sizes, std::vector<float> data) {
  engine_.layout(result) = contiguous_layout(std::move(sizes));
  constants_.push_back({result, std::move(data)});
}

const float* Preparing::known(ValueId id) const {
  for (const Body::Constant& constant : constants_)
    if (constant.id == id) return constant.data.data();
  return nullptr;
}

ValueId Preparing::owner(ValueId id) const {
  for (auto at = owner_.find(id); at != owner_.end(); at = owner_.find(id)) id = at->second;
  return id;
}

ValueId Preparing::whole(ValueId id) const {
  const ValueId all = owner(id);
  return layout(all).elements() == layout(id).elements() ? all : id;
}

bool Preparing::ask_for_rounded(ValueId id) {
  const auto found = roundable_.find(owner(id));
  if (found == roundable_.end()) return false;
  return *found->second = true;
}

std::shared_ptr<Terms> Preparing::ask_for_terms(ValueId id) {
  const auto found = terms_.find(id);
  if (found == terms_.end()) return nullptr;
  found->second->left = true;
  return found->second;
}

const Node* Preparing::only_reader(ValueId id) const {
  if (std::ranges::count(block().results, id)) return nullptr;
  const Node* reader = nullptr;
  for (const Node& node : later()) {
    if (!std::ranges::count(uses_of(node), id)) continue;
    if (reader) return nullptr;
    reader = &node;
  }
  return reader;
}

/// Gives every owned value a place: first fit among those that live at the same time. Under the address sanitizer none
/// shares its place, since the end of each is guarded.
void Preparing::place(Body::Segment& segment, const Body& body) const {
  const Block& block = *body.block_;
  std::map<ValueId, size_t> last;  // the last node that needs it
  for (size_t i = segment.first; i < segment.last; ++i)
    for (const ValueId id : uses_of(block.nodes[i])) last[owner(id)] = i;
  // Results, and what later segments read, stay.
  for (const ValueId id : block.results) last[owner(id)] = block.nodes.size();
  for (size_t i = segment.last; i < block.nodes.size(); ++i)
    for (const ValueId id : uses_of(block.nodes[i])) last[owner(id)] = block.nodes.size();

  struct Placed {
    size_t from, to, born, dies;
  };
  std::vector<Placed> placed;
  size_t total = 0;
  segment.places.clear();
  segment.lent.clear();
  for (const Owned& value : owned_) {
    const size_t floats = room_for(value.floats);
    const size_t dies = std::max(!value.body && last.count(value.id) ? last.at(value.id) : value.born, value.born);
    size_t at = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (const Placed& other : placed) {
        const bool together = kAddressSanitizer || (other.born <= dies && value.born <= other.dies);
        if (!together || other.to <= at || at + floats <= other.from) continue;
        at = other.to;
        moved = true;
      }
    }
    placed.push_back({at, at + floats, value.born, dies});
    if (value.body)
      segment.lent.emplace_back(value.body, at);
    else
      segment.places.push_back({value.id, at, value.floats});
    total = std::max(total, at + floats);
  }
  segment.floats = total;
  if (!body.transient_) {
    segment.memory = std::make_shared<Buffer>(total);
    for (const Body::Place& place : segment.places) guard(segment.memory->data() + place.at, place.floats);
  }
  if (!engine_.survey) return;
  size_t apart = 0;
  for (const Owned& value : owned_) apart += room_for(value.floats);
  engine_.survey->push_back({&block, owned_.size(), total * sizeof(float), apart * sizeof(float)});
}

int64_t member_of(float index, int64_t members) {
  if (!(index >= 0 && index < static_cast<float>(members)))
    throw Error("E0604", "a row asks for a member that does not exist");
  return static_cast<int64_t>(index);
}

Variants::Variants(Preparing& preparing, const Block& block)
    : block_(&block), scope_(preparing.engine(), preparing.scope()) {}

Body& Variants::get(Engine& engine, const std::vector<Layout>& parameters) {
  constexpr size_t kKept = 8;
  for (auto body = bodies_.begin(); body != bodies_.end(); ++body) {
    if ((*body)->parameters() != parameters) continue;
    std::rotate(bodies_.begin(), body, body + 1);
    return *bodies_.front();
  }
  const std::lock_guard lock(engine.preparing);
  scope_.recall(engine);
  for (size_t i = 0; i < parameters.size(); ++i) engine.layout(block_->parameters[i]) = parameters[i];
  if (bodies_.size() == kKept) bodies_.pop_back();
  bodies_.insert(bodies_.begin(), Preparing(engine, scope_.ids()).body(*block_));
  return *bodies_.front();
}

}  // namespace duet::plan

#include "runtime/program/program.h"

#include <stdexcept>

namespace duet {

namespace {

template <typename T>
const T& get(const Node& node, const std::string& key) {
  const auto it = node.attributes.find(key);
  if (it == node.attributes.end()) throw std::logic_error(std::string(info(node.op).name) + " lacks attribute " + key);
  if (const T* value = std::get_if<T>(&it->second)) return *value;
  throw std::logic_error(std::string(info(node.op).name) + ": attribute " + key + " has another type");
}

/// For both kinds of constness.
template <typename BlockOf, typename ProgramOf>
std::vector<BlockOf*> outermost(ProgramOf& program) {
  auto& robot = program.robot;
  return {&robot.randomize.block, &robot.edit.block,    &robot.reset.block,    &robot.start.block,
          &robot.before.block,    &robot.control.block, &robot.after.block,    &robot.observe.block,
          &robot.reward.block,    &robot.done.block,    &robot.truncate.block, &program.main};
}

}  // namespace

std::vector<Block*> Program::blocks() {
  return outermost<Block>(*this);
}
std::vector<const Block*> Program::blocks() const {
  return outermost<const Block>(*this);
}

int64_t Node::integer(const std::string& key) const {
  return get<int64_t>(*this, key);
}
double Node::real(const std::string& key) const {
  return get<double>(*this, key);
}
const std::string& Node::text(const std::string& key) const {
  return get<std::string>(*this, key);
}
const std::vector<int64_t>& Node::integers(const std::string& key) const {
  return get<std::vector<int64_t>>(*this, key);
}
const std::vector<double>& Node::reals(const std::string& key) const {
  return get<std::vector<double>>(*this, key);
}
const std::vector<std::string>& Node::texts(const std::string& key) const {
  return get<std::vector<std::string>>(*this, key);
}

}  // namespace duet

#include "compiler/graph/parse.h"

#include <algorithm>
#include <optional>
#include <string>

#include "compiler/graph/lexer.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

using Token = GraphToken;

constexpr ValueId kLargestId = 50'000'000;  // a typing mistake must not ask for all the memory there is
constexpr int kDeepest = 200;               // blocks within blocks

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Program run() {
    while (is_name("state")) state();
    while (is_name("memory")) memory();
    if (is_name("robot")) robot();
    word("main");
    program_.main = block_with_parameters(nullptr);
    if (peek().kind != Token::Kind::end) fail("nothing may follow main");
    check_uses();
    return std::move(program_);
  }

 private:
  struct Use {
    ValueId id;
    size_t token;
  };

  // --- tokens ---
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  [[noreturn]] void fail(const std::string& message) const { throw GraphLexError{peek().begin, message}; }

  bool is_symbol(char c, size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).text[0] == c;
  }
  bool is_name(std::string_view word) const { return peek().kind == Token::Kind::name && peek().text == word; }

  void symbol(char c) {
    if (!is_symbol(c)) fail(std::string("expected '") + c + "'");
    take();
  }
  bool accept(char c) {
    if (!is_symbol(c)) return false;
    take();
    return true;
  }
  void word(std::string_view word) {
    if (!is_name(word)) fail("expected '" + std::string(word) + "'");
    take();
  }
  std::string name(const char* what) {
    if (peek().kind != Token::Kind::name && peek().kind != Token::Kind::text) fail(std::string("expected ") + what);
    return take().text;
  }
  std::string text(const char* what) {
    if (peek().kind != Token::Kind::text) fail(std::string("expected ") + what + " in quotes");
    return take().text;
  }
  int64_t integer(const char* what) {
    if (peek().kind != Token::Kind::integer) fail(std::string("expected ") + what);
    return take().integer;
  }
  double real(const char* what) {
    if (peek().kind == Token::Kind::integer) return static_cast<double>(take().integer);
    if (peek().kind != Token::Kind::real) fail(std::string("expected ") + what);
    return take().real;
  }

  // --- declarations ---
  void position(size_t expected) {
    if (peek().kind == Token::Kind::integer && peek().integer != static_cast<int64_t>(expected))
      fail("expected number " + std::to_string(expected) + ": numbers count from 0 without gaps");
    integer("a number");
  }

  void state() {
    take();
    position(program_.states.size());
    State state;
    state.name = name("the name of the state");
    symbol(':');
    state.type = type();
    symbol('=');
    state.initial = initial();
    program_.states.push_back(std::move(state));
  }

  Initial initial() {
    const std::string how = name("how the state starts");
    if (how == "constant") return {Initial::Kind::constant, real("a number"), -1};
    if (how == "uniform") return {Initial::Kind::uniform, real("a number"), -1};
    if (how == "truncated_normal") return {Initial::Kind::truncated_normal, real("a number"), -1};
    if (how == "copy") return {Initial::Kind::copy, 0, integer("the number of a state")};
    if (how == "indices") return {Initial::Kind::indices, 0, -1};
    --at_;
    fail("a state starts as constant, uniform, truncated_normal, copy or indices");
  }

  void memory() {
    take();
    position(program_.memories.size());
    MemoryInfo memory;
    memory.name = name("the name of the memory");
    symbol(':');
    memory.capacity = integer("the capacity");
    program_.memories.push_back(std::move(memory));
  }

  void robot() {
    take();
    RobotProgram& robot = program_.robot;
    robot.name = name("the name of the robot");
    symbol('{');
    while (!accept('}')) robot_entry(robot, name("an entry of the robot"));
  }

  void robot_entry(RobotProgram& robot, const std::string& key) {
    if (key == "mjcf") {
      robot.mjcf = text("a path");
    } else if (key == "frames") {
      robot.frames = integer("a number");
    } else if (key == "limit") {
      robot.limit = integer("a number");
    } else if (key == "obs") {
      robot.obs = integer("a size");
    } else if (key == "action") {
      robot.action = integer("a size");
    } else if (key == "low" || key == "high") {
      (key == "low" ? robot.low : robot.high) = reals();
    } else if (key == "settle") {
      robot.settle = integer("a number");
    } else if (key == "outside") {
      const std::string rule = name("`clip` or `refuse`");
      robot.outside = rule == "clip" ? OutsideLimits::clip : OutsideLimits::refuse;
    } else if (key == "drawn" || key == "var") {
      robot_value(key == "var" ? robot.variables : robot.drawn);
    } else if (key == "set") {
      std::string quantity = name("a quantity of the model");
      robot.edits.push_back({std::move(quantity), integers()});
    } else if (key == "changes_before" || key == "changes_after") {
      (key == "changes_before" ? robot.before_variables : robot.after_variables) = integers();
    } else if (key == "randomize") {
      robot_block(robot.randomize);
    } else if (key == "edit") {
      robot_block(robot.edit);
    } else if (key == "start") {
      robot_block(robot.start);
    } else if (key == "before") {
      robot_block(robot.before);
    } else if (key == "after") {
      robot_block(robot.after);
    } else if (key == "control" || key == "control_each_frame") {
      robot.control_each_frame = key == "control_each_frame";
      robot_block(robot.control);
    } else if (key == "observe") {
      robot_block(robot.observe);
    } else if (key == "reward") {
      robot_block(robot.reward);
    } else if (key == "done") {
      robot_block(robot.done);
    } else if (key == "truncate") {
      robot_block(robot.truncate);
    } else if (key == "reset") {
      robot_block(robot.reset);
    } else {
      --at_;
      fail("a robot has no entry '" + key + "'");
    }
  }

  void robot_value(std::vector<RobotValue>& values) {
    RobotValue value;
    value.name = name("a name");
    symbol(':');
    value.type = type();
    values.push_back(std::move(value));
  }

  void robot_block(RobotBlock& part) { part.block = block_with_parameters(&part.inputs); }

  std::vector<int64_t> integers() {
    const Attribute list = attribute();
    if (const auto* values = std::get_if<std::vector<int64_t>>(&list)) return *values;
    --at_;
    fail("expected a list of whole numbers, such as [1, 2]");
  }

  std::vector<double> reals() {
    const Attribute list = attribute();
    if (const auto* values = std::get_if<std::vector<double>>(&list)) return *values;
    --at_;
    fail("expected a list of reals, such as [-1.0, 1.0]");
  }

  // --- types and attributes ---
  Type type() {
    Type type;
    const std::string kind = name("a type");
    if (kind == "real") {
      type.kind = Kind::real;
    } else if (kind == "bool") {
      type.kind = Kind::boolean;
    } else if (kind == "index") {
      type.kind = Kind::index;
    } else {
      --at_;
      fail("a type is real, bool or index");
    }
    if (!accept('[')) return type;
    do {
      Axis axis;
      axis.name = name("an axis");
      if (accept(':')) axis.size = integer("the size of the axis");
      type.axes.push_back(std::move(axis));
    } while (accept(','));
    symbol(']');
    return type;
  }

  Attribute attribute() {
    if (accept('[')) return attribute_list();
    if (peek().kind == Token::Kind::integer) return take().integer;
    if (peek().kind == Token::Kind::real) return take().real;
    if (peek().kind == Token::Kind::text) return take().text;
    fail("expected the value of an attribute");
  }

  Attribute attribute_list() {
    const std::string empty = peek().kind == Token::Kind::name ? take().text : "";
    if (!empty.empty()) {
      symbol(']');
      if (empty == "int") return std::vector<int64_t>();
      if (empty == "real") return std::vector<double>();
      if (empty == "text") return std::vector<std::string>();
      fail("an empty list is [int], [real] or [text]");
    }
    if (peek().kind == Token::Kind::integer) return elements<int64_t>([this] { return integer("a whole number"); });
    if (peek().kind == Token::Kind::real) return elements<double>([this] { return real("a number"); });
    return elements<std::string>([this] { return text("an element"); });
  }

  template <typename T, typename Read>
  std::vector<T> elements(Read read) {
    std::vector<T> list;
    do list.push_back(read());
    while (accept(','));
    symbol(']');
    return list;
  }

  // --- blocks and nodes ---
  Value& value(int64_t id) {
    if (id < 0 || id > kLargestId) fail("the number of this value is out of range");
    if (static_cast<size_t>(id) >= program_.values.size()) {
      program_.values.resize(static_cast<size_t>(id) + 1);
      defined_.resize(static_cast<size_t>(id) + 1);
    }
    return program_.values[static_cast<size_t>(id)];
  }

  ValueId definition() {
    if (peek().kind != Token::Kind::value) fail("expected a value, such as %alpha.12");
    const size_t start = at_;
    const Token token = take();
    symbol(':');
    Value now{type(), token.text};
    Value& known = value(token.integer);
    const auto id = static_cast<ValueId>(token.integer);
    // The same definition twice is for `verify` to complain about; two different ones cannot be kept.
    if (defined_[static_cast<size_t>(id)] && (known.name != now.name || known.type != now.type)) {
      at_ = start;
      fail("%" + std::to_string(id) + " is already another value");
    }
    defined_[static_cast<size_t>(id)] = true;
    known = std::move(now);
    return id;
  }

  ValueId use() {
    if (peek().kind != Token::Kind::value) fail("expected a value, such as %alpha.12");
    uses_.push_back({static_cast<ValueId>(peek().integer), at_});
    value(peek().integer);
    return static_cast<ValueId>(take().integer);
  }

  void check_uses() {
    for (const Use& use : uses_) {
      const std::string& said = tokens_[use.token].text;
      const size_t id = static_cast<size_t>(use.id);
      if (said.empty() || !defined_[id] || said == program_.values[id].name) continue;
      at_ = use.token;
      fail("this value is " + value_text(program_, use.id));
    }
  }

  /// `(%a.1: real, ...) { nodes yield ... }`; the parameters may be left out. `sources` collects `= qpos` of robots.
  Block block_with_parameters(std::vector<std::string>* sources) {
    Block block;
    if (accept('(')) {
      if (!is_symbol(')')) {
        do {
          block.parameters.push_back(definition());
          if (sources && accept('=')) sources->push_back(name("a quantity of the simulator"));
        } while (accept(','));
      }
      symbol(')');
    }
    symbol('{');
    if (++depth_ > kDeepest) fail("blocks are nested too deep");
    body(block);
    --depth_;
    return block;
  }

  void body(Block& block) {
    while (!accept('}')) {
      if (is_name("yield")) {
        take();
        do block.results.push_back(use());
        while (accept(','));
        symbol('}');
        return;
      }
      block.nodes.push_back(node());
    }
  }

  Node node() {
    Node node{};
    if (peek().kind == Token::Kind::value) {
      do node.results.push_back(definition());
      while (accept(','));
      symbol('=');
    }
    const std::optional<Op> op = peek().kind == Token::Kind::name ? find_op(peek().text) : std::nullopt;
    if (!op) fail("expected an operation");
    take();
    node.op = *op;
    symbol('(');
    if (!is_symbol(')')) {
      do node.inputs.push_back(use());
      while (accept(','));
    }
    symbol(')');
    attributes(node);
    if (peek().kind == Token::Kind::place) node.span = take().place;
    while (is_name("do")) {
      take();
      node.blocks.push_back(block_with_parameters(nullptr));
    }
    return node;
  }

  void attributes(Node& node) {
    while ((peek().kind == Token::Kind::name || peek().kind == Token::Kind::text) && is_symbol('=', 1)) {
      if (node.has(peek().text)) fail("attribute '" + peek().text + "' is given twice");
      const std::string key = take().text;
      symbol('=');
      node.attributes.emplace(key, attribute());
    }
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  Program program_;
  std::vector<bool> defined_;
  std::vector<Use> uses_;
};

void report(std::string_view text, const GraphLexError& error, Diagnostics& diagnostics, uint32_t file) {
  const std::string_view before = text.substr(0, error.offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n');
  const size_t column = error.offset - (start == std::string_view::npos ? 0 : start + 1) + 1;
  const auto offset = static_cast<uint32_t>(error.offset);
  diagnostics.error("E0190", file ? Span{file, offset, offset + 1} : Span{},
                    std::to_string(line) + ':' + std::to_string(column) + ": " + error.message);
}

}  // namespace

Program parse_graph(std::string_view text, Diagnostics& diagnostics, uint32_t file) {
  std::optional<GraphLexError> error;
  std::vector<Token> tokens = lex_graph(text, error);
  if (!error) {
    try {
      return Parser(std::move(tokens)).run();
    } catch (const GraphLexError& failure) {
      error = failure;
    }
  }
  report(text, *error, diagnostics, file);
  return {};
}

}  // namespace duet

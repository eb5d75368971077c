#include "tests/compiler/passes/derivatives.h"

#include <cmath>
#include <regex>

#include "compiler/graph/print.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"

namespace duet::test {

namespace {

/// The type that %90 is given in the text.
std::string type_of_value(const std::string& body) {
  std::smatch found;
  if (!std::regex_search(body, found, std::regex("%90: (real[^=]*) =")))
    throw std::invalid_argument("no %90: real... in " + body);
  return found[1];
}

/// The names of the axes in the text of a type, quoted, with commas between them.
std::string axes_of(const std::string& type) {
  std::string axes;
  const std::regex axis("([\\w']+):");
  for (std::sregex_iterator at(type.begin(), type.end(), axis), end; at != end; ++at)
    axes += (axes.empty() ? "\"" : ", \"") + (*at)[1].str() + "\"";
  return axes;
}

size_t count_in(const Block& block, Op op) {
  size_t n = 0;
  for (const Node& node : block.nodes) {
    n += node.op == op;
    for (const Block& inner : node.blocks) n += count_in(inner, op);
  }
  return n;
}

}  // namespace

Program gradient_of(const Function& f) {
  std::string draws, inputs, parameters, results;
  for (size_t i = 0; i < f.inputs.size(); ++i) {
    const std::string n = std::to_string(i), comma = i ? ", " : "";
    draws += "%10" + n + ": " + f.inputs[i] + " = noise() distribution=\"normal\" site=" + std::to_string(i + 1) + "\n";
    inputs += comma + "%10" + n;
    parameters += comma + "%1" + n + ": " + f.inputs[i];
    results += ", %21" + n + ": " + f.inputs[i];
  }
  const std::string type = type_of_value(f.body), axes = axes_of(type);
  Program program = read(
      "main {\n" + draws + "%200: real" + results + " = gradient(" + inputs + ") do (" + parameters + ") {\n" + f.body +
      "\n%91: " + type + " = noise() distribution=\"normal\" site=99\n%92: " + type + " = mul(%90, %91)\n" +
      (axes.empty() ? "yield %92" : "%93: real = sum(%92) axes=[" + axes + "]\nyield %93") + "\n}\n}\n");
  program.main.results = program.main.nodes.back().results;
  EXPECT_EQ(joined(verify(program, {.sizes_known = true})), "") << print(program);
  return program;
}

std::vector<TensorData> results_of(const Program& program) {
  EngineOptions options;
  options.seed = 7;
  Interpreter interpreter(program, options);
  return interpreter.evaluate(program.main);
}

Program written_out(Program program) {
  run_pipeline(program);
  Notes notes;
  differentiate(program, notes);
  EXPECT_EQ(joined(verify(program, {.sizes_known = true})), "") << print(program);
  run_pipeline(program);
  EXPECT_EQ(count_of(program, Op::gradient) + count_of(program, Op::minimize), 0u) << print(program);
  return program;
}

void expect_close(const std::vector<TensorData>& got, const std::vector<TensorData>& wanted, double tolerance) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE("result " + std::to_string(i));
    ASSERT_EQ(to_string(got[i].type), to_string(wanted[i].type));
    double largest = 0.1;
    for (const float x : wanted[i].data) largest = std::max(largest, std::abs(static_cast<double>(x)));
    for (size_t k = 0; k < wanted[i].data.size(); ++k) {
      if (std::isnan(got[i].data[k]) && std::isnan(wanted[i].data[k])) continue;
      EXPECT_NEAR(got[i].data[k], wanted[i].data[k], tolerance * largest) << "element " << k;
    }
  }
}

size_t count_of(const Program& program, Op op) {
  return count_in(program.main, op);
}

}  // namespace duet::test

#include <mujoco/mjxmacro.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/core/error.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/verify.h"

namespace duet {

using Json = nlohmann::json;

namespace {

using Numbers = std::vector<double>;

/// Counts of what only the eye sees (cameras, lights, materials, textures) and the sizes that follow from them and from
/// names.
const std::set<std::string>& presentation() {
  static const std::set<std::string> names = {"ncam", "nlight", "nmat", "ntex", "ntexdata", "nnames", "nbuffer"};
  return names;
}

/// Every size and array of a model by its name in MuJoCo.
std::map<std::string, Numbers> numbers_of(const mjModel* m) {
  std::map<std::string, Numbers> all;
#define X(name) all[#name] = {double(m->name)};
  MJMODEL_INTS
#undef X
  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, rows, cols) all[#name] = Numbers(m->name, m->name + static_cast<std::size_t>(m->rows) * (cols));
  MJMODEL_POINTERS
#undef X
  return all;
}

std::map<std::string, Numbers> options_of(const mjOption& opt) {
  std::map<std::string, Numbers> all;
#define X(type, name) all[#name] = {double(opt.name)};
  MJOPTION_SCALARS
#undef X
#define X(name, count) all[#name] = Numbers(opt.name, opt.name + (count));
  MJOPTION_VECTORS
#undef X
  return all;
}

std::map<std::string, Numbers> statistics_of(const mjStatistic& stat) {
  return {{"meaninertia", {stat.meaninertia}},
          {"meanmass", {stat.meanmass}},
          {"meansize", {stat.meansize}},
          {"extent", {stat.extent}},
          {"center", Numbers(stat.center, stat.center + 3)}};
}

/// Options that are written as words: their number in MuJoCo, or none for an unknown word.
std::optional<double> word_value(const std::string& option, const std::string& word) {
  static const std::map<std::pair<std::string, std::string>, int> words = {{{"integrator", "Euler"}, mjINT_EULER},
                                                                           {{"integrator", "RK4"}, mjINT_RK4},
                                                                           {{"integrator", "implicit"}, mjINT_IMPLICIT},
                                                                           {{"solver", "PGS"}, mjSOL_PGS},
                                                                           {{"solver", "CG"}, mjSOL_CG},
                                                                           {{"solver", "Newton"}, mjSOL_NEWTON},
                                                                           {{"cone", "pyramidal"}, mjCONE_PYRAMIDAL},
                                                                           {{"cone", "elliptic"}, mjCONE_ELLIPTIC}};
  const auto at = words.find({option, word});
  if (at == words.end()) return std::nullopt;
  return at->second;
}

[[noreturn]] void fail(const std::string& file, const std::string& fault) {
  throw Error("E0721", file + ": " + fault,
              "it should hold the numbers of a model: `mjmodel`, `option` and `statistic`");
}

Json read_facts_file(const std::string& file) {
  std::ifstream in(file);
  if (!in) fail(file, "there is no such file, or it may not be read");
  Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) fail(file, "it is not a JSON object");
  return json;
}

/// Holds a part of the reference against the same part of a model.
class Comparer {
 public:
  Comparer(const std::string& file, ModelReport& report) : file_(file), report_(report) {}

  void compare_part(const Json& facts, const std::string& part, const std::map<std::string, Numbers>& ours) {
    const auto at = facts.find(part);
    if (at == facts.end() || !at->is_object()) fail(file_, "`" + part + "` is missing");
    for (const auto& [name, value] : at->items()) {
      if (presentation().contains(name)) continue;
      ++report_.compared;
      const auto mine = ours.find(name);
      if (mine == ours.end())
        report_.differences.push_back(name + ": MuJoCo has no such number here");
      else
        compare(name, mine->second, reference(name, value));
    }
  }

  void compare_number(const std::string& name, const Json& value, double ours) {
    ++report_.compared;
    compare(name, {ours}, reference(name, value));
  }

 private:
  Numbers reference(const std::string& name, const Json& value) const {
    if (value.is_string()) {
      const std::optional<double> number = word_value(name, value.get<std::string>());
      if (!number) fail(file_, "`" + name + "` is '" + value.get<std::string>() + "', which MuJoCo does not know");
      return {*number};
    }
    const bool wrapped = value.is_object() && value.contains("data");
    try {
      const Json& data = wrapped ? value.at("data") : value;
      return data.is_array() ? data.get<Numbers>() : Numbers{data.get<double>()};
    } catch (const Json::exception&) {
      fail(file_, "`" + name + "` is not a list of numbers");
    }
  }

  /// Compares bits, so that -0 differs from 0; notes the first difference.
  void compare(const std::string& name, const Numbers& ours, const Numbers& theirs) {
    if (ours.size() != theirs.size()) {
      report_.differences.push_back(name + ": " + std::to_string(ours.size()) + " numbers, the reference has " +
                                    std::to_string(theirs.size()));
      return;
    }
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (std::bit_cast<uint64_t>(ours[i]) == std::bit_cast<uint64_t>(theirs[i])) continue;
      report_.differences.push_back(name + "[" + std::to_string(i) + "]: " + Json(ours[i]).dump() +
                                    ", the reference has " + Json(theirs[i]).dump());
      return;
    }
  }

  const std::string& file_;
  ModelReport& report_;
};

}  // namespace

ModelReport verify_model(const Simulator& simulator, const std::string& facts_file) {
  const Json facts = read_facts_file(facts_file);
  const mjModel& model = simulator.native().model;
  ModelReport report;
  report.file = facts_file;
  if (const auto env = facts.find("env"); env != facts.end() && env->is_string()) report.env = env->get<std::string>();
  Comparer comparer(facts_file, report);
  comparer.compare_part(facts, "mjmodel", numbers_of(&model));
  comparer.compare_part(facts, "option", options_of(model.opt));
  comparer.compare_part(facts, "statistic", statistics_of(model.stat));
  if (facts.contains("timestep")) comparer.compare_number("timestep", facts["timestep"], model.opt.timestep);
  return report;
}

}  // namespace duet

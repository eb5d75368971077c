#include <algorithm>
#include <filesystem>
#include <iostream>

#include "compiler/driver/algorithm_sheet.h"
#include "compiler/driver/commands.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void print_list(const std::vector<AlgorithmSheet>& sheets) {
  size_t width = 0;
  for (const AlgorithmSheet& sheet : sheets) width = std::max(width, sheet.name.size());
  for (const AlgorithmSheet& sheet : sheets)
    std::cout << sheet.name << std::string(width - sheet.name.size() + 2, ' ') << sheet.about << "\n";
}

std::string cell(const std::string& text) {
  if (text.empty()) return " ";
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return " " + escaped + " ";
}

void row(const std::vector<std::string>& cells) {
  for (const std::string& each : cells) std::cout << "|" << cell(each);
  std::cout << "|\n";
}

void print_planners(const std::vector<AlgorithmSheet>& sheets) {
  row({"algorithm", "distribution", "utility", "mirror map", "shift", "rolled out", "terminal value"});
  std::cout << "|---|---|---|---|---|---|---|\n";
  for (const AlgorithmSheet& sheet : sheets)
    for (const PlannerChoices& planner : sheet.planners)
      row({sheet.name, planner.distribution, planner.utility, planner.mirror, planner.shift, planner.model,
           planner.terminal});
}

void print_markdown(const std::vector<AlgorithmSheet>& sheets) {
  std::cout << "# The algorithms\n\n"
               "Read from the scripts in [algorithms/](../algorithms) by `duet algorithms --markdown`, in their own "
               "words; a\n"
               "name that is called stands for the call. Nothing here is written by hand: `make algorithms-page` "
               "renews it.\n\n"
               "## What they are made of\n\n";
  row({"algorithm", "learner", "model", "planner", "what acts", ""});
  std::cout << "|---|---|---|---|---|---|\n";
  for (const AlgorithmSheet& sheet : sheets) {
    std::vector<std::string> planners;
    for (const PlannerChoices& planner : sheet.planners) planners.push_back(planner.name);
    row({"[" + sheet.name + "](../algorithms/" + sheet.file + ")", joined(sheet.learners), joined(sheet.models),
         joined(planners), joined(sheet.actors), sheet.about});
  }
  std::cout << "\n## What their planners choose\n\n";
  print_planners(sheets);
}

}  // namespace

ExitCode list_algorithms(const AlgorithmsOptions& options, Context& context) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(context.places.search.algorithms, none))
    if (entry.path().extension() == ".duet") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<AlgorithmSheet> all;
  Diagnostics found;
  for (const fs::path& file : files) {
    for (AlgorithmSheet& sheet : algorithm_sheets(file.string(), context)) all.push_back(std::move(sheet));
    found.append(context.diagnostics);  // one script's mistakes must not hide the next
    context.diagnostics.clear();
  }
  if (options.markdown)
    print_markdown(all);
  else
    print_list(all);
  context.diagnostics = std::move(found);
  return context.report();
}

}  // namespace duet

#include "compiler/sema/library.h"

#include <algorithm>
#include <filesystem>

#include "compiler/base/suggest.h"
#include "compiler/syntax/parser.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

std::string normal(const std::string& path) {
  return fs::path(path).lexically_normal().string();
}

/// One file has one key, by whatever path it is reached.
std::string key_of(const std::string& path) {
  std::error_code none;
  const fs::path whole = fs::weakly_canonical(path, none);
  return none ? path : whole.string();
}

std::vector<std::string> scripts_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".duet") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

const ast::Name& name_of(const ast::Item& item) {
  return std::visit(
      [](const auto& as) -> const ast::Name& {
        using As = std::decay_t<decltype(as)>;
        if constexpr (std::is_same_v<As, ast::Function>)
          return as.method.name;
        else if constexpr (std::is_same_v<As, ast::Settings>)
          return as.algorithm;
        else
          return as.name;
      },
      item.as);
}

std::string kind_of(const ast::Item& item) {
  if (std::get_if<ast::Robot>(&item.as)) return "robot";
  if (const auto* module = std::get_if<ast::Module>(&item.as))
    return module->role == ast::ModuleRole::learner ? "learner" : "model";
  if (std::get_if<ast::Planner>(&item.as)) return "planner";
  if (std::get_if<ast::Algorithm>(&item.as)) return "algorithm";
  if (std::get_if<ast::Experiment>(&item.as)) return "experiment";
  if (std::get_if<ast::Settings>(&item.as)) return "settings";
  switch (std::get<ast::Function>(item.as).role) {
    case ast::FunctionRole::utility:
      return "utility";
    case ast::FunctionRole::mirror:
      return "mirror map";
    case ast::FunctionRole::potential:
      return "potential";
    default:
      return "function";
  }
}

std::string Library::resolve(const ast::Use& use) const {
  if (use.file) return normal((fs::path(sources_.path(use.span.file)).parent_path() / use.file->text).string());
  fs::path path = paths_.algorithms;
  for (const ast::Name& part : use.path) path /= part.text;
  return normal(path.string() + ".duet");
}

const ast::File* Library::load(const std::string& path, Diagnostics& diagnostics) {
  return load_file(normal(path), {}, diagnostics);
}

const ast::File* Library::load_file(const std::string& path, Span use, Diagnostics& diagnostics) {
  const std::string key = key_of(path);
  if (const auto it = by_path_.find(key); it != by_path_.end()) return it->second;
  const auto same = [&](const std::string& other) { return key_of(other) == key; };
  if (const auto it = std::find_if(loading_.begin(), loading_.end(), same); it != loading_.end()) {
    std::string chain;
    for (auto at = it; at != loading_.end(); ++at) chain += *at + " -> ";
    diagnostics.error("E0201", use, "this script uses itself").here("used again here").note(chain + path);
    return nullptr;
  }
  uint32_t id = 0;
  try {
    id = sources_.load(path);
  } catch (const Error& error) {
    auto report = diagnostics.error(error.code(), use, error.what()).help(error.help());
    const fs::path folder = fs::path(path).parent_path();
    const auto near = nearest(fs::path(path).stem().string(), scripts_in(folder.empty() ? "." : folder.string()));
    if (near) report.help("did you mean `" + (use.known() ? *near : (folder / (*near + ".duet")).string()) + "`?");
    return nullptr;
  }
  loading_.push_back(path);
  auto file = std::make_unique<ast::File>(parse(sources_, id, diagnostics));
  for (const ast::Use& used : file->uses) load_file(resolve(used), used.span, diagnostics);
  load_bases(*file, diagnostics);
  loading_.pop_back();
  for (const ast::Item& item : file->items) define(item, false, diagnostics);
  files_.push_back(std::move(file));
  return by_path_[key] = files_.back().get();
}

const ast::File* Library::adopt(ast::File file, bool replace, Diagnostics& diagnostics) {
  for (const ast::Use& used : file.uses) load_file(resolve(used), used.span, diagnostics);
  load_bases(file, diagnostics);
  files_.push_back(std::make_unique<ast::File>(std::move(file)));
  for (const ast::Item& item : files_.back()->items) define(item, replace, diagnostics);
  return files_.back().get();
}

void Library::load_bases(const ast::File& file, Diagnostics& diagnostics) {
  for (const ast::Item& item : file.items) {
    const auto* robot = std::get_if<ast::Robot>(&item.as);
    if (!robot || !robot->base) continue;
    const std::string& name = robot->base->name.text;
    const bool here = std::any_of(file.items.begin(), file.items.end(), [&](const ast::Item& other) {
      return !std::get_if<ast::Settings>(&other.as) && name_of(other).text == name;
    });
    if (here || find(name)) continue;
    const fs::path beside = fs::path(sources_.path(file.id)).parent_path();
    for (const fs::path& folder : {beside, fs::path(paths_.robots)}) {
      const std::string path = normal((folder / (name + ".duet")).string());
      if (!fs::exists(path)) continue;
      load_file(path, robot->base->name.span, diagnostics);
      break;
    }
  }
}

void Library::define(const ast::Item& item, bool replace, Diagnostics& diagnostics) {
  if (std::get_if<ast::Settings>(&item.as)) return;  // they define nothing
  const ast::Name& name = name_of(item);
  const auto [it, fresh] = definitions_.try_emplace(name.text, &item);
  if (fresh) return;
  if (replace) {
    it->second = &item;
    return;
  }
  diagnostics.error("E0202", name.span, "`" + name.text + "` is defined twice")
      .here("second definition")
      .label(name_of(*it->second).span, "first defined here");
}

const ast::Item* Library::robot(const std::string& name, Diagnostics& diagnostics) {
  const bool is_path = name.size() > 5 && name.substr(name.size() - 5) == ".duet";
  const std::vector<std::string> known = robot_names();
  if (!is_path && std::find(known.begin(), known.end(), name) == known.end()) {
    if (const ast::Item* item = find(name); item && std::get_if<ast::Robot>(&item->as)) return item;
    auto report = diagnostics.error("E0504", {}, "there is no robot `" + name + "`");
    const auto near = nearest(name, known);
    report.help(near ? "did you mean `" + *near + "`?" : "`duet robots` lists those in " + paths_.robots);
    return nullptr;
  }
  const std::string path = is_path ? name : (fs::path(paths_.robots) / (name + ".duet")).string();
  const ast::File* file = load(path, diagnostics);
  if (!file) return nullptr;
  const std::string stem = fs::path(path).stem().string();
  const ast::Item* first = nullptr;
  for (const ast::Item& item : file->items) {
    if (!std::get_if<ast::Robot>(&item.as)) continue;
    if (name_of(item).text == stem) return &item;
    if (!first) first = &item;
  }
  if (first) return first;
  if (!diagnostics.has_errors()) diagnostics.error("E0505", Span{file->id, 0, 0}, "this file defines no robot");
  return nullptr;
}

std::vector<std::string> Library::robot_names() const {
  return scripts_in(paths_.robots);
}

const ast::Item* Library::find(const std::string& name) const {
  const auto it = definitions_.find(name);
  return it == definitions_.end() ? nullptr : it->second;
}

std::vector<std::string> Library::names() const {
  std::vector<std::string> names;
  for (const auto& [name, item] : definitions_) names.push_back(name);
  return names;
}

}  // namespace duet

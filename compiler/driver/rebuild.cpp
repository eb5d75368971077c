#include "compiler/driver/rebuild.h"

#include <fstream>
#include <iterator>

#include "compiler/driver/engine_kind.h"
#include "compiler/syntax/parser.h"
#include "runtime/sim/model.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

bool is_script(const RunSource& source) {
  return fs::path(source.path).extension() == ".duet";
}

bool is_compiled_model(const RunSource& source) {
  return fs::path(source.path).extension() == Model::kCompiled;
}

const ast::Item& require(const Library& library, const std::string& name, const std::string& kind,
                         const fs::path& run) {
  const ast::Item* item = library.find(name);
  if (item && kind_of(*item) == kind) return *item;
  throw Error("E0706", run.string() + " is not a run folder that can be used: its sources define no " + kind + " `" +
                           name + "`");
}

}  // namespace

std::vector<RunSource> sources_of(const Script& script, const Context& context) {
  std::vector<RunSource> sources;
  for (const auto& file : script.library->files())
    sources.push_back({context.sources.path(file->id), std::string(context.sources.text(file->id))});
  if (script.robot.mjcf.empty()) return sources;
  sources.push_back({script.robot.mjcf, read_text(script.robot.mjcf).value_or("")});
  // The model itself is kept compiled: one file, whatever meshes and other files the MJCF includes.
  sources.push_back({fs::path(script.robot.mjcf).replace_extension(Model::kCompiled).string(),
                     Model::load(script.robot.mjcf)->compiled()});
  return sources;
}

std::optional<Script> script_of_run(const fs::path& run, const RunManifest& manifest, Context& context) {
  Script script;
  script.library = std::make_unique<Library>(context.sources, context.places.search);
  for (const RunSource& source : manifest.sources) {
    if (!is_script(source)) continue;
    ast::File file = parse(context.sources, context.sources.add(source.path, source.text), context.diagnostics);
    file.uses.clear();  // everything used is among the sources, before its user
    script.library->adopt(std::move(file), false, context.diagnostics);
  }
  if (context.diagnostics.has_errors()) return std::nullopt;
  script.algorithm = &require(*script.library, manifest.algorithm, "algorithm", run);
  script.robot.item = &require(*script.library, manifest.robot, "robot", run);
  for (const RunSource& source : manifest.sources)
    if (is_compiled_model(source)) script.robot.mjcf = (run / "sources" / fs::path(source.path).filename()).string();
  if (script.robot.mjcf.empty())
    throw Error("E0706", run.string() + " is not a run folder that can be used: it holds no compiled model");
  script.robot.facts = context.facts(script.robot.mjcf);
  return script;
}

Settings settings_of_run(const RunManifest& manifest, Context& context) {
  Settings settings;
  for (const auto& [key, value] : manifest.parameters) settings.add(key, value, context);
  return settings;
}

std::optional<RebuiltRun> rebuild_run(const fs::path& folder, Context& context) {
  RunManifest manifest = read_manifest(folder);
  RunDrive drive = read_drive(folder, manifest);
  std::optional<Script> script = script_of_run(folder, manifest, context);
  if (!script) return std::nullopt;
  const Settings settings = settings_of_run(manifest, context);
  std::optional<Compiled> compiled =
      compile(*script, settings, drive.disabled_passes, context, engine_kind(drive.engine).passes);
  if (!compiled) return std::nullopt;
  return RebuiltRun{std::move(manifest), std::move(drive), std::move(*script), std::move(*compiled)};
}

}  // namespace duet

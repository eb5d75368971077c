#include "runtime/run/run_manifest.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"
#include "runtime/core/hash.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string hash_of(const std::string& text) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash_text(text)));
  return digits;
}

/// The file names of the copies: those of the sources, numbered where two have the same one.
std::vector<std::string> copy_names(const std::vector<RunSource>& sources) {
  std::vector<std::string> names;
  std::set<std::string> used;
  for (const RunSource& source : sources) {
    const fs::path path = source.path;
    std::string name = path.filename().string();
    for (int n = 2; !used.insert(name).second; ++n) {
      name = path.stem().string() + "-" + std::to_string(n) + path.extension().string();
    }
    names.push_back(name);
  }
  return names;
}

[[noreturn]] void throw_broken(const fs::path& folder, const std::string& what) {
  throw Error("E0706", folder.string() + " is not a run folder that can be used: " + what,
              "a run folder is made by `duet run` and holds manifest.json and sources/");
}

std::string read_text(const fs::path& folder, const fs::path& path) {
  std::ifstream in(folder / path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) throw_broken(folder, path.string() + " cannot be read");
  return text;
}

RunManifest manifest_of(const fs::path& folder, const ordered_json& json) {
  RunManifest manifest;
  if (json.at("format").get<int>() != kFormat) throw_broken(folder, "its manifest is of another version of duet");
  json.at("name").get_to(manifest.name);
  json.at("script").get_to(manifest.script);
  json.at("algorithm").get_to(manifest.algorithm);
  json.at("robot").get_to(manifest.robot);
  json.at("seed").get_to(manifest.seed);
  json.at("parameters").get_to(manifest.parameters);
  json.at("versions").get_to(manifest.versions);
  json.at("command_line").get_to(manifest.command_line);
  json.at("started_at").get_to(manifest.started_at);
  for (const auto& entry : json.at("sources")) {
    const std::string copy = entry.at("copy").get<std::string>();
    RunSource source{entry.at("path").get<std::string>(), read_text(folder, fs::path("sources") / copy)};
    if (hash_of(source.text) != entry.at("hash").get<std::string>()) {
      throw_broken(folder, "sources/" + copy + " was changed after the run began");
    }
    manifest.sources.push_back(std::move(source));
  }
  return manifest;
}

void compare(std::vector<std::string>& lines, const std::string& what, const std::string& then,
             const std::string& now) {
  if (then != now) lines.push_back(what + " was " + then + ", is " + now);
}

/// Each source's file name and content, whatever folder it lies in.
std::multiset<std::pair<std::string, std::string>> contents(const RunManifest& manifest) {
  std::multiset<std::pair<std::string, std::string>> all;
  for (const RunSource& source : manifest.sources) {
    all.emplace(fs::path(source.path).filename().string(), source.text);
  }
  return all;
}

}  // namespace

void write_manifest(const fs::path& folder, const RunManifest& manifest) {
  std::error_code failure;
  fs::create_directories(folder / "sources", failure);
  if (failure) throw Error("E0701", "cannot create " + (folder / "sources").string() + ": " + failure.message());
  const std::vector<std::string> copies = copy_names(manifest.sources);
  ordered_json sources = ordered_json::array();
  for (size_t i = 0; i < copies.size(); ++i) {
    const RunSource& source = manifest.sources[i];
    write_file_atomically(folder / "sources" / copies[i], source.text);
    sources.push_back({{"path", source.path}, {"copy", copies[i]}, {"hash", hash_of(source.text)}});
  }
  const ordered_json json = {{"format", kFormat},
                             {"name", manifest.name},
                             {"script", manifest.script},
                             {"algorithm", manifest.algorithm},
                             {"robot", manifest.robot},
                             {"seed", manifest.seed},
                             {"parameters", manifest.parameters},
                             {"command_line", manifest.command_line},
                             {"started_at", manifest.started_at},
                             {"versions", manifest.versions},
                             {"sources", sources}};
  // Paths and arguments may hold bytes that are not UTF-8, which JSON cannot: they are replaced, not refused.
  const auto replace = ordered_json::error_handler_t::replace;
  write_file_atomically(folder / "manifest.json", json.dump(2, ' ', false, replace) + "\n");
}

RunManifest read_manifest(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw_broken(folder, "there is no such folder");
  if (!fs::exists(folder / "manifest.json")) throw_broken(folder, "it has no manifest.json");
  try {
    return manifest_of(folder, ordered_json::parse(read_text(folder, "manifest.json")));
  } catch (const nlohmann::json::exception& error) {
    throw_broken(folder, "its manifest.json is broken (" + std::string(error.what()) + ")");
  }
}

std::vector<std::string> differences(const RunManifest& then, const RunManifest& now) {
  std::vector<std::string> lines;
  compare(lines, "the algorithm", then.algorithm, now.algorithm);
  compare(lines, "the robot", then.robot, now.robot);
  compare(lines, "the seed", std::to_string(then.seed), std::to_string(now.seed));
  const std::string absent = "not given";
  std::map<std::string, std::string> names = then.parameters;
  names.insert(now.parameters.begin(), now.parameters.end());
  for (const auto& [name, unused] : names) {
    const auto a = then.parameters.find(name), b = now.parameters.find(name);
    compare(lines, "the parameter " + name, a == then.parameters.end() ? absent : a->second,
            b == now.parameters.end() ? absent : b->second);
  }
  const auto old_sources = contents(then), new_sources = contents(now);
  std::set<std::string> changed;
  const auto collect = [&](const auto& from, const auto& other) {
    for (const auto& source : from) {
      if (from.count(source) != other.count(source)) changed.insert(source.first);
    }
  };
  collect(old_sources, new_sources);
  collect(new_sources, old_sources);
  for (const std::string& name : changed) lines.push_back("the source " + name + " has changed");
  return lines;
}

}  // namespace duet

#include "compiler/driver/settings.h"

#include "compiler/driver/usage.h"

namespace duet {

namespace {

bool is_expression(const ReplEntry& entry) {
  return entry.expression && entry.uses.empty() && entry.items.empty() && entry.memories.empty() &&
         entry.instances.empty() && entry.statements.statements.empty();
}

}  // namespace

void Settings::add(const std::string& key, const std::string& value, Context& context) {
  const uint32_t file = context.sources.add("--set " + key, value);
  ReplEntry entry = parse_entry(context.sources, file, context.diagnostics);
  if (context.diagnostics.has_errors()) return;
  if (!is_expression(entry)) {
    const Span all{file, 0, static_cast<uint32_t>(value.size())};
    context.diagnostics.error("E0006", all, "the value of a setting must be an expression")
        .help("for example `--set agent.lr=1e-3`");
    return;
  }
  entries_.push_back(std::move(entry));
  for (SettingText& text : texts_)
    if (text.key == key) {  // the last one counts
      text.value = entries_.back().expression.get();
      written_[key] = value;
      return;
    }
  texts_.push_back({key, entries_.back().expression.get(), {}});
  written_[key] = value;
}

void Settings::put(const ast::Name& key, const ast::Expr& value, const SourceMap& sources) {
  std::erase_if(texts_, [&](const SettingText& text) { return text.key == key.text; });
  texts_.push_back({key.text, &value, key.span});
  written_[key.text] = sources.text(value.span);
}

void Settings::add_rest(const std::vector<ast::Setting>& block, const SourceMap& sources) {
  for (const ast::Setting& setting : block)
    if (written_.emplace(setting.key.text, sources.text(setting.value->span)).second)
      texts_.push_back({setting.key.text, setting.value.get(), setting.key.span});
}

Settings parse_settings(const std::vector<std::string>& arguments, Context& context) {
  Settings settings;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size())
      throw UsageError("E0006", "`--set " + argument + "` is not of the form key=value",
                       "for example `--set agent.lr=1e-3`");
    settings.add(argument.substr(0, equals), argument.substr(equals + 1), context);
    if (context.diagnostics.has_errors()) throw UsageError::reported();
  }
  return settings;
}

}  // namespace duet

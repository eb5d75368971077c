#include "compiler/driver/usage_errors.h"

#include "compiler/base/suggest.h"

namespace duet {

namespace {

/// The innermost command that the user named.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : chosen(*commands.front());
}

std::string command_name(const CLI::App& app, const CLI::App& command) {
  return &app == &command ? app.get_name() : app.get_name() + " " + command.get_name();
}

std::vector<std::string> option_names(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : {&command, &app})
    for (const CLI::Option* option : each->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

UsageError to_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const std::string name = command_name(app, command);
  const std::string help = "`" + name + " --help` shows how it is used";
  std::string word;
  for (const std::string& extra : app.remaining(true)) {
    if (extra.size() < 2 || extra[0] != '-') {
      if (word.empty()) word = extra;
      continue;
    }
    const std::string option = extra.substr(0, extra.find('='));
    const std::string near = did_you_mean(option, option_names(app, command));
    return UsageError("E0004", "`" + name + "` has no option `" + option + "`", near.empty() ? help : near);
  }
  if (&command == &app && !word.empty()) {
    const std::string near = did_you_mean(word, command_names(app));
    return UsageError("E0004", "there is no command `" + word + "`",
                      near.empty() ? "the commands are: " + joined(command_names(app)) : near);
  }
  if (&command == &app)
    return UsageError("E0005", "no command is given", "the commands are: " + joined(command_names(app)));
  if (!word.empty()) return UsageError("E0005", "`" + name + "` has no use for `" + word + "`", help);
  return UsageError("E0005", "`" + name + "`: " + error.what(), help);
}

}  // namespace duet

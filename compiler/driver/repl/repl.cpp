#include "compiler/driver/repl/repl.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>

#include "compiler/driver/repl/edit_reader.h"
#include "compiler/driver/repl/interrupt.h"
#include "compiler/driver/repl/session.h"

namespace duet {

namespace {

constexpr const char* kPrompt = "duet> ";
constexpr const char* kContinuation = "  ... ";

/// Reads lines until the session takes them as an entry. False at the end of the session.
bool read_entry(LineReader& reader, Session& session) {
  std::string text;
  for (;;) {
    const Line line = reader.read(text.empty() ? kPrompt : kContinuation);
    if (line.kind == Line::Kind::interrupted) return true;  // the entry begun is dropped
    if (line.kind == Line::Kind::end) {
      if (!text.empty()) session.take(text, false);
      return false;
    }
    // An empty line ends an entry that could go on.
    const bool closed = !text.empty() && line.text.find_first_not_of(" \t") == std::string::npos;
    text += (text.empty() ? "" : "\n") + line.text;
    const Session::Reply reply = session.take(text, !closed);
    if (reply == Session::Reply::incomplete) continue;
    return reply != Session::Reply::quit;
  }
}

}  // namespace

int run_repl(const ReplOptions& options) {
  std::ostream& output = options.output ? *options.output : std::cout;
  const bool terminal = !options.input && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  Session session(options, output);

  std::optional<InterruptGuard> guard;
  std::unique_ptr<LineReader> reader;
  if (terminal) {
    guard.emplace();
    reader = std::make_unique<EditReader>(history_path(),
                                          [&](const std::string& before) { return complete(session, before); });
    output << "Duet. `:help` lists the commands.\n" << std::flush;
  } else {
    reader = std::make_unique<PlainReader>(options.input ? *options.input : std::cin, options.echo ? &output : nullptr);
  }
  const auto first = [&](const std::string& command, const std::string& argument) {
    return argument.empty() || session.take(":" + command + " " + argument, false) == Session::Reply::done;
  };
  const bool ready = first("load", options.file) & first("robot", options.robot);
  if (!ready && !terminal) {
    output << std::flush;
    return 1;
  }
  while (read_entry(*reader, session)) output << std::flush;
  output << std::flush;
  return 0;
}

}  // namespace duet

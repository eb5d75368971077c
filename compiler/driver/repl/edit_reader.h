#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "compiler/driver/repl/complete.h"
#include "compiler/driver/repl/line_reader.h"

namespace duet {

/// Lines typed at a terminal, with editing, history (arrow keys, Ctrl-R) and completion (TAB).
class EditReader : public LineReader {
 public:
  using Completer = std::function<Completion(const std::string& before_cursor)>;

  /// History is read from and kept in `history`; without a path it lasts as long as the session.
  EditReader(std::filesystem::path history, Completer completer);
  ~EditReader() override;
  Line read(const std::string& prompt) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// $XDG_STATE_HOME/duet/history, or ~/.local/state/duet/history; empty if there is no home.
std::filesystem::path history_path();

}  // namespace duet

#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "compiler/driver/context.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/syntax/parser.h"

namespace duet {

/// Settings of a program, `agent.lr=1e-3`, with their parsed values: those of the command line, then those of scripts.
class Settings {
 public:
  /// Parses one value as an expression, in a source of its own called "--set KEY". What is wrong is reported.
  void add(const std::string& key, const std::string& value, Context& context);

  /// Sets a key that a script sets; what it was set to before is forgotten. `value` must outlive this.
  void put(const ast::Name& key, const ast::Expr& value, const SourceMap& sources);

  /// Adds those of a block in a script whose keys have no value yet. The block must outlive this.
  void add_rest(const std::vector<ast::Setting>& block, const SourceMap& sources);

  /// For the elaborator; valid while this lives.
  const std::vector<SettingText>& texts() const { return texts_; }
  /// As written, for the manifest.
  const std::map<std::string, std::string>& written() const { return written_; }

 private:
  std::deque<ReplEntry> entries_;
  std::vector<SettingText> texts_;
  std::map<std::string, std::string> written_;
};

/// Splits "key=value" texts and parses the values. Wrong usage (no key, no value, not an expression) is Error E0006
/// or an error in the diagnostics; either means exit code 2.
Settings parse_settings(const std::vector<std::string>& arguments, Context& context);

}  // namespace duet

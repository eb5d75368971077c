#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "compiler/base/source.h"
#include "runtime/program/program.h"

namespace duet {

/// The program for other tools: {"states", "memories", "robot" (null if none), "main"}. A block has parameters, nodes
/// and results (value ids); a node has op, inputs, results (id, name, type), attributes, blocks and span (file, begin,
/// end, and with `sources` path, line and column; null if unknown). A type is {"kind", "axes": [[name, size or null]]}.
/// Reals that JSON cannot hold are the texts "inf", "-inf" and "nan". `more`, if given, adds to the object of each node.
nlohmann::ordered_json to_json(const Program& program, const SourceMap* sources = nullptr,
                               const std::function<void(const Node&, nlohmann::ordered_json&)>& more = {});

}  // namespace duet

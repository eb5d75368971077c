#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/passes/pipeline.h"
#include "runtime/plan/block_memory.h"

namespace duet {

/// An effect that does a block, and what that costs.
struct EffectCost {
  const Node* node = nullptr;
  int depth = 0;     // how many others are around it
  double flops = 0;  // of doing the block once, effects inside once
};

/// A block and the memory that its values need.
struct BlockNeeds {
  const Node* owner = nullptr;  // null: the whole program
  size_t number = 0;            // among the owner's blocks
  BlockMemory memory;           // of all sizes that it is prepared for
  int64_t times = 1;            // how many blocks of the same line are like it
};

/// Work that a pass took out.
struct Removal {
  Note note;          // its FLOPs are those of all places
  int64_t times = 1;  // how many places: an expression may have become several
};

/// What a pass did, at its place.
struct PassResult {
  PassReport report;
  std::vector<Removal> removed;
};

/// What the compiler made of a script for the plan. The program must outlive it.
struct PlanReport {
  const Program* program = nullptr;
  double seconds = 0;  // from reading the script to the last pass
  std::vector<PassResult> passes;
  std::vector<EffectCost> effects;  // outermost first, in their order in the program
  std::vector<BlockNeeds> blocks;   // those whose sizes are known before anything runs
};

/// `memory`: what Plan::block_memory() says; empty if sizes are not known.
PlanReport report_on(const Program& program, const std::vector<PassReport>& passes, double seconds,
                     const std::vector<BlockMemory>& memory);

/// The operation with those of its attributes that tell which one it is: "every steps=500", "tile member, candidate".
std::string short_name(const Node& node);

/// What is to be said of a node: how a tile is cut, the operations of a fused one, its cost; may be empty.
std::string remark_on(const Program& program, const Node& node);

std::string to_text(const PlanReport& report, const SourceMap& sources);
nlohmann::ordered_json to_json(const PlanReport& report, const SourceMap& sources);

}  // namespace duet

#pragma once

#include "tests/bench/compiled_script.h"

/// The parts of the bundled scripts that are measured.
namespace duet::bench {

/// What m_demorl_online plans a step with: 100 + 5 candidates, 4 particles, horizon 3, 5 iterations.
const Block& planning(const CompiledScript& script);
/// One update of the learner: the innermost `repeat` of the main loop.
const Block& updating(const CompiledScript& script);
/// One chunk of the plans that m_demorl records as imagined data.
const Block& imagining(const CompiledScript& script);
/// What sac acts with on one state.
const Block& acting(const CompiledScript& script);
/// The statements of `fit`, with one pass over the training data in place of as many as it takes.
Block one_epoch(CompiledScript& script);

/// The arithmetic of one_epoch for as many transitions, a fifth of them held out: forward and backward for those that train,
/// forward for the others, of 7 members 23-200-200-200-200-36; a layer is 2 x rows x in x out, and nothing is derived with
/// respect to the first layer's input.
double epoch_flops(int64_t transitions);

}  // namespace duet::bench

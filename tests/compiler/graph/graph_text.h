#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "compiler/graph/parse.h"

namespace duet::test {

/// The program of a text that must be readable.
inline Program read(std::string_view text) {
  Diagnostics diagnostics;
  Program program = parse_graph(text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) ADD_FAILURE() << diagnostic.message << "\nin\n" << text;
  return program;
}

/// A program as `print` writes it, with most kinds of operations; well-formed, every size known but those of rows.
inline constexpr std::string_view kSample = R"(state 0 agent.w: real[in: 4, out: 3] = uniform 0.05
state 1 agent.b: real[out: 3] = constant 0.0
state 2 agent.w.m1: real[in: 4, out: 3] = constant 0.0
state 3 agent.w.m2: real[in: 4, out: 3] = constant 0.0
state 4 agent.steps: real = constant 0.0
state 5 slow.w: real[in: 4, out: 3] = copy 0
state 6 plan.m: real[H: 5, action: 2] = truncated_normal 0.1
state 7 elites: index[member: 3] = indices
memory 0 real: 1000
memory 1 imagined: 5000
robot toy {
  mjcf "robots/toy \"x\".xml"
  frames 5
  limit 1000
  obs 3
  action 2
  low [-1.0, -1.0]
  high [1.0, 2.5]
  settle 3
  outside clip
  drawn grip: real
  set body_mass [2, 4]
  var told: real[action: 2]
  changes_before [0]
  observe (%qpos.0: real[qpos: 2] = qpos', %qvel.1: real[qvel: 1] = qvel') {
    %2: real[obs: 2] = rename(%qpos.0) from="qpos" to="obs"
    %3: real[obs: 1] = rename(%qvel.1) from="qvel" to="obs"
    %4: real[obs: 3] = concat(%2, %3) axis="obs"
    yield %4
  }
  reward (%a.5: real[action: 2] = action) {
    %6: real[action: 2] = square(%a.5)
    %7: real = sum(%6) axes=["action"]
    yield %7
  }
  reset (%8: real[qpos: 2] = qpos0) {
    %9: real[qpos: 2] = noise() bound=2.0 distribution="truncated" site=1
    %10: real[qpos: 2] = add(%8, %9)
    %11: real[qvel: 1] = values() axis="qvel" values=[0.0]
    yield %10, %11
  }
}
main {
  loop() do {
    interact() memory=0 site=2 do {
      %12: real[H: 5, action: 2] = load() state=6
      %"odd name".13: real[H: 5, action: 2] = neg(%12)
      assign(%"odd name".13) state=6
    } do (%s.14: real[obs: 3]) {
      %m.15: real[H: 5, action: 2] = load() state=6
      %16: real[N: 8, H: 5, action: 2] = noise() distribution="normal" site=3
      %u.17: real[N: 8, H: 5, action: 2] = add(%16, %m.15)
      %x0.18: real[N: 8, obs: 3] = expand(%s.14)
      %x.19: real[N: 8, obs: 3], %r.20: real[H: 5, N: 8] = scan(%x0.18, %u.17) axis="H" carries=1 count=5 from=0 sequences=1 do (%h.21: real, %x.22: real[N: 8, obs: 3], %u.23: real[N: 8, action: 2]) {
        %24: real[N: 8, obs: 3] = mul(%x.22, %h.21)
        %25: real[N: 8] = sum(%u.23) axes=["action"]
        yield %24, %25
      }
      %J.26: real[N: 8] = sum(%r.20) axes=["H"]
      %q.27: real = constant() value=0.9
      %28: real = quantile(%J.26, %q.27) axes=["N"]
      %29: bool[N: 8] = less_equal(%28, %J.26)
      %best.30: index[k: 2] = top_k(%J.26) axes=["N"] axis="k" count=2
      %31: real[k: 2, H: 5, action: 2] = take(%u.17, %best.30) axis="N"
      %32: real[H: 5, action: 2] = mean(%31) axes=["k"]
      %33: index = argmax(%J.26) axes=["N"]
      %34: real[H: 5, action: 2] = iterate(%32) count=3 do (%i.35: real, %36: real[H: 5, action: 2]) {
        %37: real[H: 5, action: 2] = tanh(%36)
        yield %37
      }
      %38: real[H: 1, action: 2] = slice(%34) axis="H" from=0 to=1
      %zero.39: real = constant() value=0.0
      %40: real[action: 2] = take(%38, %zero.39) axis="H"
      yield %40
    }
    every() place=0 steps=250 do {
      %obs.41: real[batch: 16, obs: 3], %a.42: real[batch: 16, action: 2], %43: real[batch: 16], %44: real[batch: 16, obs: 3], %45: bool[batch: 16] = sample() count=16 memories=[0, 1] shares=[0.5, 0.5] site=4
      %lr.46: real = constant() value=1e-05
      %loss.47: real, %48: real[batch: 16, out: 3] = minimize(%lr.46) beta1=0.9 beta2=0.999 decay=[0.0] epsilon=1e-08 first_moments=[2] optimizer="adam" parameters=[0] second_moments=[3] steps=4 do {
        %w.49: real[in: 4, out: 3] = load() state=0
        %b.50: real[out: 3] = load() state=1
        %51: real[batch: 16, obs: 1] = slice(%obs.41) axis="obs" from=0 to=1
        %81: real[batch: 16, obs: 4] = concat(%obs.41, %51) axis="obs"
        %52: real[batch: 16, in: 4] = rename(%81) from="obs" to="in"
        %53: real[batch: 16, out: 3] = linear(%52, %w.49, %b.50) in="in" out="out"
        %54: real[batch: 16, out: 3] = square(%53)
        %55: real = mean(%54) axes=["batch", "out"]
        yield %55, %53
      }
      log_metric(%loss.47) metric="loss/agent"
      track() fast=[0] rate=0.995 slow=[5]
      %rows.56: index[row] = rows() memory=0
      %57: index[train], %58: index[holdout] = split(%rows.56) fraction=0.2 site=5
      each_batch(%57) count=32 memory=0 site=6 do (%59: real[batch, obs: 3], %60: real[batch, action: 2], %61: real[batch], %62: real[batch, obs: 3], %63: bool[batch]) {
        %64: real = max(%61) axes=["batch"]
        log_metric(%64) metric="r"
      }
      %two.65: real = constant() value=2.0
      repeat(%two.65) do {
        store(%obs.41, %a.42, %43, %44, %45) memory=1
      }
      choose(%two.65) cases=[1, 2] do {
      } do {
        log_metric(%two.65) metric="two"
      }
      %66: real, %67: real = gradient(%lr.46) do (%68: real) {
        %69: real = exp(%68)
        yield %69
      }
      log_metric(%67) metric="slope"
      until() patience=5 threshold=0.01 do {
        yield %66
      }
      %k.70: index[batch: 16] = categorical(%45) axes=["batch"] site=7
      %71: real[batch: 16, out: 3] = group(%k.70, %obs.41) axis="member" count=3 do (%72: index, %73: real[row, obs: 3]) {
        %74: real[row] = sum(%73) axes=["obs"]
        %75: real[row, out: 3] = expand(%74)
        yield %75
      }
      %76: real = sum(%71) axes=["batch", "out"]
      log_metric(%76) metric="g"
      chunks(%obs.41) axis="batch" size=4 do (%77: real[batch, obs: 3]) {
      }
    }
    evaluate() episodes=10 metric="eval" site=8 do {
    } do (%78: real[episode: 10, obs: 3]) {
      %79: real[episode: 10, obs: 2] = slice(%78) axis="obs" from=1 to=-1
      %80: real[episode: 10, action: 2] = rename(%79) from="obs" to="action"
      yield %80
    }
  }
}
)";

}  // namespace duet::test

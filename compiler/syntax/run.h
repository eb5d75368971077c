#pragma once

// Private to compiler/syntax: includes ANTLR.

#include <memory>

#include "compiler/syntax/error_strategy.h"

namespace duet::syntax {

/// One run of ANTLR over the tokens of an input. The tree lives as long as this.
class Run {
 public:
  Run(Input& input, Diagnostics& diagnostics)
      : parser_(&input.stream()), strategy_(std::make_shared<ErrorStrategy>(input, depth_, diagnostics)) {
    input.stream().seek(0);
    parser_.removeErrorListeners();
    parser_.setErrorHandler(strategy_);
    parser_.addParseListener(&depth_);
  }

  duet_antlr::DuetParser& parser() { return parser_; }
  const antlr4::Token* first_error() const { return strategy_->first_error(); }

 private:
  DepthCounter depth_;
  duet_antlr::DuetParser parser_;
  std::shared_ptr<ErrorStrategy> strategy_;
};

}  // namespace duet::syntax

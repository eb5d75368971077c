#include "compiler/symbolic/term.h"

#include <optional>
#include <utility>

#include "compiler/symbolic/evaluate.h"

namespace duet::symbolic {

namespace {

TermPtr make(Form form, Op op, TermPtr a, TermPtr b) {
  auto term = std::make_shared<Term>();
  term->form = form;
  term->op = op;
  term->varies = a->varies || (b && b->varies);
  term->a = std::move(a);
  term->b = std::move(b);
  return term;
}

/// a - b, a + b where one is 0, negative or equal to the other.
TermPtr simple_sum(Op op, const TermPtr& a, const TermPtr& b) {
  const bool adds = op == Op::add;
  if (is_number(b, 0)) return a;
  if (is_number(a, 0)) return adds ? b : -b;
  if (is(b, Op::neg)) return adds ? a - b->a : a + b->a;
  if (is_number(b) && b->number < 0) return adds ? a - number(-b->number) : a + number(-b->number);
  if (same(a, b)) return adds ? number(2) * a : number(0);
  return nullptr;
}

TermPtr simple_product(const TermPtr& a, const TermPtr& b) {
  if (is_number(a, 0) || is_number(b, 0)) return number(0);
  if (is_number(a, 1)) return b;
  if (is_number(b, 1)) return a;
  if (is_number(a, -1)) return -b;
  if (is_number(b, -1)) return -a;
  if (is(a, Op::neg)) return -(a->a * b);
  if (is(b, Op::neg)) return -(a * b->a);
  if (is(b, Op::div) && same(a, b->b)) return b->a;
  if (is(a, Op::div) && same(b, a->b)) return a->a;
  if (is_number(a) && is(b, Op::mul) && is_number(b->a)) return number(a->number * b->a->number) * b->b;
  if (is_number(b) && !is_number(a)) return b * a;
  return nullptr;
}

TermPtr simple_quotient(const TermPtr& a, const TermPtr& b) {
  if (is_number(a, 0)) return number(0);
  if (is_number(b, 1)) return a;
  if (is_number(b, -1)) return -a;
  if (same(a, b)) return number(1);
  if (is(a, Op::neg)) return -(a->a / b);
  if (is(b, Op::neg)) return -(a / b->a);
  if (is_number(b) && is(a, Op::mul) && is_number(a->a)) return number(a->a->number / b->number) * a->b;
  return nullptr;
}

TermPtr simple_power(const TermPtr& a, const TermPtr& b) {
  if (is_number(b, 0)) return number(1);
  if (is_number(b, 1)) return a;
  if (is_number(b, -1)) return number(1) / a;
  return nullptr;
}

TermPtr simple(Op op, const TermPtr& a, const TermPtr& b) {
  switch (op) {
    case Op::add:
    case Op::sub:
      return simple_sum(op, a, b);
    case Op::mul:
      return simple_product(a, b);
    case Op::div:
      return simple_quotient(a, b);
    case Op::pow:
      return simple_power(a, b);
    default:
      return nullptr;
  }
}

}  // namespace

TermPtr number(double value) {
  auto term = std::make_shared<Term>();
  term->number = value + 0.0;  // of two zeros the positive one
  return term;
}

TermPtr variable() {
  auto term = std::make_shared<Term>();
  term->form = Form::variable;
  term->varies = true;
  return term;
}

TermPtr given(int64_t id, std::string name) {
  auto term = std::make_shared<Term>();
  term->form = Form::given;
  term->given = id;
  term->name = std::move(name);
  return term;
}

TermPtr unary(Op op, TermPtr a) {
  if (op == Op::square) return power(a, number(2));
  if (op == Op::neg && is(a, Op::neg)) return a->a;
  if (op == Op::neg && is(a, Op::sub)) return a->b - a->a;
  if (is_number(a)) return number(apply(op, a->number));
  return make(Form::unary, op, std::move(a), nullptr);
}

TermPtr binary(Op op, TermPtr a, TermPtr b) {
  if (is_number(a) && is_number(b)) return number(apply(op, a->number, b->number));
  if (TermPtr simpler = simple(op, a, b)) return simpler;
  return make(Form::binary, op, std::move(a), std::move(b));
}

bool same(const TermPtr& a, const TermPtr& b) {
  if (a == b) return true;
  if (a->form != b->form) return false;
  switch (a->form) {
    case Form::number:
      return a->number == b->number;
    case Form::variable:
      return true;
    case Form::given:
      return a->given == b->given;
    case Form::unary:
      return a->op == b->op && same(a->a, b->a);
    case Form::binary:
      return a->op == b->op && same(a->a, b->a) && same(a->b, b->b);
  }
  return false;
}

}  // namespace duet::symbolic

#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "compiler/syntax/builder.h"

namespace duet::syntax {
namespace {

using ast::Expr;
using ast::ExprKind;
using ast::ExprPtr;

constexpr int kMaxHeight = 1000;

constexpr int kNoOperator = -1;
constexpr int kConditional = 0;
constexpr int kNot = 3;
constexpr int kComparison = 4;
constexpr int kNegation = 7;
constexpr int kPower = 8;

int precedence(std::string_view op) {
  if (op == "or") return 1;
  if (op == "and") return 2;
  if (op == "+" || op == "-") return 5;
  if (op == "*" || op == "/") return 6;
  if (op == "^") return kPower;
  return kComparison;
}

ExprPtr make(ExprKind kind, Span span, std::string text = {}, Span text_span = {}) {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->span = span;
  expr->text = std::move(text);
  expr->text_span = text_span;
  return expr;
}

// Prefix operators and infix operators that wait for their right operand.
struct Pending {
  ExprKind kind;
  int precedence = kNoOperator;
  std::string text;
  Span span;
  ExprPtr condition;
  ExprPtr branch;
};

// Operator precedence with explicit stacks: no recursion, however long the expression.
class Fold {
 public:
  void push_prefix(Pending pending) { pending_.push_back(std::move(pending)); }
  void push_operand(ExprPtr operand) { operands_.push_back(std::move(operand)); }

  template <typename Finish>
  void push_infix(Pending pending, const Finish& finish) {
    bool right = pending.precedence == kPower;
    while (!pending_.empty() && pending_.back().precedence + (right ? 0 : 1) > pending.precedence) reduce(finish);
    pending_.push_back(std::move(pending));
  }

  template <typename Finish>
  ExprPtr result(const Finish& finish) {
    while (!pending_.empty()) reduce(finish);
    return std::move(operands_.back());
  }

  // The comparison that an infix of the same kind would make a chain with.
  bool chains() const {
    for (size_t i = pending_.size(); i > 0 && pending_[i - 1].precedence >= kComparison; --i) {
      if (pending_[i - 1].precedence == kComparison) return true;
    }
    return false;
  }

 private:
  template <typename Finish>
  void reduce(const Finish& finish) {
    Pending top = std::move(pending_.back());
    pending_.pop_back();
    ExprPtr right = std::move(operands_.back());
    operands_.pop_back();
    ExprPtr expr = make(top.kind, cover(top.span, right->span), std::move(top.text), top.span);
    if (top.kind == ExprKind::binary) {
      ExprPtr left = std::move(operands_.back());
      operands_.pop_back();
      expr->span = cover(left->span, right->span);
      expr->children.push_back(std::move(left));
    }
    if (top.kind == ExprKind::conditional) {
      expr->children.push_back(std::move(top.condition));
      expr->children.push_back(std::move(top.branch));
    }
    expr->children.push_back(std::move(right));
    operands_.push_back(finish(std::move(expr)));
  }

  std::vector<Pending> pending_;
  std::vector<ExprPtr> operands_;
};

}  // namespace

ExprPtr Builder::finish(ExprPtr expr) {
  int below = 0;
  auto see = [&](const ExprPtr& part) {
    if (part && part->height > below) below = part->height;
  };
  for (const ExprPtr& child : expr->children) see(child);
  for (const ast::Argument& argument : expr->arguments) see(argument.value);
  for (const ast::Selector& selector : expr->selectors) {
    see(selector.range.from);
    see(selector.range.to);
  }
  for (const ast::Binding& binding : expr->bindings) see(binding.value);
  expr->height = below + 1;
  if (expr->height <= kMaxHeight) return expr;
  if (!too_deep_) {
    diagnostics_.error("E0102", expr->text_span.known() ? expr->text_span : expr->span, "nested too deeply")
        .note("an expression may be " + std::to_string(kMaxHeight) + " operations deep")
        .help("give the inner parts names, with `let`, `where` or a function");
  }
  too_deep_ = true;
  return make(ExprKind::number, expr->span, "0");
}

ExprPtr Builder::scoped(Grammar::ScopedContext* context) {
  ExprPtr value = expr(context->expr());
  if (!context->bindings()) return value;
  ExprPtr where = make(ExprKind::where, span(context));
  where->children.push_back(std::move(value));
  where->bindings = bindings(context->bindings());
  return finish(std::move(where));
}

ExprPtr Builder::expr(Grammar::ExprContext* context) {
  std::vector<Grammar::SimpleContext*> ends = context->simple();
  ExprPtr from = simple(ends[0]);
  if (ends.size() == 1) return from;
  ExprPtr whole = make(ExprKind::range, span(context));
  whole->children.push_back(std::move(from));
  whole->children.push_back(simple(ends[1]));
  return finish(std::move(whole));
}

ExprPtr Builder::simple(Grammar::SimpleContext* context) {
  std::vector<Grammar::FlatContext*> parts = context->flat();
  ExprPtr result = flat(parts[0]);
  if (parts.size() == 1) return result;
  std::vector<Grammar::NameContext*> axes = context->name();
  for (size_t i = 1; i < parts.size(); ++i) {
    ast::Name axis = name(axes[i - 1]);
    ExprPtr along = make(ExprKind::along, cover(result->span, axis.span), axis.text, axis.span);
    along->children.push_back(std::move(result));
    along->children.push_back(flat(parts[i]));
    result = finish(std::move(along));
  }
  return result;
}

ExprPtr Builder::flat(Grammar::FlatContext* context) {
  auto finisher = [this](ExprPtr expr) { return finish(std::move(expr)); };
  Fold fold;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (auto* part = dynamic_cast<Grammar::OperandContext*>(child)) {
      fold.push_operand(operand(part));
    } else if (auto* part = dynamic_cast<Grammar::InfixContext*>(child)) {
      std::string op(literal_text(part->start->getType()));  // mended tokens differ from the text
      int level = precedence(op);
      if (level == kComparison && fold.chains()) {
        diagnostics_.error("E0101", span(part), "comparisons do not chain").help("write `a < b and b < c`");
      }
      fold.push_infix({ExprKind::binary, level, op, span(part), nullptr, nullptr}, finisher);
    } else if (auto* part = dynamic_cast<Grammar::PrefixContext*>(child)) {
      std::string op(literal_text(part->start->getType()));  // mended tokens differ from the text
      std::vector<Grammar::ExprContext*> parts = part->expr();
      if (parts.empty()) {
        fold.push_prefix({ExprKind::unary, op == "-" ? kNegation : kNot, op, span(part), nullptr, nullptr});
      } else {
        fold.push_prefix({ExprKind::conditional, kConditional, "", span(part->start), expr(parts[0]), expr(parts[1])});
      }
    }
  }
  return fold.result(finisher);
}

ExprPtr Builder::operand(Grammar::OperandContext* context) {
  ExprPtr result = primary(context->primary());
  for (Grammar::SuffixContext* part : context->suffix()) result = suffix(std::move(result), part);
  return result;
}

ExprPtr Builder::primary(Grammar::PrimaryContext* context) {
  if (dynamic_cast<Grammar::NumberExprContext*>(context)) return number(context->start);
  if (auto* named = dynamic_cast<Grammar::NameExprContext*>(context)) {
    if (named->expr()) return lambda(named);
    return make(ExprKind::name, span(context), std::string(input_.text(context->start)), span(context));
  }
  if (dynamic_cast<Grammar::BooleanExprContext*>(context)) {
    ExprPtr value = make(ExprKind::boolean, span(context));
    value->number = input_.text(context->start) == "true" ? 1 : 0;
    return value;
  }
  if (dynamic_cast<Grammar::StringExprContext*>(context)) {
    return make(ExprKind::string, span(context), string_value(context->start));
  }
  if (auto* list = dynamic_cast<Grammar::ListExprContext*>(context)) {
    ExprPtr value = make(ExprKind::list, span(context));
    for (Grammar::ExprContext* entry : list->expr()) value->children.push_back(expr(entry));
    return finish(std::move(value));
  }
  std::vector<Grammar::ExprContext*> entries = dynamic_cast<Grammar::ParenExprContext&>(*context).expr();
  if (entries.size() == 1) {
    ExprPtr value = expr(entries[0]);
    value->span = span(context);  // with its brackets, so that what covers it does too
    return value;
  }
  ExprPtr value = make(ExprKind::tuple, span(context));
  for (Grammar::ExprContext* entry : entries) value->children.push_back(expr(entry));
  return finish(std::move(value));
}

ExprPtr Builder::lambda(Grammar::NameExprContext* context) {
  ast::Binding function;
  function.is_function = true;
  function.span = span(context);
  ast::Parameter& parameter = function.parameters.emplace_back();
  parameter.name = name(context->name());
  parameter.span = parameter.name.span;
  function.value = expr(context->expr());
  ExprPtr value = make(ExprKind::lambda, function.span);
  value->bindings.push_back(std::move(function));
  return finish(std::move(value));
}

ExprPtr Builder::suffix(ExprPtr base, Grammar::SuffixContext* context) {
  Span whole = cover(base->span, span(context));
  if (auto* field = dynamic_cast<Grammar::FieldSuffixContext*>(context)) {
    ast::Name name = this->name(field->name());
    ExprPtr value = make(ExprKind::field, whole, name.text, name.span);
    value->children.push_back(std::move(base));
    return finish(std::move(value));
  }
  if (auto* index = dynamic_cast<Grammar::IndexSuffixContext*>(context)) {
    ExprPtr value = make(ExprKind::index, whole);
    value->children.push_back(std::move(base));
    for (Grammar::SelectorContext* entry : index->selector()) value->selectors.push_back(selector(entry));
    return finish(std::move(value));
  }
  ExprPtr value = make(ExprKind::call, whole);
  value->children.push_back(std::move(base));
  value->arguments = arguments(dynamic_cast<Grammar::CallSuffixContext&>(*context).arguments());
  return finish(std::move(value));
}

std::vector<ast::Argument> Builder::arguments(Grammar::ArgumentsContext* context) {
  std::vector<ast::Argument> list;
  for (Grammar::ArgumentContext* entry : context->argument()) {
    bool keyword = context->split && entry->start->getTokenIndex() > context->split->getTokenIndex();
    list.push_back(argument(entry, keyword));
  }
  return list;
}

ast::Range Builder::range(Grammar::RangeContext* context) {
  ast::Range range;
  range.span = span(context);
  range.is_range = context->dots != nullptr;
  for (Grammar::SimpleContext* end : context->simple()) {
    bool after = context->dots && end->start->getTokenIndex() > context->dots->getTokenIndex();
    (after ? range.to : range.from) = simple(end);
  }
  return range;
}

ast::Name Builder::name_before(ExprPtr value, const antlr4::Token* symbol, std::string_view what) {
  if (value && value->kind == ExprKind::name && value->span == value->text_span) return {value->text, value->span};
  std::string text(input_.text(symbol));
  DiagnosticBuilder error = diagnostics_.error("E0101", value ? value->span : span(symbol),
                                               "expected " + std::string(what) + " before `" + text + "`");
  if (text == "=") error.help("to compare, write `==`");
  return {"?", value ? value->span : span(symbol)};
}

ast::Selector Builder::selector(Grammar::SelectorContext* context) {
  std::vector<Grammar::RangeContext*> ranges = context->range();
  ast::Selector selector;
  selector.span = span(context);
  ast::Range first = range(ranges[0]);
  if (!context->given && !context->name()) {
    selector.range = std::move(first);
    return selector;
  }
  const antlr4::Token* symbol = context->given ? context->given : input_.previous(context->name()->start);
  ast::Name before = name_before(first.is_range ? nullptr : std::move(first.from), symbol, "a name");
  if (context->given) {
    selector.axis = std::move(before);
    selector.range = range(ranges[1]);
  } else {
    selector.index = std::move(before);
    selector.axis = name(context->name());
  }
  return selector;
}

ast::Argument Builder::argument(Grammar::ArgumentContext* context, bool keyword) {
  std::vector<Grammar::ExprContext*> parts = context->expr();
  ast::Argument argument;
  argument.span = span(context);
  argument.keyword = keyword;
  argument.value = expr(parts.back());
  if (!context->given) return argument;
  argument.kind = input_.text(context->given) == "=" ? ast::Argument::Kind::named : ast::Argument::Kind::weighted;
  argument.name = name_before(expr(parts[0]), context->given, "the name of an argument");
  return argument;
}

ExprPtr Builder::number(const antlr4::Token* token) {
  std::string digits;
  for (char c : input_.text(token)) {
    if (c != '_') digits += c;
  }
  ExprPtr value = make(ExprKind::number, span(token), std::string(input_.text(token)));
  value->number = std::strtod(digits.c_str(), nullptr);
  if (!std::isfinite(value->number)) {
    diagnostics_.error("E0101", value->span, "this number is too large").note("the largest is 1.7976931348623157e308");
    value->number = 0;
  }
  return value;
}

std::string Builder::string_value(const antlr4::Token* token) {
  std::string_view raw = input_.text(token);
  raw.remove_prefix(1);
  if (raw.ends_with('"')) raw.remove_suffix(1);
  std::string value;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      value += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'n':
        value += '\n';
        break;
      case 't':
        value += '\t';
        break;
      case '"':
        value += '"';
        break;
      case '\\':
        value += '\\';
        break;
      default: {
        uint32_t at = span(token).begin + 1 + static_cast<uint32_t>(i) - 1;
        diagnostics_.error("E0101", {input_.file(), at, at + 2}, "unknown escape in a string")
            .help("there are `\\n`, `\\t`, `\\\"` and `\\\\`");
      }
    }
  }
  return value;
}

}  // namespace duet::syntax

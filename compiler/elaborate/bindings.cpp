#include "compiler/elaborate/elaborator.h"

namespace duet {

std::shared_ptr<Function> function_of(const ast::Binding& binding, const std::string& name, const ScopePtr& scope) {
  auto function = std::make_shared<Function>();
  function->name = name;
  function->parameters = &binding.parameters;
  function->value = binding.value.get();
  function->draws = binding.draws;
  function->scope = scope;
  return function;
}

void Elaborator::bind(const ast::Binding& binding, const ScopePtr& scope, const std::vector<Axis>& drawn) {
  const ast::Name& first = binding.names[0];
  if (binding.is_function) {
    scope->bind(first.text, std::shared_ptr<const Function>(function_of(binding, first.text, scope)), first.span);
    return;
  }
  try {
    bind_value(binding, scope, drawn);
  } catch (const Failed&) {
    // Later uses of these names are not errors of their own.
    for (const ast::Name& name : binding.names) scope->bind(name.text, Poison{}, name.span);
    throw;
  }
}

void Elaborator::bind_value(const ast::Binding& binding, const ScopePtr& scope, const std::vector<Axis>& drawn) {
  const ast::Name& first = binding.names[0];
  const auto declared = axes(binding.axes, scope);
  for (const Axis& axis : declared) scope->bind_axis(axis);

  const int64_t before = draws_;
  Thing value = evaluate(*binding.value, scope);
  const auto* distribution = std::get_if<std::shared_ptr<const Distribution>>(&value);
  if (binding.draws && distribution) {
    ValueId log_probability = -1;
    const ValueId x = draw(**distribution, declared.empty() ? drawn : declared, binding.span,
                           binding.names.size() == 2 ? &log_probability : nullptr);
    if (binding.names.size() > 2)
      fail(error("E0344", binding.span, "a draw is bound to one name, or to `(value, log-probability)`"));
    value = Tensor{x};
    if (binding.names.size() == 2) value = std::make_shared<const Tuple>(Tuple{{Tensor{x}, Tensor{log_probability}}});
  } else if (binding.draws && draws_ == before) {
    fail(error("E0410", binding.value->span, "nothing is drawn here").here(type_name(value)).help("bind it with `=`"));
  } else if (!binding.draws && draws_ != before && !in_reset_) {
    fail(error("E0409", binding.value->span, "this draws random numbers").help("say so: bind it with `~`"));
  }
  if (binding.names.size() == 1) {
    if (!declared.empty()) {
      const ValueId id = tensor(value, binding.value->span);
      std::vector<Axis> full = declared;
      if (const auto clash = clashing_axis(declared, builder_.type(id).axes))
        fail(error("E0301", binding.span, "axis `" + *clash + "` has two different sizes")
                 .label(binding.value->span, to_string(builder_.type(id))));
      full = *merge_axes(builder_.type(id).axes, declared);
      value = Tensor{builder_.expand(id, full, binding.span)};
    }
    if (const auto* t = std::get_if<Tensor>(&value)) builder_.name(t->id, first.text);
    note_type(first.span, first.text, value);
    scope->bind(first.text, value, first.span);
    return;
  }
  const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&value);
  if (!tuple || (*tuple)->items.size() != binding.names.size())
    fail(error("E0345", binding.span,
               "expected " + std::to_string(binding.names.size()) + " values, found " +
                   (tuple ? std::to_string((*tuple)->items.size()) : kind_name(value))));
  for (size_t i = 0; i < binding.names.size(); ++i) {
    if (const auto* t = std::get_if<Tensor>(&(*tuple)->items[i])) builder_.name(t->id, binding.names[i].text);
    note_type(binding.names[i].span, binding.names[i].text, (*tuple)->items[i]);
    scope->bind(binding.names[i].text, (*tuple)->items[i], binding.names[i].span);
  }
}

}  // namespace duet

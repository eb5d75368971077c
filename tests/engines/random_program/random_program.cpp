#include "tests/engines/random_program/random_program.h"

#include "tests/engines/random_program/composer.h"

namespace duet::test {

Program Composer::compose() {
  for (const char* name : {"a", "b", "c", "d", "e"}) universe_.push_back({name, any_of<int64_t>({1, 2, 3, 4, 5, 7})});
  builder_.open();
  for (int i = 0; i < 4; ++i) keep(noise(some_axes(universe_)));
  if (heavy_) add_layers();
  if (heavy_) roll_out();
  steps(16);
  std::vector<ValueId> results{values_.back()};
  for (int i = 0; i < 5; ++i) results.push_back(any());
  program_.main = builder_.close();
  program_.main.results = results;
  return std::move(program_);
}

void Composer::steps(int count) {
  using Step = void (Composer::*)();
  static constexpr Step kSteps[] = {
      &Composer::unary,    &Composer::unary,    &Composer::binary,  &Composer::binary,   &Composer::divide,
      &Composer::select,   &Composer::reduce,   &Composer::reduce,  &Composer::linear,   &Composer::linear,
      &Composer::contract, &Composer::contract, &Composer::take,    &Composer::take_top, &Composer::slice,
      &Composer::concat,   &Composer::expand,   &Composer::rename,  &Composer::join,     &Composer::along,
      &Composer::quantile, &Composer::draw,     &Composer::pick,    &Composer::scan,     &Composer::iterate,
      &Composer::gradient, &Composer::deviate,  &Composer::count,   &Composer::scatter,  &Composer::pad,
      &Composer::group,    &Composer::choose,   &Composer::roll_out};
  for (int i = 0; i < count; ++i) (this->*kSteps[below(std::size(kSteps))])();
}

Program random_program(unsigned seed, bool heavy) {
  return Composer(seed, heavy).compose();
}

}  // namespace duet::test

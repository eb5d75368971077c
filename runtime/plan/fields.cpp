#include "runtime/plan/fields.h"

#include <algorithm>
#include <stdexcept>

namespace duet::plan {

Fields::Fields(const Preparing& preparing, const std::vector<ValueId>& ids, const std::vector<Axis>& front,
               const std::vector<int64_t>& sizes)
    : rows_(contiguous_layout(sizes).elements()) {
  if (ids.size() != kFieldAxes.size()) throw std::logic_error("a batch has five fields");
  const RobotProgram& robot = preparing.engine().program.robot;
  const std::array<int64_t, 5> widths{robot.obs, robot.action, 1, robot.obs, 1};
  for (size_t i = 0; i < ids.size(); ++i) {
    std::vector<Axis> order = front;
    std::vector<int64_t> own = sizes;
    if (*kFieldAxes[i]) {
      order.push_back({kFieldAxes[i]});
      own.push_back(widths[i]);
    }
    const Layout from = permuted(contiguous_layout(own), order, preparing.axes(ids[i]));
    layouts_.push_back(contiguous_layout(from.sizes));
    Field field{ids[i], widths[i], {}, {}};
    if (!from.contiguous()) {
      field.copy = strided_copy(from, layouts_[i]);
      field.ordered = Buffer(static_cast<size_t>(from.elements()));
    }
    fields_.push_back(std::move(field));
  }
}

std::span<float> Fields::rows_of(Thread& thread, Field& field, int64_t first, size_t count) {
  float* all = field.copy ? field.ordered.data() : thread.value(field.id);
  return {all + first * field.width, count * static_cast<size_t>(field.width)};
}

void Fields::fetch(Thread& thread, const Memory& memory, std::span<const int64_t> rows, int64_t first) {
  constexpr size_t kMost = 256;  // at once by one thread
  thread.engine.pool->parallel_for((rows.size() + kMost - 1) / kMost, [&](size_t part) {
    const auto own = rows.subspan(part * kMost, std::min(kMost, rows.size() - part * kMost));
    const auto to = [&](size_t i) {
      return rows_of(thread, fields_[i], first + static_cast<int64_t>(part * kMost), own.size());
    };
    memory.gather(own, {to(0), to(1), to(2), to(3), to(4)});
  });
}

void Fields::finish(Thread& thread) {
  for (Field& field : fields_)
    if (field.copy) field.copy(field.ordered.data(), thread.value(field.id));
}

}  // namespace duet::plan

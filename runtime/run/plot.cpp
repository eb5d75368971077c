#include "runtime/run/plot.h"

#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"
#include "runtime/run/plot_scale.h"

namespace duet {
namespace {

struct Colour {
  double red, green, blue;
};

constexpr Colour hex(unsigned rgb) {
  return {(rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0};
}

constexpr Colour kInk = hex(0x2b2f36);
constexpr Colour kSoftInk = hex(0x5d646e);
constexpr Colour kGrid = hex(0xe6e8ec);
constexpr Colour kAxis = hex(0xa9b0ba);
// Neighbours differ in lightness too, for prints without colour.
constexpr std::array<Colour, 10> kPalette = {hex(0x2a6fbb), hex(0xe8772e), hex(0x2f9e63), hex(0xc93c5b), hex(0x7b5cc4),
                                             hex(0x1fa3b8), hex(0xa5652a), hex(0xdb6bb0), hex(0x6e7681), hex(0xa8a11f)};

constexpr double kTitleSize = 17, kLabelSize = 13, kTickSize = 12, kLegendSize = 13;
constexpr double kLegendRow = 22, kLegendMark = 22, kLegendGap = 24;

/// Text and shapes in points, on either kind of surface.
class Canvas {
 public:
  explicit Canvas(cairo_surface_t* surface) : cairo_(cairo_create(surface)) {
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    // Letters lie where their outlines say, so that both surfaces get the same layout.
    cairo_font_options_t* fonts = cairo_font_options_create();
    cairo_font_options_set_hint_style(fonts, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(fonts, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cairo_, fonts);
    cairo_font_options_destroy(fonts);
  }
  ~Canvas() { cairo_destroy(cairo_); }
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  cairo_t* get() const { return cairo_; }

  void colour(const Colour& c, double alpha = 1) const { cairo_set_source_rgba(cairo_, c.red, c.green, c.blue, alpha); }
  void font(double size, bool bold = false) const {
    cairo_select_font_face(cairo_, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_, size);
  }
  double text_width(const std::string& text) const {
    cairo_text_extents_t extents;
    cairo_text_extents(cairo_, text.c_str(), &extents);
    return extents.x_advance;
  }
  /// `align`: 0 begins at x, 0.5 is centred on it, 1 ends there. y is the base line.
  void text(double x, double y, const std::string& text, double align = 0) const {
    cairo_move_to(cairo_, x - align * text_width(text), y);
    cairo_show_text(cairo_, text.c_str());
    cairo_new_path(cairo_);  // the end of the text is not the start of a line
  }
  void upright_text(double x, double y, const std::string& text) const {
    cairo_save(cairo_);
    cairo_translate(cairo_, x, y);
    cairo_rotate(cairo_, -M_PI / 2);
    this->text(0, 0, text, 0.5);
    cairo_restore(cairo_);
  }
  void line(double x0, double y0, double x1, double y1, double width) const {
    cairo_set_line_width(cairo_, width);
    cairo_move_to(cairo_, x0, y0);
    cairo_line_to(cairo_, x1, y1);
    cairo_stroke(cairo_);
  }

 private:
  cairo_t* cairo_;
};

struct Box {
  double left, top, right, bottom;
};

/// Scales and places, found once, used by all that is drawn.
struct Layout {
  PlotScale x, y;
  Box box;
  std::vector<std::pair<double, double>> legend;  // where each entry begins, centre line

  double px(double value) const { return box.left + x.share(value) * (box.right - box.left); }
  double py(double value) const { return box.bottom - y.share(value) * (box.bottom - box.top); }
};

std::string legend_text(const PlotCurve& curve) {
  return curve.runs > 1 ? curve.label + " (" + std::to_string(curve.runs) + " runs)" : curve.label;
}

/// Entries in rows under the title; a row that is full goes on in the next.
double place_legend(const Canvas& canvas, const std::vector<PlotCurve>& curves, double left, double right, double top,
                    Layout& layout) {
  canvas.font(kLegendSize);
  double x = left, y = top + kLegendRow / 2;
  for (const PlotCurve& curve : curves) {
    const double width = kLegendMark + 8 + canvas.text_width(legend_text(curve));
    if (x > left && x + width > right) {
      x = left;
      y += kLegendRow;
    }
    layout.legend.emplace_back(x, y);
    x += width + kLegendGap;
  }
  return y + kLegendRow / 2;
}

Layout make_layout(const Canvas& canvas, const std::vector<PlotCurve>& curves, const PlotOptions& options) {
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  for (const PlotCurve& curve : curves) {
    for (const PlotCurve::Point& point : curve.points) {
      x_low = std::min(x_low, point.x);
      x_high = std::max(x_high, point.x);
      y_low = std::min(y_low, point.low);
      y_high = std::max(y_high, point.high);
    }
    for (const auto& single : curve.singles)
      for (const PlotPoint& point : single) {
        y_low = std::min(y_low, point.y);
        y_high = std::max(y_high, point.y);
      }
  }
  // Curves that begin soon after 0 are seen from 0.
  if (x_low > 0 && x_low < 0.2 * x_high) x_low = 0;
  const double margin = 0.05 * (y_high - y_low);
  Layout layout;
  layout.x = make_scale(x_low, x_high, std::max(options.width / 110, 2));
  layout.y = make_scale(y_low - margin, y_high + margin, std::max(options.height / 75, 2));

  canvas.font(kTickSize);
  double widest = 0;
  for (const double tick : layout.y.ticks) {
    widest = std::max(widest, canvas.text_width(tick_text(tick, layout.y.step)));
  }
  layout.box = {26 + kLabelSize + widest + 12, 22, options.width - 30.0, options.height - 62.0};
  if (!options.title.empty()) layout.box.top += kTitleSize + 10;
  layout.box.top = place_legend(canvas, curves, layout.box.left, layout.box.right, layout.box.top, layout) + 12;
  return layout;
}

void draw_frame(const Canvas& canvas, const Layout& layout, const PlotOptions& options) {
  const Box& box = layout.box;
  canvas.colour(kGrid);
  for (const double tick : layout.y.ticks) canvas.line(box.left, layout.py(tick), box.right, layout.py(tick), 1);
  for (const double tick : layout.x.ticks) canvas.line(layout.px(tick), box.top, layout.px(tick), box.bottom, 1);
  canvas.colour(kAxis);
  canvas.line(box.left, box.bottom, box.right, box.bottom, 1.2);
  canvas.font(kTickSize);
  for (const double tick : layout.x.ticks) {
    canvas.colour(kAxis);
    canvas.line(layout.px(tick), box.bottom, layout.px(tick), box.bottom + 5, 1.2);
    canvas.colour(kSoftInk);
    canvas.text(layout.px(tick), box.bottom + 9 + kTickSize, tick_text(tick, layout.x.step), 0.5);
  }
  for (const double tick : layout.y.ticks) {
    canvas.text(box.left - 9, layout.py(tick) + 0.36 * kTickSize, tick_text(tick, layout.y.step), 1);
  }
  canvas.font(kLabelSize);
  canvas.colour(kInk);
  canvas.text((box.left + box.right) / 2, options.height - 16.0, options.x_label, 0.5);
  canvas.upright_text(14 + kLabelSize / 2, (box.top + box.bottom) / 2, options.y_label);
  canvas.font(kTitleSize, true);
  canvas.text(box.left, 18 + kTitleSize, options.title);
}

void draw_band(const Canvas& canvas, const Layout& layout, const PlotCurve& curve, const Colour& colour) {
  for (const PlotCurve::Point& point : curve.points) {
    cairo_line_to(canvas.get(), layout.px(point.x), layout.py(point.high));
  }
  for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point) {
    cairo_line_to(canvas.get(), layout.px(point->x), layout.py(point->low));
  }
  cairo_close_path(canvas.get());
  canvas.colour(colour, 0.16);
  cairo_fill(canvas.get());
}

bool has_band(const PlotCurve& curve) {
  return curve.runs > 1 && curve.band;
}

void draw_singles(const Canvas& canvas, const Layout& layout, const PlotCurve& curve, const Colour& colour) {
  canvas.colour(colour, 0.45);
  cairo_set_line_width(canvas.get(), 0.8);
  for (const auto& single : curve.singles) {
    for (const PlotPoint& point : single) cairo_line_to(canvas.get(), layout.px(point.x), layout.py(point.y));
    cairo_stroke(canvas.get());
  }
}

void draw_mean(const Canvas& canvas, const Layout& layout, const PlotCurve& curve, const Colour& colour) {
  canvas.colour(colour);
  cairo_set_line_width(canvas.get(), 2.2);
  for (const PlotCurve::Point& point : curve.points) {
    cairo_line_to(canvas.get(), layout.px(point.x), layout.py(point.mean));
  }
  cairo_stroke(canvas.get());
  constexpr size_t kFewPoints = 25;  // so few that it matters where they are
  if (curve.points.size() > kFewPoints) return;
  for (const PlotCurve::Point& point : curve.points) {
    cairo_arc(canvas.get(), layout.px(point.x), layout.py(point.mean), 3, 0, 2 * M_PI);
    cairo_fill(canvas.get());
  }
}

void draw_legend(const Canvas& canvas, const Layout& layout, const std::vector<PlotCurve>& curves) {
  canvas.font(kLegendSize);
  for (size_t i = 0; i < curves.size(); ++i) {
    const auto [x, y] = layout.legend[i];
    const Colour& colour = kPalette[i % kPalette.size()];
    if (has_band(curves[i])) {
      canvas.colour(colour, 0.16);
      cairo_rectangle(canvas.get(), x, y - 6, kLegendMark, 12);
      cairo_fill(canvas.get());
    }
    canvas.colour(colour);
    canvas.line(x, y, x + kLegendMark, y, 2.6);
    canvas.colour(kInk);
    canvas.text(x + kLegendMark + 8, y + 0.36 * kLegendSize, legend_text(curves[i]));
  }
}

/// The one drawing, the same on every surface.
void draw(const Canvas& canvas, const std::vector<PlotCurve>& curves, const PlotOptions& options) {
  canvas.colour({1, 1, 1});
  cairo_paint(canvas.get());
  const Layout layout = make_layout(canvas, curves, options);
  draw_frame(canvas, layout, options);
  for (size_t i = 0; i < curves.size(); ++i) {
    if (has_band(curves[i])) draw_band(canvas, layout, curves[i], kPalette[i % kPalette.size()]);
    draw_singles(canvas, layout, curves[i], kPalette[i % kPalette.size()]);
  }
  for (size_t i = 0; i < curves.size(); ++i) draw_mean(canvas, layout, curves[i], kPalette[i % kPalette.size()]);
  draw_legend(canvas, layout, curves);
}

cairo_status_t append(void* out, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;

void check(cairo_status_t status, const std::filesystem::path& path) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Error("E0708", "cannot draw " + path.string() + ": " + cairo_status_to_string(status));
}

std::string png_of(const std::vector<PlotCurve>& curves, const PlotOptions& options,
                   const std::filesystem::path& path) {
  constexpr double kPixelsPerPoint = 2;
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(options.width * kPixelsPerPoint),
                                 static_cast<int>(options.height * kPixelsPerPoint)),
      cairo_surface_destroy);
  cairo_surface_set_device_scale(surface.get(), kPixelsPerPoint, kPixelsPerPoint);
  draw(Canvas(surface.get()), curves, options);
  std::string bytes;
  check(cairo_surface_status(surface.get()), path);
  check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes), path);
  return bytes;
}

std::string svg_of(const std::vector<PlotCurve>& curves, const PlotOptions& options,
                   const std::filesystem::path& path) {
  std::string bytes;
  const Surface surface(cairo_svg_surface_create_for_stream(append, &bytes, options.width, options.height),
                        cairo_surface_destroy);
  draw(Canvas(surface.get()), curves, options);
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()), path);
  return bytes;
}

}  // namespace

void draw_plot(const std::vector<PlotSeries>& series, const PlotOptions& options, const std::filesystem::path& path) {
  draw_curves(merge_runs(series), options, path);
}

void draw_curves(std::vector<PlotCurve> curves, const PlotOptions& options, const std::filesystem::path& path) {
  std::erase_if(curves, [](const PlotCurve& curve) { return curve.points.empty(); });
  if (curves.empty()) throw Error("E0708", "there is nothing to draw: no series has a finite point");
  const std::string kind = path.extension().string();
  if (kind == ".png") {
    write_file_atomically(path, png_of(curves, options, path));
  } else if (kind == ".svg") {
    write_file_atomically(path, svg_of(curves, options, path));
  } else {
    throw Error("E0708", "cannot draw " + path.string() + ": a picture is a .png or a .svg file");
  }
}

}  // namespace duet

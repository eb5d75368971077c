#pragma once

// Private to runtime/sim: off-screen OpenGL without a display server.

#include <memory>

namespace duet {

/// An OpenGL context that draws into memory, current on the thread that made it.
///
/// It comes from EGL without any surface (the extension EGL_MESA_platform_surfaceless; Mesa then draws on the processor
/// where there is no graphics card), or, if EGL cannot be had, from OSMesa. $DUET_GL = egl or osmesa asks for one of
/// them. Both libraries are loaded when the first context is made. MuJoCo binds OpenGL's functions once per process, so
/// all contexts of a process come from the same library.
class GlContext {
 public:
  /// Throws Error E0620, saying why, if neither library gives a context.
  GlContext();
  ~GlContext();
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  /// Makes it current on the calling thread. Error E0620 if the library refuses.
  void make_current();

  /// What both libraries have to do.
  class Native {
   public:
    virtual ~Native() = default;
    virtual bool make_current() = 0;
  };

 private:
  std::unique_ptr<Native> native_;
};

}  // namespace duet

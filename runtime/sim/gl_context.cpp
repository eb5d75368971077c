#include "runtime/sim/gl_context.h"

#include <dlfcn.h>

#define EGL_NO_X11
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/osmesa.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>

#include "runtime/core/error.h"

namespace duet {
namespace {

constexpr auto kHelp =
    "on Debian, `apt-get install libegl1 libgl1 libgl1-mesa-dri` (or libosmesa6) provides drawing without a screen";

/// A shared library that stays loaded: its drivers keep threads and handlers that do not survive unloading.
class SharedLibrary {
 public:
  /// Throws Error E0620.
  explicit SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw Error("E0620", ::dlerror());
  }

  template <class Function>
  void find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(::dlsym(handle_, name));
    if (!function) throw Error("E0620", std::string("the library lacks ") + name);
  }

 private:
  void* handle_;
};

constexpr auto kEglFile = "libEGL.so.1", kOsMesaFile = "libOSMesa.so.8";

// ---- EGL ----

/// The functions of EGL, and its display, which all contexts share and nothing closes.
class Egl {
 public:
  static const Egl& instance() {
    static const Egl egl;
    return egl;
  }

  decltype(eglGetProcAddress)* get_address;
  decltype(eglGetError)* get_error;
  decltype(eglInitialize)* initialize;
  decltype(eglBindAPI)* bind_api;
  decltype(eglChooseConfig)* choose_config;
  decltype(eglCreateContext)* create_context;
  decltype(eglDestroyContext)* destroy_context;
  decltype(eglGetCurrentContext)* current_context;
  decltype(eglMakeCurrent)* make_current;
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLConfig config = nullptr;

  [[noreturn]] void fail(const std::string& what) const {
    std::array<char, 32> code;
    std::snprintf(code.data(), code.size(), " (EGL error 0x%x)", static_cast<unsigned>(get_error()));
    throw Error("E0620", what + code.data());
  }

 private:
  Egl() {
    const SharedLibrary library(kEglFile);
    library.find(get_address, "eglGetProcAddress");
    library.find(get_error, "eglGetError");
    library.find(initialize, "eglInitialize");
    library.find(bind_api, "eglBindAPI");
    library.find(choose_config, "eglChooseConfig");
    library.find(create_context, "eglCreateContext");
    library.find(destroy_context, "eglDestroyContext");
    library.find(current_context, "eglGetCurrentContext");
    library.find(make_current, "eglMakeCurrent");
    open_display();
  }

  void open_display() {
    const auto get_display = reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(get_address("eglGetPlatformDisplayEXT"));
    if (!get_display) throw Error("E0620", "this EGL knows no platforms");
    display = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display == EGL_NO_DISPLAY) fail("no display without a surface");
    if (!initialize(display, nullptr, nullptr)) fail("the display cannot be opened");
    constexpr std::array<EGLint, 5> wanted = {EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, EGL_PBUFFER_BIT,
                                              EGL_NONE};
    EGLint count = 0;
    if (!choose_config(display, wanted.data(), &config, 1, &count) || count == 0) fail("no OpenGL on the display");
  }
};

class EglContext : public GlContext::Native {
 public:
  EglContext() : egl_(Egl::instance()) {
    if (!egl_.bind_api(EGL_OPENGL_API)) egl_.fail("it does not do OpenGL");
    context_ = egl_.create_context(egl_.display, egl_.config, EGL_NO_CONTEXT, nullptr);
    if (context_ == EGL_NO_CONTEXT) egl_.fail("no context can be made");
  }
  ~EglContext() override {
    if (egl_.current_context() == context_)
      egl_.make_current(egl_.display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    egl_.destroy_context(egl_.display, context_);
  }
  bool make_current() override {
    return egl_.make_current(egl_.display, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) == EGL_TRUE;
  }

 private:
  const Egl& egl_;
  EGLContext context_ = EGL_NO_CONTEXT;
};

// ---- OSMesa ----

class OsMesaContext : public GlContext::Native {
 public:
  OsMesaContext() {
    const SharedLibrary library(kOsMesaFile);
    library.find(create_, "OSMesaCreateContextExt");
    library.find(destroy_, "OSMesaDestroyContext");
    library.find(make_current_, "OSMesaMakeCurrent");
    context_ = create_(OSMESA_RGBA, 24, 8, 0, nullptr);
    if (!context_) throw Error("E0620", "no context can be made");
  }
  ~OsMesaContext() override { destroy_(context_); }
  bool make_current() override {
    return make_current_(context_, window_.data(), GL_UNSIGNED_BYTE, kSide, kSide) == GL_TRUE;
  }

 private:
  static constexpr int kSide = 8;  // OSMesa wants a window; pictures are drawn into a framebuffer object
  decltype(OSMesaCreateContextExt)* create_;
  decltype(OSMesaDestroyContext)* destroy_;
  decltype(OSMesaMakeCurrent)* make_current_;
  OSMesaContext context_ = nullptr;
  std::array<unsigned char, 4 * kSide * kSide> window_{};
};

// ---- the choice between them ----

using Maker = std::function<std::unique_ptr<GlContext::Native>()>;

struct Library {
  const char* word;  // of $DUET_GL
  const char* name;
  const char* file;
  Maker make;
};

const std::array<Library, 2>& libraries() {
  static const std::array<Library, 2> all = {
      {{"egl", "EGL", kEglFile, [] { return std::make_unique<EglContext>(); }},
       {"osmesa", "OSMesa", kOsMesaFile, [] { return std::make_unique<OsMesaContext>(); }}}};
  return all;
}

/// MuJoCo takes OpenGL from the first of these libraries whose symbols the whole process sees. Hence only the one that
/// is used may show them.
void publish(const Library& library) {
  ::dlopen(library.file, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

/// The first library that gives a context, of those that $DUET_GL allows.
const Library& choose_library() {
  const char* given = std::getenv("DUET_GL");
  const std::string wanted = given ? given : "";
  std::string reasons;
  for (const Library& library : libraries()) {
    if (!wanted.empty() && wanted != library.word) continue;
    try {
      if (library.make()->make_current()) {
        publish(library);
        return library;
      }
      reasons += std::string("; ") + library.name + ": the context cannot be used";
    } catch (const Error& error) {
      reasons += std::string("; ") + library.name + ": " + error.what();
    }
  }
  if (reasons.empty())
    throw Error("E0620", "no picture can be drawn: $DUET_GL is `" + wanted + "`", "it may be `egl` or `osmesa`");
  throw Error("E0620", "no picture can be drawn: " + reasons.substr(2), kHelp);
}

}  // namespace

GlContext::GlContext() {
  static const Library& library = choose_library();
  native_ = library.make();
  make_current();
}

GlContext::~GlContext() = default;

void GlContext::make_current() {
  if (!native_->make_current()) throw Error("E0620", "the OpenGL context cannot be made current", kHelp);
}

}  // namespace duet

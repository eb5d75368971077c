#include "runtime/core/thread_pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/core/error.h"

namespace duet {
namespace {

/// Tells the processor that this is a waiting loop.
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

constexpr std::size_t kTurns = 8;  // of each thread in a loop: enough to even out indices that take longer

// About as long as the kernel takes to wake a thread up.
constexpr std::chrono::microseconds kLookout{30};

/// Waits for `ready` without sleeping, but not for long.
template <class Ready>
void look_out(const Ready& ready) {
  const auto start = std::chrono::steady_clock::now();
  while (!ready() && std::chrono::steady_clock::now() - start < kLookout)
    for (int i = 0; i < 16; ++i) pause();
}

/// Threads that are started while it lives get no signals: those go on to interrupt the thread that waits for them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// Marks the pool as in use while it lives.
class Claim {
 public:
  explicit Claim(std::atomic<bool>& in_use) : in_use_(in_use) {
    if (in_use_.exchange(true)) throw std::logic_error("ThreadPool: it is for one caller at a time");
  }
  ~Claim() { in_use_ = false; }
  Claim(const Claim&) = delete;

 private:
  std::atomic<bool>& in_use_;
};

}  // namespace

int core_count() {
  cpu_set_t cores;  // those this process may use, which can be fewer than the machine has
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ThreadPool::ThreadPool(int threads) {
  if (threads < 1) throw std::invalid_argument("ThreadPool: needs at least one thread");
  const SignalsBlocked blocked;
  workers_.reserve(static_cast<std::size_t>(threads) - 1);
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    stop();
    throw Error("E0012", "cannot start " + std::to_string(threads) + " threads: " + error.code().message(),
                "ask for fewer by --threads");
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadPool::run(Loop loop) {
  const Claim claim(in_use_);
  const std::size_t shares = kTurns * static_cast<std::size_t>(threads());
  if (loop.chunk == 0) loop.chunk = std::max<std::size_t>(1, loop.count / shares);
  const bool alone = workers_.empty() || loop.count <= loop.chunk;
  {
    const std::lock_guard lock(mutex_);
    loop_ = loop;
    next_ = 0;
    open_ = !alone;
    if (!alone) ++loops_;
  }
  if (!alone) wake_.notify_all();
  share_in();
  if (!alone) look_out([this] { return busy_ == 0; });
  std::unique_lock lock(mutex_);
  open_ = false;  // a worker that wakes up only now finds nothing to do, and is not waited for
  idle_.wait(lock, [this] { return busy_ == 0; });
  if (const std::exception_ptr fault = std::exchange(fault_, nullptr)) std::rethrow_exception(fault);
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || (open_ && next_ < loop_.count); });
    if (stopping_) return;
    ++busy_;
    lock.unlock();
    share_in();
    lock.lock();
    if (--busy_ == 0) idle_.notify_one();
    const uint64_t seen = loops_;
    lock.unlock();
    look_out([this, seen] { return loops_ != seen; });
    lock.lock();
  }
}

void ThreadPool::share_in() {
  const Loop& loop = loop_;  // nobody changes it before this thread has left
  for (std::size_t first; (first = next_.fetch_add(loop.chunk)) < loop.count;) {
    for (std::size_t i = first; i < std::min(first + loop.chunk, loop.count); ++i) {
      try {
        loop.call(loop.body, i);
      } catch (...) {
        keep(std::current_exception(), i);
      }
    }
  }
}

void ThreadPool::keep(std::exception_ptr fault, std::size_t i) {
  const std::lock_guard lock(mutex_);
  if (fault_ && fault_index_ < i) return;
  fault_ = std::move(fault);
  fault_index_ = i;
}

}  // namespace duet

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace duet {

/// How many threads this process can run at once, at least 1.
int core_count();

/// A few threads that share out the indices of a loop. Loops often follow each other at once, so a thread that has
/// nothing more to do looks out for the next one for about as long as waking up would take, 30 microseconds; then it
/// sleeps in the kernel, so that an idle pool takes nothing from other processes. For one caller at a time.
class ThreadPool {
 public:
  /// `threads` counts the caller of parallel_for(); with 1 no thread is started. std::invalid_argument below 1, Error
  /// E0012 if the system does not give as many.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls f(i) once for every i in 0 .. count-1, in any order and on any of the threads, and returns when all calls
  /// have. Threads take `chunk` indices at a time (0: a size that gives every thread several turns). A call that throws
  /// stops no other; then the exception of the lowest index is thrown here, whatever the number of threads. Nothing is
  /// allocated. std::logic_error if the pool is in use already, also by a caller inside `f`.
  template <class F>
  void parallel_for(std::size_t count, F&& f, std::size_t chunk = 0) {
    run({count, chunk, const_cast<void*>(static_cast<const void*>(std::addressof(f))),
         [](void* body, std::size_t i) { (*static_cast<std::remove_reference_t<F>*>(body))(i); }});
  }

 private:
  struct Loop {
    std::size_t count = 0;
    std::size_t chunk = 0;
    void* body = nullptr;
    void (*call)(void* body, std::size_t i) = nullptr;
  };

  void run(Loop loop);
  void work();
  void share_in();
  void keep(std::exception_ptr fault, std::size_t i);
  void stop();

  std::vector<std::thread> workers_;
  std::atomic<bool> in_use_ = false;
  std::atomic<uint64_t> loops_ = 0;    // that workers were asked to join; what they look out for
  std::atomic<std::size_t> next_ = 0;  // the first index that nobody has taken

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  // Under the mutex; `loop_` is also read by the threads that are busy with it.
  Loop loop_;
  bool open_ = false;          // workers may join the loop
  std::atomic<int> busy_ = 0;  // workers in the loop; changed under the mutex, but the caller looks out for it without
  bool stopping_ = false;
  std::exception_ptr fault_;  // of the lowest index so far
  std::size_t fault_index_ = 0;
};

}  // namespace duet

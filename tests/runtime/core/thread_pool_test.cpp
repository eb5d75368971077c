#include "runtime/core/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/sanitizer.h"

namespace duet {
namespace {

double process_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How the message of the exception that a loop ends with depends on the indices that throw.
std::string fault_of(ThreadPool& pool, std::size_t count, const std::set<std::size_t>& bad, std::vector<int>& calls) {
  calls.assign(count, 0);
  try {
    pool.parallel_for(count, [&](std::size_t i) {
      ++calls[i];
      if (bad.count(i)) throw std::runtime_error("at " + std::to_string(i));
    });
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(ThreadPool, CallsEveryIndexOnceWhateverTheChunks) {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::size_t count : {0u, 1u, 2u, 7u, 100u, 1001u})
      for (const std::size_t chunk : {0u, 1u, 3u, 5000u}) {
        std::vector<int> calls(count, 0);
        pool.parallel_for(
            count, [&](std::size_t i) { ++calls[i]; }, chunk);
        EXPECT_EQ(calls, std::vector<int>(count, 1)) << threads << " threads, chunks of " << chunk;
      }
  }
}

TEST(ThreadPool, ManyShortLoopsFollowEachOther) {
  ThreadPool pool(4);
  std::vector<long> sums(16, 0);
  for (int round = 0; round < 20000; ++round)
    pool.parallel_for(
        sums.size(), [&](std::size_t i) { sums[i] += round; }, 1);
  EXPECT_EQ(sums, std::vector<long>(16, 20000L * 19999 / 2));
}

TEST(ThreadPool, OneThreadIsTheCallerInOrder) {
  ThreadPool pool(1);
  std::vector<std::size_t> order;
  std::set<std::thread::id> ids;
  pool.parallel_for(50, [&](std::size_t i) {
    order.push_back(i);
    ids.insert(std::this_thread::get_id());
  });
  std::vector<std::size_t> wanted(50);
  std::iota(wanted.begin(), wanted.end(), 0);
  EXPECT_EQ(order, wanted);
  EXPECT_EQ(ids, std::set{std::this_thread::get_id()});
}

TEST(ThreadPool, SeveralThreadsTakePart) {
  ThreadPool pool(3);
  std::atomic<int> arrived = 0;
  // Each call waits until two threads are there: with one thread only it would never end.
  pool.parallel_for(2, [&](std::size_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ThreadPool, ThreadsTakePartWhetherTheyLookOutOrSleep) {
  ThreadPool pool(2);
  for (int gap = 0; gap < 90; ++gap) {  // microseconds since the loop before: threads look out for 30
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < std::chrono::microseconds(gap)) {
    }
    std::atomic<int> arrived = 0;
    pool.parallel_for(2, [&](std::size_t) {
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    });
    EXPECT_EQ(arrived, 2);
  }
}

TEST(ThreadPool, TheLowestIndexThatThrowsWinsAndNoCallIsLeftOut) {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    std::vector<int> calls;
    for (int repeat = 0; repeat < 50; ++repeat) {
      EXPECT_EQ(fault_of(pool, 40, {31, 17, 39, 18}, calls), "at 17");
      EXPECT_EQ(calls, std::vector<int>(40, 1));
    }
    EXPECT_EQ(fault_of(pool, 40, {0}, calls), "at 0");
    EXPECT_EQ(fault_of(pool, 40, {}, calls), "none") << "an exception is thrown once";
  }
}

TEST(ThreadPool, IsForOneCallerAtATime) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    EXPECT_THROW(pool.parallel_for(4, [&](std::size_t) { pool.parallel_for(2, [](std::size_t) {}); }),
                 std::logic_error);
    int calls = 0;
    pool.parallel_for(1, [&](std::size_t) { ++calls; });
    EXPECT_EQ(calls, 1) << "usable again";
  }
}

TEST(ThreadPool, WaitingThreadsSleep) {
  ThreadPool pool(4);
  pool.parallel_for(100, [](std::size_t) {});
  const double began = process_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  // Three threads that spin would take 0.9 s on free cores, and 0.3 s on one core; ones that sleep after a look take
  // microseconds.
  EXPECT_LT(process_seconds() - began, 0.05);
  const double caller_began = process_seconds();
  pool.parallel_for(2, [](std::size_t i) {  // so does a caller that waits for a worker, and the workers left out
    if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(300));
  });
  EXPECT_LT(process_seconds() - caller_began, 0.05);
}

TEST(ThreadPool, RefusesNumbersThatMakeNoSense) {
  EXPECT_THROW(ThreadPool(0), std::invalid_argument);
  EXPECT_THROW(ThreadPool(-3), std::invalid_argument);
  EXPECT_GE(core_count(), 1);
}

TEST(ThreadPool, SaysSoWhenTheSystemGivesNoMoreThreads) {
  if (kAddressSanitizer || kThreadSanitizer) GTEST_SKIP() << "a sanitizer takes more addresses than the test leaves";
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const rlimit little{1 << 28, before.rlim_max};  // 256 MB of addresses: each thread wants a stack of some megabytes
  ASSERT_EQ(setrlimit(RLIMIT_AS, &little), 0);
  std::string code;
  try {
    ThreadPool pool(1000);
  } catch (const Error& error) {
    code = error.code();
  }
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(code, "E0012");
}

}  // namespace
}  // namespace duet

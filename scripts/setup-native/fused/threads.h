// As many threads as TensorFlow has for one operation (TF_NUM_INTRAOP_THREADS), kept waiting for work.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

namespace psyche {

class Threads {
 public:
  /** Never destroyed: its threads may outlive everything else in the process. */
  static Threads& all() {
    static Threads* threads = new Threads();
    return *threads;
  }

  void run(int64_t count, const std::function<void(int64_t)>& work) {
    // One operation at a time; a second caller does its own work.
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (helpers_ == 0 || count < 4 || !turn.owns_lock()) {
      for (int64_t i = 0; i < count; i++) work(i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work_ = &work;
      count_ = count;
      next_ = 0;
      busy_ = helpers_;
      generation_++;
    }
    wake_.notify_all();
    take(work, count);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return busy_ == 0; });
  }

 private:
  Threads() {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int number = wanted != nullptr ? std::atoi(wanted) : 0;
    const int all = number > 0 ? number : static_cast<int>(std::thread::hardware_concurrency());
    helpers_ = std::clamp(all - 1, 0, 63);
    for (int i = 0; i < helpers_; i++) std::thread([this] { help(); }).detach();
  }

  void help() {
    uint64_t seen = 0;
    for (;;) {
      const std::function<void(int64_t)>* work;
      int64_t count;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        work = work_;
        count = count_;
      }
      take(*work, count);
      std::lock_guard<std::mutex> lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  void take(const std::function<void(int64_t)>& work, int64_t count) {
    for (int64_t i = next_++; i < count; i = next_++) work(i);
  }

  std::mutex turn_, mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int64_t)>* work_ = nullptr;
  int64_t count_ = 0;
  std::atomic<int64_t> next_{0};
  int helpers_ = 0;
  int busy_ = 0;
  uint64_t generation_ = 0;
};

inline void inParallel(int64_t count, const std::function<void(int64_t)>& work) { Threads::all().run(count, work); }

}  // namespace psyche

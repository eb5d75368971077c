#include "compiler/driver/repl/edit_reader.h"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>

#include "compiler/base/utf8.h"
#include "compiler/driver/repl/interrupt.h"

namespace duet {

namespace {

constexpr int kHistorySize = 1000;
constexpr size_t kMostListed = 200;
constexpr int kWaitMilliseconds = 50;

/// The bytes of a UTF-8 sequence that begins with `first`.
size_t sequence_length(unsigned char first) {
  return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// One byte from the terminal; 0 at its end, -1 when Ctrl-C was pressed.
int read_byte(EditLine* edit, int file, char& byte) {
  for (;;) {
    // The signal may have reached any thread of the process, so that waiting for it to break off a read is not enough.
    if (interrupted().load()) return -1;
    struct pollfd waiting {
      file, POLLIN, 0
    };
    const int ready = poll(&waiting, 1, kWaitMilliseconds);
    if (ready == 0) continue;
    if (ready < 0) {
      if (errno != EINTR) return -1;
      if (!interrupted().load()) el_resize(edit);  // the window may have a new size
      continue;
    }
    const ssize_t count = ::read(file, &byte, 1);
    if (count >= 0) return static_cast<int>(count);
    if (errno != EINTR) return -1;
  }
}

int read_character(EditLine* edit, wchar_t* character) {
  std::string bytes(1, '\0');
  // A Ctrl-D that was pressed while nobody edited a line arrives as a zero, which would stay in the line unseen.
  while (bytes[0] == '\0') {
    const int first = read_byte(edit, STDIN_FILENO, bytes[0]);
    if (first != 1) return first;
  }
  while (bytes.size() < sequence_length(static_cast<unsigned char>(bytes[0]))) {
    char next = 0;
    const int count = read_byte(edit, STDIN_FILENO, next);
    if (count != 1) return count;
    bytes += next;
  }
  *character = static_cast<wchar_t>(decode_utf8(bytes, 0).value);
  return 1;
}

std::string common_start(const std::vector<std::string>& words) {
  std::string start = words[0];
  for (const std::string& word : words) {
    size_t same = 0;
    while (same < std::min(start.size(), word.size()) && start[same] == word[same]) ++same;
    start.resize(same);
  }
  return start;
}

/// The words in columns, as `ls` shows them.
std::string listing(const std::vector<std::string>& words, size_t columns) {
  size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size() + 2);
  const size_t across = std::max<size_t>(1, columns / width), down = (words.size() + across - 1) / across;
  std::string text;
  for (size_t row = 0; row < down; ++row) {
    std::string line;
    for (size_t at = row; at < words.size(); at += down) line += words[at] + std::string(width - words[at].size(), ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

struct EditReader::Impl {
  EditLine* edit = nullptr;
  History* history = nullptr;
  std::string prompt;
  std::string path;
  Completer completer;

  unsigned char complete();
};

EditReader::EditReader(std::filesystem::path path, Completer completer) : impl_(std::make_unique<Impl>()) {
  std::setlocale(LC_CTYPE, "");
  impl_->completer = std::move(completer);
  impl_->history = history_init();
  HistEvent event;
  ::history(impl_->history, &event, H_SETSIZE, kHistorySize);
  ::history(impl_->history, &event, H_SETUNIQUE, 1);
  std::error_code failed;
  if (!path.empty()) std::filesystem::create_directories(path.parent_path(), failed);
  if (!path.empty() && !failed) impl_->path = path.string();
  if (!impl_->path.empty()) ::history(impl_->history, &event, H_LOAD, impl_->path.c_str());

  impl_->edit = el_init("duet", stdin, stdout, stderr);
  EditLine* edit = impl_->edit;
  el_set(edit, EL_CLIENTDATA, impl_.get());
  el_set(edit, EL_EDITOR, "emacs");
  el_set(edit, EL_HIST, ::history, impl_->history);
  el_set(edit, EL_GETCFN, read_character);
  el_set(
      edit, EL_PROMPT, +[](EditLine* line) {
        void* data = nullptr;
        el_get(line, EL_CLIENTDATA, &data);
        return const_cast<char*>(static_cast<Impl*>(data)->prompt.c_str());
      });
  el_set(
      edit, EL_ADDFN, "duet-complete", "complete the name before the cursor",
      +[](EditLine* line, int) -> unsigned char {
        void* data = nullptr;
        el_get(line, EL_CLIENTDATA, &data);
        return static_cast<Impl*>(data)->complete();
      });
  el_set(edit, EL_BIND, "^I", "duet-complete", nullptr);
  el_set(edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(edit, nullptr);  // the user's ~/.editrc
}

EditReader::~EditReader() {
  HistEvent event;
  if (!impl_->path.empty()) ::history(impl_->history, &event, H_SAVE, impl_->path.c_str());
  el_end(impl_->edit);
  history_end(impl_->history);
}

unsigned char EditReader::Impl::complete() {
  const LineInfo* info = el_line(edit);
  const std::string before(info->buffer, info->cursor);
  const Completion completion = completer(before);
  if (completion.words.empty()) return CC_REFRESH_BEEP;
  const std::string typed = before.substr(completion.from);
  std::string start = common_start(completion.words);
  if (completion.words.size() == 1) start += completion.after;
  if (start.size() > typed.size()) {
    el_insertstr(edit, start.substr(typed.size()).c_str());
    return CC_REFRESH;
  }
  if (completion.words.size() == 1) return CC_NORM;
  int columns = 80;
  el_get(edit, EL_GETTC, "co", &columns, nullptr);
  std::vector<std::string> words = completion.words;
  if (words.size() > kMostListed) words.resize(kMostListed);
  std::printf("\n%s", listing(words, static_cast<size_t>(std::max(columns, 20))).c_str());
  if (words.size() < completion.words.size()) std::printf("... %zu more\n", completion.words.size() - words.size());
  std::fflush(stdout);
  return CC_REDISPLAY;
}

Line EditReader::read(const std::string& prompt) {
  impl_->prompt = prompt;
  interrupted().store(false);
  int count = 0;
  const char* text = el_gets(impl_->edit, &count);
  if (interrupted().exchange(false)) {
    el_reset(impl_->edit);
    std::printf("^C\n");
    std::fflush(stdout);
    return {Line::Kind::interrupted, {}};
  }
  if (!text || count <= 0) {
    std::printf("\n");
    return {};
  }
  std::string line(text, static_cast<size_t>(count));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  HistEvent event;
  if (line.find_first_not_of(" \t") != std::string::npos) ::history(impl_->history, &event, H_ENTER, line.c_str());
  return {Line::Kind::text, std::move(line)};
}

std::filesystem::path history_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state && *state == '/') return std::filesystem::path(state) / "duet" / "history";
  const char* home = std::getenv("HOME");
  return home && *home ? std::filesystem::path(home) / ".local" / "state" / "duet" / "history"
                       : std::filesystem::path();
}

}  // namespace duet

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

// libFuzzer's interface: https://llvm.org/docs/LibFuzzer.html
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

void replay(const std::filesystem::path& file) {
    // Named before it is run, so that a crash tells which input it was.
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    std::string input(std::filesystem::file_size(file), '\0');
    std::ifstream(file, std::ios::binary)
        .read(input.data(), static_cast<std::streamsize>(input.size()));
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

/// replay CORPUS...: every file of these folders, and the empty input. No file at all is a failure.
int main(int argc, char** argv) {
    std::size_t files = 0;
    LLVMFuzzerTestOneInput(nullptr, 0);
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            replay(entry.path());
            ++files;
        }
    }
    std::printf("replayed %zu inputs\n", files);
    return files > 0 ? 0 : 1;
}

"""The checks can fail: each finds the fault that is put before it, and only that."""

import shutil
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Check(unittest.TestCase):
    tool: str

    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
        (self.root / "tools").mkdir()
        shutil.copy(ROOT / "tools/words.txt", self.root / "tools")

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def found(self) -> list[str]:
        done = subprocess.run([ROOT / "tools" / self.tool, self.root], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if done.stdout else 0)
        return done.stdout.splitlines()

    def finds(self, *parts: str) -> None:
        lines = self.found()
        self.assertEqual(len(lines), 1, lines)
        for part in parts:
            self.assertIn(part, lines[0])


class Words(Check):
    tool = "check-words"

    def test_clean_code_passes(self) -> None:
        self.write("src/base/a.hpp", "/// A new way to delete: sleep(1), catch (...).\n"
                   "[[nodiscard]] Result<std::map<int, Result<int>>> parse(std::string_view raw);\n"
                   'inline const char* text = "new int; delete x; rand()";\n'
                   "struct A { A(const A&) = delete; void closed(); std::vector<Result<int>> all; };\n")
        self.write("src/base/a.cpp", "Result<std::map<int, Result<int>>> parse(std::string_view raw) {\n"
                   "    const Result<int> one = two(1'000'000);\n    return one;\n}\n")
        self.write("tests/base/a_test.cpp", 'TEST_CASE("a thing does it") {}\n')
        self.assertEqual(self.found(), [])

    def test_words(self) -> None:
        for line, why in (
                ("co_await x;", "thread"), ("t.detach();", "join"), ("std::this_thread::sleep_for(1s);", "wait"),
                ("auto* p = new int;", "make_unique"), ("delete p;", "unique_ptr"), ("::close(fd);", "UniqueFd"),
                ("} catch (...) {", "bugs"), ("std::getenv(name);", "environment"), ("rand();", "fill_random"),
                ("volatile int x;", "atomic"), ("std::system(line);", "shell"), ("#define X 1", "constexpr"),
                ("class JobManager {", "name"), ("// TODO: later", "issue"), ("x();  // NOLINT", "names its check"),
                ("std::thread t;", "jthread"), ("int x = atoi(s);", "from_chars")):
            with self.subTest(line):
                self.write("src/base/a.cpp", f"void f();\n{line}\n")
                self.finds("src/base/a.cpp:2: ", why)

    def test_every_folder_of_code_is_looked_at(self) -> None:
        for folder in ("src/base", "fuzz", "tests/base", "bench/generator"):
            with self.subTest(folder):
                self.write(f"{folder}/a.cpp", "rand();\n")
                self.finds(f"{folder}/a.cpp:1: ", "fill_random")
                (self.root / folder / "a.cpp").unlink()

    def test_a_word_where_it_is_allowed(self) -> None:
        self.write("src/base/unique_fd.hpp", "void reset() { ::close(raw_); }\n")
        self.assertEqual(self.found(), [])

    def test_nodiscard(self) -> None:
        for line in ("Result<int> f();", "base::Result<std::vector<int>> g(int x);", "static Result<void>\nf();",
                     "public: Result<int> f() const;"):
            with self.subTest(line):
                self.write("src/base/a.hpp", f"struct A {{\n{line}\n}};\n")
                self.finds("src/base/a.hpp:2", "[[nodiscard]]")

    def test_long_files(self) -> None:
        self.write("src/base/a.cpp", "\n" * 401)
        self.finds("401 lines", "two ideas")

    def test_names_of_tests(self) -> None:
        self.write("tests/a_test.cpp", 'TEST_CASE("parse_works") {}\n')
        self.finds("parse_works", "sentence")


class Layers(Check):
    tool = "check-layers"

    def setUp(self) -> None:
        super().setUp()
        rules = (ROOT / "layers.toml").read_text()
        self.write("layers.toml", rules)
        for pair in tomllib.loads(rules)["apart"]:
            for exception in pair["together"]:
                self.write(exception, "")

    def test_code_that_keeps_to_its_layer_passes(self) -> None:
        self.write("src/api/a.cpp", '#include "job/job.hpp"\n#include <vector>\n#include <sys/socket.h>\n')
        self.write("src/capture/a.cpp", '#include "capture/af_packet/ring.hpp"\n')
        self.write("src/base/json.cpp", "#include <nlohmann/json.hpp>\n")
        self.write("src/job/run.cpp", '#include "capture/engine.hpp"\n#include "sink/sink.hpp"\n')
        self.assertEqual(self.found(), [])

    def test_each_kind_of_fault(self) -> None:
        for file, text, part in (
                ("src/base/a.cpp", '#include "job/job.hpp"\n', "base may not include"),
                ("src/cli/a.cpp", '#include "api/http.hpp"\n', "cli may not include"),
                ("src/job/a.cpp", '#include "capture/af_packet/ring.hpp"\n', "private to capture"),
                ("src/job/a.cpp", '#include "sink/sink.hpp"\n#include "capture/engine.hpp"\n', "meet only"),
                ("src/job/a.cpp", "#include <sqlite3.h>\n", "belongs in src/job/sqlite.cpp"),
                ("src/api/a.hpp", "#include <boost/asio.hpp>\n", "belongs in"),
                ("src/more/a.cpp", "", "not in layers.toml"),
                ("bench/generator/a.cpp", '#include "pcap/pcap_reader.hpp"\n', "bench/generator may not include")):
            with self.subTest(part):
                self.write(file, text)
                self.finds(file, part)
                (self.root / file).unlink()


class Docs(Check):
    tool = "check-docs"

    def setUp(self) -> None:
        super().setUp()
        self.write("docs/configuration.md", "| key |\n| `log.level` | `info` | |\n")
        self.write("docs/http-api.md", "`GET /healthz` is [here](configuration.md).\n| 404 | `not_found` | there is none |\n")
        self.write("docs/messages.md", "## `job.done`\n\nA job is done.\n")
        self.write("src/daemon/config_keys.cpp", '    {"log", "level", set_level},\n')
        self.write("src/api/routes.cpp", 'Route{"GET", "/healthz", health};\n')
        self.write("src/api/openapi.json", '{"paths": {"/healthz": {"parameters": [], "get": {}}}}')
        self.write("src/api/access.cpp", '{"GET", "/healthz", Access::open},\n')
        self.write("src/base/error.cpp", '{Errc::not_found, {"not_found", 404}},\n')
        self.write("src/job/run.cpp", 'log::info("job.done", {});\n')

    def test_documents_that_are_true_pass(self) -> None:
        self.assertEqual(self.found(), [])

    def test_each_kind_of_fault(self) -> None:
        for file, text, part in (
                ("src/daemon/config_keys.cpp", '    {"log", "colour",\n', "log.colour"),
                ("docs/configuration.md", "| `log.colour` | | |\n", "log.colour"),
                ("src/api/routes.cpp", '{"POST", "/api/v1/jobs", create}\n', "POST /api/v1/jobs"),
                ("src/api/access.cpp", '{"POST", "/api/v1/jobs", Access::admin},\n', "POST /api/v1/jobs is not in src/api"),
                ("docs/http-api.md", "`DELETE /api/v1/jobs/{id}`\n", "DELETE /api/v1/jobs/{id}"),
                ("src/job/run.cpp", 'log::error(\n    "job.lost", {});\n', "job.lost"),
                ("docs/messages.md", "## `job.lost`\n", "job.lost"),
                ("docs/http-api.md", "| 409 | `conflicts` | it is |\n", "conflicts"),
                ("docs/messages.md", "[there](nowhere.md)\n", "nowhere.md"),
                ("docs/messages.md", "[there](configuration.md#keys)\n", "no such heading")):
            with self.subTest(file=file, part=part):
                before = (self.root / file).read_text()
                self.write(file, before + text)
                self.finds(part)
                self.write(file, before)

    def test_a_route_that_the_openapi_document_lacks_or_has_too_much(self) -> None:
        self.write("src/api/openapi.json", '{"paths": {}}')
        self.finds("src/api/openapi.json: route GET /healthz of src/api is missing")
        self.write("src/api/openapi.json", '{"paths": {"/healthz": {"get": {}, "put": {}}}}')
        self.finds("src/api/openapi.json: route PUT /healthz is not in src/api")

    def test_a_name_that_the_openapi_document_has_twice(self) -> None:
        self.write("src/api/openapi.json", '{"paths": {"/healthz": {"put": {}}, "/healthz": {"get": {}}}}')
        self.finds("src/api/openapi.json: /healthz is there twice")


if __name__ == "__main__":
    unittest.main()

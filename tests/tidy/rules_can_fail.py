"""Shows each rule a small tree that breaks it: a rule that cannot fail checks nothing."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CASES = [
    ("layering.py", "core/model/a.h", '#pragma once\n#include "core/ports/b.h"\n', "core/ports/b.h"),
    ("layering.py", "core/operations/a.cc", "#include <librdkafka/rdkafka.h>\n", "librdkafka"),
    ("layering.py", "core/operations/a.cc", "#include <thread>\n", "thread"),
    ("layering.py", "adapters/kafka/a.cc", '#include "adapters/debezium/b.h"\n', "adapters/debezium"),
    ("house_style.py", "core/model/a.h", "int a;\n", "pragma once"),
    ("house_style.py", "service/a.cc", "void F() { std::this_thread::sleep_for(x); }\n", "no sleeps"),
    ("house_style.py", "core/a.cc", "int a;\n" * 401, "over 400"),
    ("house_style.py", "docs/a.md", "see /" + "work/main/x\n", "path of one machine"),
    ("formatting.py", "core/model/a.cc", "int   a ;\n", "clang-format"),
]


def main():
    failures = 0
    for rule, name, text, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            (pathlib.Path(folder) / "core").mkdir(exist_ok=True)
            (pathlib.Path(folder) / "core/README.md").write_text("x", encoding="utf-8")
            (pathlib.Path(folder) / "core/ok.cc").write_text("int b;\n", encoding="utf-8")
            result = subprocess.run([sys.executable, str(HERE / rule), folder], capture_output=True,
                                    text=True, check=False)
            if result.returncode != 1 or expected not in result.stdout:
                failures += 1
                print(f"{rule} let {name} pass:\n{result.stdout}{result.stderr}")
    print(f"{len(CASES) - failures} of {len(CASES)} breaches were found")
    sys.exit(1 if failures else 0)


main()

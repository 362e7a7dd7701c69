"""Writes empty interfaces for the SAML types that the security module names.

The SAML library is not on Maven Central; with these the module's classes link, and SAML realms stay
unusable. Usage: empty_saml_types.py SECURITY_JAR OUTPUT_FOLDER (one folder per Java module).
"""

import pathlib
import re
import sys
import zipfile

MODULES = {
    "org.opensaml.core": "org/opensaml",
    "net.shibboleth.utilities.java.support": "net/shibboleth",
}
EMPTY_MODULES = [
    f"org.opensaml.{name}{suffix}"
    for name in ("saml", "security", "xmlsec")
    for suffix in ("", ".impl")
]
TYPE = re.compile(rb"(?:org/opensaml|net/shibboleth)/[a-z0-9_/]*[A-Z][A-Za-z0-9_]*")


def main() -> None:
    jar, output = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
    types = set()
    for name in jar.namelist():
        if name.endswith(".class"):
            types.update(match.decode() for match in TYPE.findall(jar.read(name)))
    for module, prefix in MODULES.items():
        exports = set()
        for path in sorted(t for t in types if t.startswith(prefix)):
            folder, simple_name = path.rsplit("/", 1)
            package = folder.replace("/", ".")
            exports.add(package)
            target = output / module / folder
            target.mkdir(parents=True, exist_ok=True)
            source = f"package {package};\n\npublic interface {simple_name} {{}}\n"
            (target / f"{simple_name}.java").write_text(source)
        body = "".join(f" exports {package};" for package in sorted(exports))
        (output / module / "module-info.java").write_text(f"module {module} {{{body} }}\n")
    for module in EMPTY_MODULES:
        (output / module).mkdir(parents=True, exist_ok=True)
        (output / module / "module-info.java").write_text(f"module {module} {{}}\n")


main()

"""Checks docker/compose.yaml and .devcontainer/devcontainer.json. Usage: check_docker.py REPOSITORY.

Prints one line a fault and exits 1 if there is any.
"""

import json
import pathlib
import re
import sys

import yaml
from compose_spec.models import ComposeSpecification, Service
from pydantic import ValidationError

ONE_SHOT = {"connector"}  # ends by itself, so it has no health check
IMAGE_VERSIONS = {
    "apache/kafka": "KAFKA_VERSION",
    "quay.io/debezium/connect": "DEBEZIUM_VERSION",
    "docker.elastic.co/elasticsearch/elasticsearch": "ELASTICSEARCH_VERSION",
}


def read_versions(root: pathlib.Path) -> dict:
    lines = (root / "scripts/versions.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z0-9_]+=", line))


def image_faults(name: str, service: dict, versions: dict):
    image = service.get("image", "")
    repository, _, tag = image.rpartition(":")
    if "build" in service:
        return
    if not repository or not re.search(r"\d+\.\d+", tag):
        yield f"{name}: image '{image}' is not pinned to a version"
    variable = IMAGE_VERSIONS.get(repository)
    if variable and versions[variable] != tag:
        yield f"{name}: image tag {tag} differs from {variable}={versions[variable]}"
    if repository == "postgres" and tag.split(".")[0] != versions["POSTGRES_MAJOR"]:
        yield f"{name}: major version {tag} differs from {versions['POSTGRES_MAJOR']}"


def unknown_keys(name: str, given: dict, model):
    """Faults for keys that the specification does not have; its own models ignore them."""
    known = {field.alias or key for key, field in model.model_fields.items()}
    for key in given:
        if key not in known and not key.startswith("x-"):
            yield f"{name}: no such key: {key}"


def service_faults(name: str, services: dict, folder: pathlib.Path):
    service = services[name]
    if name not in ONE_SHOT and not service.get("healthcheck", {}).get("test"):
        yield f"{name}: no health check"
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"{name}: port {port} is published beyond loopback"
    for mount in service.get("volumes", []):
        source = str(mount).split(":")[0]
        if source.startswith(".") and not (folder / source).is_file():
            yield f"{name}: mounted file {source} does not exist"
    for other, how in service.get("depends_on", {}).items():
        condition = how["condition"]
        if other not in services:
            yield f"{name}: depends on {other}, which does not exist"
        elif (condition == "service_completed_successfully") != (other in ONE_SHOT):
            yield f"{name}: condition {condition} does not fit {other}"
    build = service.get("build")
    if build and not (folder / build["context"] / build["dockerfile"]).is_file():
        yield f"{name}: no file {build['dockerfile']}"


def compose_faults(root: pathlib.Path):
    path = root / "docker/compose.yaml"
    document = yaml.safe_load(path.read_text())
    try:
        ComposeSpecification.model_validate(document)
    except ValidationError as error:
        for fault in error.errors():
            yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        return
    versions = read_versions(root)
    services = document["services"]
    yield from unknown_keys("top level", document, ComposeSpecification)
    for name in services:
        yield from unknown_keys(name, services[name], Service)
        yield from image_faults(name, services[name], versions)
        yield from service_faults(name, services, path.parent)


def dockerfile_faults(root: pathlib.Path):
    text = (root / "docker/Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.M)
    for base in bases:
        if not re.fullmatch(r"debian:\d+\.\d+-slim", base):
            yield f"base image {base} is not a pinned slim Debian"
    if not re.search(r"^USER 65532:65532$", text, re.M):
        yield "does not run as user 65532"
    if "sluice --version" not in text:
        yield "does not try the program while building"


def devcontainer_faults(root: pathlib.Path):
    document = json.loads((root / ".devcontainer/devcontainer.json").read_text())
    command = document.get("postCreateCommand", "")
    if command != "scripts/bootstrap":
        yield f"postCreateCommand is '{command}', not scripts/bootstrap"
    if not document.get("image", "").endswith("bookworm"):
        yield "is not a Debian 12 image"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    checks = {
        "docker/compose.yaml": compose_faults,
        "docker/Dockerfile": dockerfile_faults,
        ".devcontainer/devcontainer.json": devcontainer_faults,
    }
    faults = [f"{path}: {fault}" for path, check in checks.items() for fault in check(root)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main())

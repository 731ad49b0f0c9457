#!/usr/bin/python3
"""All JSON that the program writes is as the schemas in src/report say.

    schema_test.py 'PROGRAM' MODEL FOLDER

FOLDER holds images, good and bad; PROGRAM may be a command line of several words.
"""
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "src" / "report"


def validator(name):
    schema = json.loads((SCHEMAS / name).read_text())
    checker = jsonschema.validators.validator_for(schema)
    checker.check_schema(schema)
    return checker(schema)


def main(program, model, folder):
    records = validator("record.schema.json")
    metadata = validator("run_metadata.schema.json")
    classify = shlex.split(program) + ["classify", "--threads", "1", "--model", model, "--format", "json"]

    def lines(arguments, stdin=b""):
        run = subprocess.run(classify + arguments, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert run.returncode in (0, 1), (arguments, run.returncode)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def check(found, errors):
        assert found
        for record in found:
            records.validate(record)
        assert any(record["error"] for record in found) == errors, found

    check(lines([folder, folder + "/none"]), True)
    check(lines(["--layers", "--top-k", "1000000", folder]), True)
    check(lines(["--threshold", "1", folder + "/good.ppm"]), False)
    jpeg = (SCHEMAS.parents[1] / "models/sample/chelsea.jpg").read_bytes()
    frames = lines(["--stream", "mjpeg"], jpeg)
    assert [frame["frame"] for frame in frames] == [1]
    check(frames, False)
    with tempfile.TemporaryDirectory() as temporary:
        out = pathlib.Path(temporary) / "out.json"
        lines(["--output", str(out), folder, folder + "/none"])
        check([json.loads(line) for line in out.read_bytes().splitlines()], True)
        metadata.validate(json.loads(out.with_name("out.json.meta.json").read_text()))
        merged = out.with_name("merged.json")
        subprocess.run(shlex.split(program) + ["merge", "--output", str(merged), str(out)], check=True)
        metadata.validate(json.loads(out.with_name("merged.json.meta.json").read_text()))

    summaries = validator("summary.schema.json")

    def summary(*arguments):
        run = subprocess.run(shlex.split(program) + ["summary", "--format", "json", *arguments],
                             stdout=subprocess.PIPE, check=True)
        found = [json.loads(line) for line in run.stdout.splitlines()]
        assert found
        for line in found:
            summaries.validate(line)
        return found

    summary()
    summary("--model", model)
    for line in [summary("--separable")[0], summary("--compare", "mobilenet_v1,mobilenet_v1_0.3," + model)[1],
                 summary("--paper")[0]]:
        for name in line:
            assert not summaries.is_valid({key: value for key, value in line.items() if key != name}), name
        assert not summaries.is_valid({**line, "extra": 1})

    reports = validator("teach.schema.json")
    with tempfile.TemporaryDirectory() as temporary:
        photos = pathlib.Path(temporary)
        picture = (pathlib.Path(folder) / "good.ppm").read_bytes()
        for index in range(18):  # the same in both classes; some of them none of the classes
            kind = photos / "photos" / ["a", "b", "_other"][index % 3]
            kind.mkdir(parents=True, exist_ok=True)
            (kind / f"{index}.ppm").write_bytes(picture)
        (photos / "photos/a/bad.jpg").write_bytes(b"no picture")
        own = photos / "own.safetensors"
        run = subprocess.run(shlex.split(program) + ["teach", str(photos / "photos"), "--model", model, "--output", str(own),
                                                     "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert run.returncode == 1
        report = json.loads(run.stdout)
        reports.validate(report)
        assert report["alike"] and report["unknown"] and report["failed"] == 1, report
        for name in report:
            assert not reports.is_valid({key: value for key, value in report.items() if key != name}), name
        features = photos / "own.safetensors.features"
        check([json.loads(line) for line in features.read_bytes().splitlines()], True)
        metadata.validate(json.loads(features.with_name(features.name + ".meta.json").read_text()))

    # The schemas do not accept everything.
    good = lines([folder + "/good.ppm"])[0]
    for change in ({"width": "40"}, {"error": "x"}, {"extra": 1}, {"decode_ms": -1}):
        assert not records.is_valid({**good, **change}), change
    for name in good:
        assert not records.is_valid({key: value for key, value in good.items() if key != name}), name


if __name__ == "__main__":
    main(*sys.argv[1:])

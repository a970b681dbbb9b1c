"""`plantseg finetune` from photos to a model folder, with a real small network."""

import json
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from plantseg_gui.__main__ import main
from plantseg_gui.nn.checkpoint import load_model
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_labels, write_mask
from plantseg_gui.storage.models import read_model
from plantseg_gui.training import protocol as p
from plantseg_gui.training.resume import CHECKPOINT_FILE, load_checkpoint
from tests.training.conftest import small_model, spotted
from tests.training.test_resume import kill_after, start

__all__ = ["small_model"]


def make_photos(folder, count):
    for number in range(count):
        image, mask = spotted(number)
        write_png(folder / "images" / f"p{number}.png", image)
        write_mask(folder / "masks" / f"p{number}.png", mask)


def arguments(folder, base, out, *more, updates=12):
    return [
        *("finetune", "--images", str(folder / "images"), "--masks", str(folder / "masks")),
        *("--base", str(base), "--out", str(out), "--updates", str(updates), "--threads", "1"),
        *more,
    ]


def events_of(run_dir):
    return p.EventTail(run_dir).poll()


def kinds(events):
    return [type(e) for e in events]


def test_trial_says_the_time_and_leaves_no_model(tmp_path, small_model, capsys):
    make_photos(tmp_path, 3)
    out = tmp_path / "mine"
    assert main(arguments(tmp_path, small_model, out, "--trial")) == 0
    told = capsys.readouterr().out
    assert "12 updates" not in told  # the folds are counted too
    assert "One update takes" in told
    assert "Reading the photos and measuring took" in told
    events = events_of(out / "run")
    trial = next(e for e in events if isinstance(e, p.Trial))
    assert trial.estimated_s > 0
    assert kinds(events)[-1] is p.Finished
    assert p.Step not in kinds(events)
    assert not (out / "config.json").exists()
    assert not (out / "run" / CHECKPOINT_FILE).exists()
    # The real run may follow in the same folder.
    assert main(arguments(tmp_path, small_model, out)) == 0
    assert (out / "config.json").exists()


def test_four_photos_give_a_model_and_a_leave_one_out_estimate(tmp_path, small_model, capsys):
    make_photos(tmp_path, 4)
    out = tmp_path / "mine"
    assert main(arguments(tmp_path, small_model, out)) == 0
    assert not read_model(out).damaged
    meta = load_model(out).meta
    assert (meta.name, meta.parent) == ("mine", "small")
    assert meta.training["photos"] == 4
    assert "leave-one-out" in (out / "card.md").read_text(encoding="utf-8")
    events = events_of(out / "run")
    assert kinds(events)[0] is p.Started
    assert kinds(events).count(p.Epoch) == 4
    last = events[-1]
    assert isinstance(last, p.Finished)
    assert last.model == str(out)
    assert last.results["method"] == "leave-one-out estimate"
    assert set(last.results["before"]) == set(last.results["after"])
    assert len(last.results["after"]) == 4
    steps = [e for e in events if isinstance(e, p.Step)]
    assert {e.phase for e in steps} == {"train", "check"}
    trial = next(e for e in events if isinstance(e, p.Trial))
    assert steps[-1].update == steps[-1].updates == trial.updates
    assert "leave-one-out estimate" in capsys.readouterr().out
    assert not (out / "run" / CHECKPOINT_FILE).exists()


def test_eight_photos_are_judged_by_two_that_were_held_out(tmp_path, small_model, capsys):
    make_photos(tmp_path, 8)
    out = tmp_path / "mine"
    assert main(arguments(tmp_path, small_model, out, "--progress", "json")) == 0
    said = [p.parse_line(line) for line in capsys.readouterr().out.splitlines()]
    events = events_of(out / "run")
    assert said == events
    last = events[-1]
    assert last.results["method"] == "held-out photos"
    assert last.results["held_out"] == len(last.results["after"]) == 2
    epochs = [e for e in events if isinstance(e, p.Epoch)]
    assert epochs[0].update == 0
    assert set(epochs[0].dice) == set(last.results["before"])
    assert epochs[0].dice == pytest.approx(last.results["before"], abs=1e-3)
    previews = [e for e in events if isinstance(e, p.Preview)]
    assert all(e.held_out and e.photo_id in last.results["after"] for e in previews)
    assert (
        main(
            [
                "predict",
                str(tmp_path / "images" / "p0.png"),
                "--model",
                str(out),
                "--out",
                str(tmp_path / "pred"),
            ]
        )
        == 0
    )
    report = json.loads((tmp_path / "pred" / "p0.json").read_text())
    assert report["model"] == "mine"


def test_two_photos_are_too_few_to_judge(tmp_path, small_model, capsys):
    make_photos(tmp_path, 2)
    assert main(arguments(tmp_path, small_model, tmp_path / "mine")) == 0
    last = events_of(tmp_path / "mine" / "run")[-1]
    assert last.results["method"] == "too few to judge"
    assert last.results["dice_after"] is None
    assert "Too few" in capsys.readouterr().out


def window_job(folder, base, updates, count=4):
    """A window's job of one approved and otherwise corrected photos."""
    run_dir = folder / "run 1"
    photos = []
    for number in range(count):
        image, mask = spotted(number)
        write_png(folder / f"p{number}.png", image)
        labels, touched = folder / f"l{number}.png", folder / f"t{number}.png"
        write_labels(labels, mask.astype(np.uint16))
        write_mask(touched, mask)
        photos.append(
            {
                "image": str(folder / f"p{number}.png"),
                "labels": str(labels),
                "touched": str(touched) if number else None,
                "approved": number == 0,
                "photo_id": f"id{number}",
            }
        )
    run_dir.mkdir(parents=True)
    job = {"photos": photos, "base": str(base), "out": str(run_dir / "model"), "minutes": 1}
    job |= {"name": "leaf-v2", "updates": updates, "recipe": {"checkpoint_s": 0.2}}
    (run_dir / "job.json").write_text(json.dumps(job))
    return run_dir


def test_killed_and_resumed_gives_the_same_model(tmp_path, small_model):
    dirs = [window_job(tmp_path / name, small_model, 60) for name in ("killed", "whole")]
    job = ["finetune", "--threads", "1", "--progress", "none", "--job"]
    kill_after(start([*job, str(dirs[0] / "job.json")]), (dirs[0] / CHECKPOINT_FILE).exists)
    assert not (dirs[0] / "model").exists()
    assert 0 < load_checkpoint(dirs[0]).state["update"] < 60
    for run_dir, resume in ((dirs[0], ["--resume"]), (dirs[1], [])):
        assert main([*job, str(run_dir / "job.json"), *resume]) == 0
        assert load_model(run_dir / "model").meta.name == "leaf-v2"
    a, b = (load_file(d / "model" / "weights.safetensors") for d in dirs)
    assert all(torch.equal(a[k], b[k]) for k in a | b)
    assert kinds(events_of(dirs[0])).count(p.Started) == 2


def test_stop_keeps_what_was_learned(tmp_path, small_model):
    run_dir = window_job(tmp_path, small_model, 600)
    child = start(["finetune", "--threads", "1", "--job", str(run_dir / "job.json")])
    try:
        deadline = time.monotonic() + 90
        while not any(isinstance(e, p.Step) for e in events_of(run_dir)):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        p.send_command(run_dir, "stop")
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        child.wait()
    last = events_of(run_dir)[-1]
    assert isinstance(last, p.Stopped)
    assert 0 < last.update < 600
    assert load_model(run_dir / "model").meta.training["stopped"]


def test_stop_before_anything_was_learned_leaves_no_model(tmp_path, small_model):
    run_dir = window_job(tmp_path, small_model, 40)
    p.send_command(run_dir, "stop")
    assert main(["finetune", "--job", str(run_dir / "job.json"), "--threads", "1"]) == 0
    last = events_of(run_dir)[-1]
    assert isinstance(last, p.Stopped)
    assert last.model == ""
    assert not (run_dir / "model").exists()


def test_faults_are_one_line_and_one_event(tmp_path, small_model, capsys):
    make_photos(tmp_path, 3)
    out = tmp_path / "mine"
    assert main(arguments(tmp_path, tmp_path / "no-model", out)) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "no-model" in said[0]
    error = events_of(out / "run")[-1]
    assert isinstance(error, p.Error)
    assert error.category == "input"


@pytest.mark.parametrize(
    "args",
    [
        ["--images", "x"],
        ["--job", "none.json"],
        ["--images", "x", "--masks", "y", "--out", "z", "--job", "j"],
    ],
)
def test_wrong_usage(args, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["finetune", *args]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_model_is_not_overwritten(tmp_path, small_model, capsys):
    make_photos(tmp_path, 2)
    assert main(arguments(tmp_path, small_model, tmp_path / "mine", updates=2)) == 0
    assert main(arguments(tmp_path, small_model, tmp_path / "mine", updates=2)) == 2
    assert "already holds a model" in capsys.readouterr().err


def test_photos_without_a_partner_are_named_and_bad_ones_left_out(tmp_path, small_model, capsys):
    make_photos(tmp_path, 2)
    write_png(tmp_path / "images" / "lonely.png", spotted(9)[0])
    write_png(tmp_path / "images" / "odd.png", spotted(9)[0])
    write_mask(tmp_path / "masks" / "odd.png", np.zeros((5, 5), bool))
    assert main(arguments(tmp_path, small_model, tmp_path / "mine", updates=2)) == 0
    err = capsys.readouterr().err
    assert "lonely.png has no mask" in err
    assert "odd" in err
    assert load_model(tmp_path / "mine").meta.training["photos"] == 2


def test_a_training_that_goes_astray_begins_again_with_smaller_steps(tmp_path, small_model):
    run_dir = window_job(tmp_path, small_model, 40)
    job = json.loads((run_dir / "job.json").read_text())
    job["recipe"] |= {"lr": 0.9, "warm_share": 0.5}
    (run_dir / "job.json").write_text(json.dumps(job))
    main(["finetune", "--job", str(run_dir / "job.json"), "--threads", "1"])
    warnings = [e.text for e in events_of(run_dir) if isinstance(e, p.Warning_)]
    assert any("smaller steps" in w for w in warnings)


def test_the_recipe_can_be_set_and_other_photos_of_the_crop_named(tmp_path, small_model, capsys):
    make_photos(tmp_path, 3)
    more = tmp_path / "more"
    for number in range(30, 33):
        write_png(more / f"q{number}.png", spotted(number)[0])
    (more / "bad.png").write_text("no picture")
    out = tmp_path / "mine"
    given = ("--set", "unfreeze=none", "--set", "new_share=0.5", "--like", str(more))
    assert main(arguments(tmp_path, small_model, out, *given, updates=3)) == 0
    assert "bad.png is not looked at" in capsys.readouterr().err
    model = load_model(out)
    assert model.meta.training["recipe"]["unfreeze"] == "none"
    assert model.meta.training["share"] == 0.5
    # Three photos learned from, three that it is for.
    assert len(model.scope.anchors) == 6
    assert model.outside.meta.name == "small"


def test_a_version_of_a_version_keeps_the_weights_at_the_root(tmp_path, small_model):
    make_photos(tmp_path, 2)
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(arguments(tmp_path, small_model, first, updates=2)) == 0
    assert main(arguments(tmp_path, first, second, "--seed", "2", updates=2)) == 0
    model, root = load_model(second), load_model(small_model)
    assert model.meta.parent == "first"
    assert model.outside.meta.name == "small"
    theirs, mine = root.network.state_dict(), model.outside.network.state_dict()
    assert all(torch.equal(theirs[k], mine[k]) for k in theirs)
    assert len(model.scope.anchors) == 4


def test_an_unknown_setting_is_named(tmp_path, small_model, capsys):
    make_photos(tmp_path, 1)
    assert main(arguments(tmp_path, small_model, tmp_path / "m", "--set", "colour=red")) != 0
    assert "There is no setting 'colour'" in capsys.readouterr().err

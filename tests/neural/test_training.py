"""The training loop: against a loop written out by hand, cut into parts, stopped and resumed."""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from ntp_lib.core import Tokens
from ntp_lib.neural import ModelConfig, TrainingConfig, build, log_spaced, train
from ntp_lib.neural.checkpoints import checkpoints, load_checkpoint, save_checkpoint
from tests.neural.training_job import MODEL, Ragged, config


def model():
    return build(MODEL, seed=3)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_it_is_the_loop_written_out():
    ours, by_hand = model(), model()
    settings = config(20, weight_decay=0.3)
    losses = train(ours, Ragged(), settings)
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=0.02, weight_decay=0.3)
    expected = []
    for step in range(20):
        batch = torch.from_numpy(Ragged().batch(step, 8))
        for group in optimizer.param_groups:
            if step < 5:
                group["lr"] = 0.02 * (step + 1) / 5
            else:
                group["lr"] = 0.02 * 0.5 * (1 + np.cos(np.pi * (step - 5) / 15))
        logits = by_hand(batch[:, :-1])[:, 1:]
        loss = cross_entropy(logits.flatten(0, 1), batch[:, 2:].flatten(), ignore_index=5)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(by_hand.parameters(), 1.0)
        optimizer.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for one, other in zip(ours.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_it_learns():
    losses = train(model(), Ragged(), config(300))
    assert losses[0] > 1.5
    assert np.mean(losses[-20:]) < 0.05


def test_seeds_reproduce():
    assert train(model(), Ragged(), config(5)) == train(model(), Ragged(), config(5))
    assert train(build(MODEL, seed=4), Ragged(), config(5)) != train(model(), Ragged(), config(5))


@pytest.mark.parametrize("parts", [2, 8])
def test_a_batch_in_parts_is_the_same_batch(parts):
    whole = train(model(), Ragged(), config(20))
    cut = train(model(), Ragged(), replace(config(20), accumulate=parts))
    np.testing.assert_allclose(cut, whole, rtol=1e-4)


def test_clipping_bounds_the_first_update():
    moved = []
    for clip in (1e-9, 1.0):  # AdamW divides by √v + 1e-8: a gradient far below that moves little
        net = model()
        before = [p.detach().clone() for p in net.parameters()]
        train(net, Ragged(), replace(config(1), clip=clip, weight_decay=0.0))
        after = [p.detach() for p in net.parameters()]
        moved.append(max(float((a - b).abs().max()) for a, b in zip(after, before, strict=True)))
    assert moved[0] < 0.1 * moved[1]


def test_bfloat16_is_close_and_not_the_same():
    exact = np.array(train(model(), Ragged(), config(20)))
    rounded = np.array(train(model(), Ragged(), replace(config(20), precision="bf16")))
    assert 0 < abs(rounded - exact).max() < 0.05


def test_resuming_after_every_checkpoint_gives_the_same_bits(tmp_path):
    whole_model = model()
    whole = train(whole_model, Ragged(), config(12, 4), tmp_path)
    # the two checkpoints kept are those after 8 and 12 updates
    assert [path.name.split("-")[1] for path in checkpoints(tmp_path)] == ["8", "12"]
    checkpoints(tmp_path)[-1].unlink()
    again = model()
    assert train(again, Ragged(), config(12, 4), tmp_path, resume=True) == whole
    for one, other in zip(whole_model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_truncated_checkpoint_is_named_and_the_one_before_is_used(tmp_path):
    whole = train(model(), Ragged(), config(12, 4), tmp_path)
    newest = checkpoints(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(RuntimeWarning, match=f"{newest.name} is truncated or corrupt; step-8-"):
        again = train(model(), Ragged(), config(12, 4), tmp_path, resume=True)
    assert again == whole
    assert not newest.exists() or load_checkpoint(tmp_path)[0] == 12


def test_no_whole_checkpoint_is_an_error(tmp_path):
    save_checkpoint(tmp_path, 3, {"losses": [1.0]})
    (path,) = checkpoints(tmp_path)
    path.write_bytes(b"0" * path.stat().st_size)
    with pytest.raises(ValueError, match="no checkpoint before it is left"):
        train(model(), Ragged(), config(12), tmp_path, resume=True)


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, 1, {"step": 1})

    def full(state, file):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(tmp_path, 2, {"step": 2})
    assert load_checkpoint(tmp_path) == (1, {"step": 1})


@dataclass(frozen=True)
class CtrlC(Ragged):
    """Ctrl-C is pressed while the batch of step 5 is drawn."""

    def batch(self, step: int, size: int) -> Tokens:
        if step == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return super().batch(step, size)


def test_ctrl_c_ends_the_step_and_keeps_it(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=r"stopped after step 6 of 12; .* its checkpoint"):
        train(model(), CtrlC(), config(12), tmp_path)
    assert signal.getsignal(signal.SIGINT) is before
    assert load_checkpoint(tmp_path)[0] == 6
    resumed = train(model(), Ragged(), config(12), tmp_path, resume=True)
    assert resumed == train(model(), Ragged(), config(12))


def test_measurements_are_kept_across_a_stop(tmp_path):
    seen = []

    def measure(net):
        assert not net.training
        seen.append(len(seen))
        return {"count": seen[-1]}

    with pytest.raises(KeyboardInterrupt):
        train(model(), CtrlC(), config(12, 4), tmp_path, measure=measure)
    train(model(), Ragged(), config(12, 4), tmp_path, resume=True, measure=measure)
    _, state = load_checkpoint(tmp_path)
    assert state["measured"] == [(4, {"count": 0}), (8, {"count": 1}), (12, {"count": 2})]
    assert state["seconds"] > 0


def test_it_measures_where_it_is_told_to_and_resumes_from_there(tmp_path):
    settings = config(12, 5, measure_at=(1, 2, 4, 7))
    losses = train(model(), Ragged(), settings, tmp_path, measure=lambda net: "measured")
    assert losses == train(model(), Ragged(), config(12))
    measured = load_checkpoint(tmp_path)[1]["measured"]
    assert [step for step, _ in measured] == [1, 2, 4, 5, 7, 10, 12]

    # Ctrl-C after 6 updates and a checkpoint lost: it goes on from those after 5
    stopped = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        train(model(), CtrlC(), settings, stopped, measure=lambda net: "measured")
    checkpoints(stopped)[-1].unlink()
    assert load_checkpoint(stopped)[0] == 5
    again = train(model(), Ragged(), settings, stopped, resume=True, measure=lambda net: "measured")
    assert again == losses
    assert load_checkpoint(stopped)[1]["measured"] == measured


def test_a_checkpoint_that_knows_no_such_setting_is_resumed(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(model(), CtrlC(), config(12), tmp_path)
    step, state = load_checkpoint(tmp_path)
    del state["configuration"]["training"]["measure_at"]
    save_checkpoint(tmp_path, step, state)
    resumed = train(model(), Ragged(), config(12), tmp_path, resume=True)
    assert resumed == train(model(), Ragged(), config(12))


def test_a_configuration_comes_back_from_json():
    settings = config(20, measure_at=(1, 3, 10))
    again = TrainingConfig(**json.loads(json.dumps(asdict(settings))))
    assert again == settings
    assert hash(again) == hash(settings)


def test_log_spaced_updates_increase_from_first_to_last():
    for steps in [*range(2, 60), 1000, 12_345]:
        for count in range(2, min(steps, 60) + 1):
            points = log_spaced(steps, count)
            assert len(points) == count
            assert (points[0], points[-1]) == (1, steps)
            assert (np.diff(points) > 0).all()
            TrainingConfig(steps, batch=1, learning_rate=1.0, measure_at=points)
    for steps, count in ((10, 1), (10, 11), (1, 1)):
        with pytest.raises(ValueError, match=f"count is {count}; give 2 to {steps}"):
            log_spaced(steps, count)


def test_a_log_says_how_far_it_is_where_it_is_asked_to(caplog):
    train(model(), Ragged(), config(10, 5))
    assert not caplog.records
    with caplog.at_level("INFO", logger="ntp_lib"):
        losses = train(model(), Ragged(), config(10, 5))
    assert caplog.messages == [f"step {k} of 10: loss {losses[k - 1]:.4f}" for k in (5, 10)]


def test_reports_replace_the_progress_bar(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(model(), Ragged(), config(4))
    assert "4/4" in capsys.readouterr().err
    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        train(model(), CtrlC(), config(8), tmp_path, report=seen.append)
    train(model(), Ragged(), config(8), tmp_path, resume=True, report=seen.append)
    assert seen == [0, 1, 2, 3, 4, 5, 6, 6, 7, 8]
    assert not capsys.readouterr().err


def test_a_run_is_not_overwritten(tmp_path):
    train(model(), Ragged(), config(4), tmp_path)
    with pytest.raises(ValueError, match=f"{tmp_path} holds .* resume it .* another folder"):
        train(model(), Ragged(), config(4), tmp_path)


def test_another_configuration_is_named_field_by_field(tmp_path):
    train(model(), Ragged(), config(4), tmp_path)
    with pytest.raises(ValueError, match="another configuration") as refused:
        train(
            build(replace(MODEL, kind="linear", positions=7), seed=3),
            Ragged(length=8),
            replace(config(4), learning_rate=0.5),
            tmp_path,
            resume=True,
        )
    for difference in (
        "model.kind: 'mlp' in the checkpoint, 'linear' now",
        "training.learning_rate: 0.02 in the checkpoint, 0.5 now",
        "corpus.length: 7 in the checkpoint, 8 now",
    ):
        assert difference in str(refused.value)
    # how often checkpoints are written changes nothing else
    train(model(), Ragged(), config(4, checkpoint_every=2), tmp_path, resume=True)


def test_a_corpus_must_fit_the_model():
    with pytest.raises(ValueError, match=r"have 8 tokens.* positions=7"):
        train(model(), Ragged(length=8), config(4))
    with pytest.raises(ValueError, match="first predicted token is 7 of 7"):
        train(model(), Ragged(first=7), config(4))


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    broken = model()
    with torch.no_grad():
        broken.output.weight[0, 0] = torch.nan
    with pytest.raises(FloatingPointError, match="nan at step 0; lower the learning rate"):
        train(broken, Ragged(), config(4), tmp_path)
    assert not checkpoints(tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", 0, "steps is 0; give at least 1"),
        ("batch", 0, "batch is 0"),
        ("checkpoint_every", 0, "checkpoint_every is 0"),
        ("accumulate", 3, "cannot be cut into 3 equal parts"),
        ("learning_rate", 0.0, "learning_rate is 0.0; give more than 0"),
        ("learning_rate", float("nan"), "learning_rate is nan"),
        ("weight_decay", -0.1, "weight_decay is -0.1"),
        ("clip", 0.0, "clip is 0.0"),
        ("warmup", 20, "warmup is 20; give 0 to 19"),
        ("decay", "step", "decay is 'step'"),
        ("precision", "fp8", "precision is 'fp8'"),
        ("measure_at", (0, 5), "measure_at is .*; give increasing numbers from 1 to 20"),
        ("measure_at", (5, 5), "give increasing numbers"),
        ("measure_at", (5, 21), "give increasing numbers from 1 to 20"),
    ],
)
def test_bad_settings(field, value, message):
    with pytest.raises(ValueError, match=message):
        replace(config(20), **{field: value})


@pytest.mark.parametrize("decay", ["cosine", "linear"])
def test_the_rate_rises_and_falls(decay):
    settings = TrainingConfig(100, batch=1, learning_rate=1.0, warmup=20, decay=decay)
    rates = [settings.rate(step) for step in range(100)]
    assert rates[:20] == pytest.approx([(k + 1) / 20 for k in range(20)])
    assert rates[20] == 1.0
    assert (np.diff(rates[20:]) < 0).all()
    assert rates[60] == pytest.approx(0.5)
    assert 0 < rates[-1] < 0.02


def test_a_transformer_trains_too():
    net = build(ModelConfig("transformer", 6, 6, 8, layers=1, heads=2), seed=0)
    losses = train(net, Ragged(), config(100))
    assert losses[-1] < 0.5 * losses[0]


def test_train_leaves_torch_s_thread_count_and_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train(model(), Ragged(), config(2))
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak begin anew")
def test_the_peak_of_memory_is_this_run_s(tmp_path):
    before = np.ones(20_000_000)  # 160 MB, used and given back
    assert before.sum() == 20_000_000
    del before
    train(model(), Ragged(), config(4), tmp_path)
    small = load_checkpoint(tmp_path)[1]["peak_bytes"]
    assert small > 0

    @dataclass(frozen=True)
    class Large(Ragged):
        def batch(self, step: int, size: int) -> Tokens:
            assert np.ones(20_000_000).sum()
            return super().batch(step, size)

    train(model(), Large(), config(4), tmp_path / "large")
    large = load_checkpoint(tmp_path / "large")[1]["peak_bytes"]
    assert large - small > 100_000_000


def test_no_temporary_file_is_left(tmp_path: Path):
    train(model(), Ragged(), config(4, 1), tmp_path)
    assert all(path.suffix == ".pt" for path in tmp_path.iterdir())

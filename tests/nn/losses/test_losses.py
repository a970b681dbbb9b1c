import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.nn.losses.affinity import affinity_loss, affinity_targets
from plantseg_gui.nn.losses.boundary import boundary_loss, distance_to_boundary
from plantseg_gui.nn.losses.cross_entropy import WeightedCrossEntropy
from plantseg_gui.nn.losses.dice import soft_dice
from plantseg_gui.nn.losses.matcher import generalised_iou, match
from plantseg_gui.nn.losses.query import query_loss
from plantseg_gui.nn.losses.targets import (
    LesionBoxes,
    LossTargets,
    lesion_boxes,
    presence_known,
)
from plantseg_gui.nn.losses.tversky import focal_tversky

SIZE = 64


def square_mask():
    mask = torch.zeros(1, 1, SIZE, SIZE)
    mask[..., 16:40, 20:44] = 1
    return mask


ALL = torch.ones(1, 1, SIZE, SIZE)


def pixel_losses():
    return {
        "tversky": lambda z, m, v: focal_tversky(torch.sigmoid(z), m, v),
        "dice": lambda z, m, v: soft_dice(torch.sigmoid(z), m, v),
        "cross_entropy": WeightedCrossEntropy(),
        "boundary": lambda z, m, v: boundary_loss(torch.sigmoid(z), m, v),
    }


@pytest.mark.parametrize("name", ["tversky", "dice", "cross_entropy", "boundary"])
def test_a_better_output_costs_less(name):
    loss, mask = pixel_losses()[name], square_mask()
    right = loss((mask * 2 - 1) * 6, mask, ALL)
    unsure = loss(torch.zeros_like(mask), mask, ALL)
    wrong = loss((1 - mask * 2) * 6, mask, ALL)
    assert right < 0.1 * wrong + 0.02
    assert right < unsure
    if name != "boundary":  # inside-out has the same boundary
        assert unsure < wrong


@pytest.mark.parametrize("name", ["tversky", "dice", "cross_entropy"])
def test_a_healthy_tile_punishes_false_alarms(name):
    logits = torch.full((1, 1, SIZE, SIZE), -1.0, requires_grad=True)
    pixel_losses()[name](logits, torch.zeros(1, 1, SIZE, SIZE), ALL).backward()
    # A step against the gradient lowers p everywhere, and not by a rounding error.
    assert float(logits.grad.min()) > 1e-7


def test_the_source_epsilon_gives_a_healthy_tile_no_gradient():
    logits = torch.full((1, 1, SIZE, SIZE), -1.0, requires_grad=True)
    healthy = torch.zeros(1, 1, SIZE, SIZE)
    focal_tversky(torch.sigmoid(logits), healthy, ALL, smooth_share=1e-6 / SIZE**2).backward()
    assert float(logits.grad.abs().max()) < 1e-7


def test_missed_lesion_costs_more_than_false_alarm():
    mask = square_mask()
    shifted = torch.zeros_like(mask)
    shifted[..., 16:40, 20:32] = 1
    grown = torch.zeros_like(mask)
    grown[..., 16:40, 20:56] = 1
    missed = focal_tversky(shifted, mask, ALL)
    alarmed = focal_tversky(grown, mask, ALL)
    assert missed > alarmed


@pytest.mark.parametrize("name", ["tversky", "dice", "cross_entropy", "boundary"])
def test_pixels_left_out_give_no_gradient(name):
    logits = torch.randn(1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    logits.requires_grad_()
    valid = ALL.clone()
    valid[..., :32] = 0
    pixel_losses()[name](logits, square_mask(), valid).backward()
    reach = 0 if name != "boundary" else 3  # the boundary of p looks three pixels far
    assert float(logits.grad[..., : 32 - reach].abs().max()) == 0
    assert float(logits.grad[..., 32:].abs().max()) > 0


def test_class_weights_come_from_a_running_estimate_within_limits():
    entropy = WeightedCrossEntropy(momentum=0.0).train()
    healthy = torch.zeros(1, 1, SIZE, SIZE)
    entropy(healthy, healthy, ALL)
    assert float(entropy.lesion_share) == 0
    assert float(entropy(torch.ones_like(healthy), healthy, ALL)) > 0.1  # still 0.1 of the weight
    entropy.eval()
    before = entropy.lesion_share.clone()
    entropy(healthy, square_mask(), ALL)
    assert torch.equal(entropy.lesion_share, before)


def test_distance_is_the_clamped_chessboard_distance_over_three():
    d = distance_to_boundary(square_mask())
    assert float(d[0, 0, 16, 30]) == 0
    row = [round(float(d[0, 0, 16 + k, 30]) * 3) for k in range(5)]
    assert row == [0, 1, 2, 3, 3]
    assert 0 <= float(d.min()) <= float(d.max()) <= 1


def test_affinity_separates_touching_lesions_and_weighs_boundaries_half():
    instances = torch.zeros(1, 8, 8, dtype=torch.int32)
    instances[:, :, :3], instances[:, :, 3:6] = 1, 2
    target, weight = affinity_targets(instances, torch.ones(1, 8, 8, dtype=torch.bool))
    east = 2
    assert float(target[0, east, 4, 2]) == 0
    assert float(target[0, east, 4, 1]) == 1
    assert float(weight[0, east, 4, 6]) == 0  # background pair
    assert float(weight[target == 1].sum()) == pytest.approx(0.5)
    assert float(weight[target == 0].sum()) == pytest.approx(0.5)
    together, _ = affinity_targets(instances, torch.ones(1, 8, 8, dtype=torch.bool), "class")
    assert float(together[0, east, 4, 2]) == 1
    right = affinity_loss((target * 2 - 1) * 9, instances, torch.ones(1, 1, 8, 8))
    wrong = affinity_loss((1 - target * 2) * 9, instances, torch.ones(1, 1, 8, 8))
    assert right < 0.01 < wrong


def test_affinity_of_an_empty_tile_is_zero_not_nan():
    empty = torch.zeros(1, 8, 8, dtype=torch.int32)
    assert float(affinity_loss(torch.randn(1, 8, 8, 8), empty, torch.ones(1, 1, 8, 8))) == 0


def test_boxes_take_the_largest_and_leave_the_rest_out():
    labels = np.zeros((1, 200, 200), np.int32)
    for n in range(40):
        y, x = (n // 8) * 20, (n % 8) * 20
        labels[0, y : y + 4 + n // 8, x : x + 5] = n + 1
    labels[0, 150:152, 150:152] = 500  # 4 px: too small for a target
    boxes = lesion_boxes(torch.from_numpy(labels), torch.ones(1, 1, 200, 200))[0]
    assert boxes.wanted.shape == (32, 4)
    assert boxes.ignored.shape == (9, 4)


def test_boxes_mostly_in_unknown_ground_are_no_targets():
    labels = torch.zeros(1, 64, 64, dtype=torch.int32)
    labels[0, 4:14, 4:14], labels[0, 40:50, 26:36] = 1, 2
    valid = torch.ones(1, 1, 64, 64)
    valid[..., 30:] = 0  # 4 of the second lesion's 10 columns are known
    boxes = lesion_boxes(labels, valid)[0]
    assert boxes.wanted.shape == boxes.ignored.shape == (1, 4)
    assert boxes.wanted[0, 0] < 0.25


def test_presence_is_unknown_where_little_lesion_and_only_a_part_is_known():
    mask, valid = torch.zeros(3, 1, 32, 32), torch.ones(3, 1, 32, 32)
    mask[0, :, :8, :8] = 1
    valid[:2, :, 16:] = 0
    targets = LossTargets(mask, mask[:, 0].int(), valid)
    assert presence_known(targets).ravel().tolist() == [1, 0, 1]


@given(st.integers(0, 2**31), st.integers(1, 6))
@settings(deadline=None, max_examples=20)
def test_matching_finds_shuffled_boxes(seed, count):
    generator = torch.Generator().manual_seed(seed)
    wanted = torch.rand(count, 4, generator=generator) * 0.3 + 0.2
    order = torch.randperm(count, generator=generator)
    none = torch.zeros(0, 4)
    scores, boxes = torch.zeros(3, count), torch.stack([wanted, wanted[order], wanted])
    tiles, queries, found = match(scores, boxes, [wanted[:1], wanted, none])
    assert tiles.tolist() == [0] + [1] * count
    assert torch.allclose(boxes[tiles, queries], wanted[found])


def test_generalised_iou_of_known_boxes():
    box = torch.tensor([0.5, 0.5, 0.2, 0.2])
    assert float(generalised_iou(box, box)) == pytest.approx(1)
    far = torch.tensor([0.9, 0.9, 0.1, 0.1])
    assert float(generalised_iou(box, far)) < 0


def test_query_loss_falls_with_the_right_box_and_spares_ignored_lesions():
    wanted = torch.tensor([[0.3, 0.3, 0.2, 0.2]])
    wanted, none = wanted.numpy(), np.zeros((0, 4), np.float32)
    box = torch.logit(torch.tensor([[[0.3, 0.3, 0.2, 0.2], [0.8, 0.8, 0.1, 0.1]]]))
    right = query_loss(torch.tensor([[[6.0], [-6.0]]]), box, [LesionBoxes(wanted, none)])
    wrong = query_loss(torch.tensor([[[-6.0], [6.0]]]), box, [LesionBoxes(wanted, none)])
    assert right < 0.1 < wrong
    alarm = torch.tensor([[[-6.0], [6.0]]])
    ignored = np.array([[0.8, 0.8, 0.2, 0.2]], np.float32)
    spared = query_loss(alarm, box, [LesionBoxes(none, ignored)])
    punished = query_loss(alarm, box, [LesionBoxes(none, none)])
    assert spared < punished

"""Which parts of the network learn, and which of its normalisations follow the batch."""

from torch import nn

SMALLEST_BN_BATCH = 4


def set_encoder_frozen(network: nn.Module, frozen: bool) -> None:
    """Freeze or free the encoder. Its optimiser group exists in either case."""
    encoder = network.get_submodule("encoder")
    for parameter in encoder.parameters():
        parameter.requires_grad_(not frozen)


def apply_modes(network: nn.Module, micro_batch: int, *, all_eval: bool = False) -> None:
    """Put the network into training mode by the rules of specification 5.

    The encoder's normalisations always keep their running figures; the decoder's follow the batch
    from a micro-batch of 4 up. To be called instead of `.train()`.

    Args:
        network: Has a submodule `encoder`.
        micro_batch: Tiles per forward pass.
        all_eval: Retraining: every normalisation keeps its running figures.
    """
    network.train()
    network.get_submodule("encoder").eval()
    if all_eval or micro_batch < SMALLEST_BN_BATCH:
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def parameter_groups(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """All parameters as (encoder's, others), in the network's order."""
    encoder: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        (encoder if name.startswith("encoder.") else others).append(parameter)
    return encoder, others

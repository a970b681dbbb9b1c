"""The network and its losses. torch and timm; no Qt, no storage."""

"""How TensorBoard finds the Activations tab.

This module imports the standard library and TensorBoard's `base_plugin` only: TensorBoard imports
it at every start, for every user, and an error here would keep it from starting. If the plugin
itself cannot be imported, TensorBoard goes without the tab and says why.
"""

import logging

from tensorboard.plugins import base_plugin

# TensorBoard keeps so many records of a run. Statistics and histograms need the same number, so
# that the steps it picks, where a run has more, are the same for both.
RETENTION = {"avh": 1000, "avh_hist": 1000, "avh_images": 100}

logger = logging.getLogger("avh")


class AvhLoader(base_plugin.TBLoader):
    """Loads the plugin, or leaves it out with a warning."""

    def fix_flags(self, flags: object) -> None:
        """Set how many records are kept, where the user did not say."""
        kept = getattr(flags, "samples_per_plugin", None)
        if isinstance(kept, dict):
            for plugin, count in RETENTION.items():
                kept.setdefault(plugin, count)

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """The plugin; None where it cannot be imported."""
        try:
            from avh.board.plugin import ActivationsPlugin
        except Exception as error:
            logger.warning(
                "TensorBoard starts without the Activations tab: %s: %s",
                type(error).__name__,
                error,
            )
            return None
        return ActivationsPlugin(context)

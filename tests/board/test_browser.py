"""The stock cards of a run in a real TensorBoard, seen with a real browser."""

import keras
import numpy as np
import pytest

import avh
from avh.board.launch import launch, samples_per_plugin


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A TensorBoard over two small runs."""
    log_dir = tmp_path_factory.mktemp("runs")
    for name in ("relu", "selu"):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(4, 3, activation=name, name="conv_1"),
                keras.layers.Flatten(),
                keras.layers.Dense(3, name="fc_2"),
            ]
        )
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).normal(size=(40, 8, 8, 1)).astype("float32")
        monitor = avh.ActivationMonitor(log_dir / name, every=1, pictures_every=2)
        model.fit(x, np.zeros((40, 3)), batch_size=8, callbacks=[monitor], verbose=0)
    samples = samples_per_plugin(5, every=1, pictures_every=2)
    with launch(log_dir, port=7107, samples=samples, log=log_dir / "tensorboard.log") as board:
        yield board.address


def cards(browser, address, dashboard, expected):
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    try:
        page.goto(f"{address}#{dashboard}")
        for text in expected:
            page.get_by_text(text, exact=True).first.wait_for(timeout=60_000)
        return page.content()
    finally:
        page.close()


def test_the_images_dashboard_has_the_plots_of_every_layer(browser, address):
    cards(browser, address, "images", ["histogram/conv_1", "histogram/fc_2"])


def test_the_histograms_dashboard_has_every_layer(browser, address):
    cards(browser, address, "histograms", ["activation/conv_1", "activation/fc_2"])


def test_time_series_has_the_means(browser, address):
    cards(browser, address, "timeseries", ["activation_mean/conv_1", "activation_mean/fc_2"])

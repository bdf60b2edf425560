// TensorBoard's way in: it calls `render` in an iframe document that holds nothing else.

import { start } from "./static/app.js";
import { ServerSource } from "./static/source_server.js";

// Named here, all modules are fetched at once, rather than one after the other as they are found.
import "./static/cell.js";
import "./static/charts.js";
import "./static/choice.js";
import "./static/colours.js";
import "./static/dom.js";
import "./static/findings.js";
import "./static/grid.js";
import "./static/group_cell.js";
import "./static/groups.js";
import "./static/keyboard.js";
import "./static/layers.js";
import "./static/legend.js";
import "./static/line_chart.js";
import "./static/loader.js";
import "./static/matcher.js";
import "./static/missing.js";
import "./static/notices.js";
import "./static/options.js";
import "./static/outline.js";
import "./static/over_runs.js";
import "./static/overlay.js";
import "./static/packed.js";
import "./static/page.js";
import "./static/pictures.js";
import "./static/plot.js";
import "./static/records.js";
import "./static/ridge.js";
import "./static/ridge_chart.js";
import "./static/rows.js";
import "./static/run.js";
import "./static/run_list.js";
import "./static/scale.js";
import "./static/spread.js";
import "./static/stepper.js";
import "./static/theme.js";
import "./static/tip.js";
import "./static/view_state.js";
import "./static/words.js";

export async function render() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("./static/avh.css", import.meta.url).href;
  const ready = new Promise((done) => {
    style.onload = style.onerror = done;
  });
  document.head.append(style);
  document.title = "Activations";
  document.documentElement.lang = "en";
  const root = document.createElement("div");
  root.id = "avh";
  document.body.append(root);
  await ready; // unstyled, the page would measure its columns wrongly
  await start(root, new ServerSource(new URL("./", import.meta.url)));
}

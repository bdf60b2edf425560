// TensorBoard's way in: it calls `render` in an iframe document that holds nothing else.

import { start } from "./static/app.js";
import { ServerSource } from "./static/source_server.js";

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

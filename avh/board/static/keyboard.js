// The keys of the page. Where a key means something to a control, the control has it.

export const KEYS = [
  ["\u2190 \u2192", "one step back, on"],
  ["Shift + \u2190 \u2192", "ten steps"],
  ["Home End", "first, last step"],
  ["Space", "play, pause"],
  ["J K", "next, previous layer"],
  ["G O R", "grid, overlay, ridge"],
  ["Y", "density linear, log"],
  ["X", "axis of a row, of the page"],
  ["F", "follow the latest step"],
  ["U", "group runs, single runs"],
];

export function listenToKeys(app, stepper) {
  const next = (by) => {
    const place = app.layers.indexOf(app.layer) + by;
    app.go(app.layers[Math.min(Math.max(place, 0), app.layers.length - 1)]);
  };
  const flip = (name, one, other) => app.set({ [name]: app.state[name] === one ? other : one });
  const actions = {
    ArrowLeft: (event) => stepper.move(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => stepper.move(event.shiftKey ? 10 : 1),
    Home: () => stepper.move(-Infinity),
    End: () => stepper.move(Infinity),
    " ": () => stepper.toggle(),
    j: () => next(1),
    k: () => next(-1),
    g: () => app.set({ view: "grid" }),
    o: () => flip("view", "overlay", "grid"),
    r: () => flip("view", "ridge", "grid"),
    y: () => flip("y", "linear", "log"),
    x: () => flip("x", "row", "page"),
    u: () => app.groups.size && flip("groups", "on", "off"),
    f: () => app.set({ step: app.state.step === null ? app.step : null }),
  };
  takeFocus(app);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    const typing = target.matches("input:not([type=range], [type=checkbox]), select, textarea");
    if (typing) return;
    if (event.key === " " && target.matches("button, input")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}

/** Keys work without a click first: when the page opens, and when its tab is opened again. */
function takeFocus({ source, page }) {
  const around = window.parent === window ? document : source.live ? window.parent.document : null;
  const take = () => {
    const active = around?.activeElement ?? around?.body;
    const free = active === around?.body || (source.live && isTab(active));
    if (around && free && !document.hidden) page.scroller.focus({ preventScroll: true });
  };
  take();
  addEventListener("load", take);
  if (source.live) new ResizeObserver(take).observe(document.documentElement);
}

/** Whether it is one of TensorBoard's tabs: a click on "Activations" leaves the focus there. */
function isTab(element) {
  return Boolean(element?.closest?.('[role="tab"], [role="tablist"], mat-tab-header'));
}

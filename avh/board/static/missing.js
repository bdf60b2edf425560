// Why there is no picture: still loading, nothing written, nothing chosen.

/** What is said in place of a picture: [title, explanation], or null. */
export function missing(app, loading, failed) {
  const { records } = app;
  if (loading) return failed ? ["Nothing to show yet", ""] : ["Loading the runs\u2026", ""];
  if (!records.runs.size) {
    return [
      "No records of activations yet",
      "They appear here as soon as a run writes them: model.fit(..., callbacks=[avh.ActivationMonitor(log_dir)]).",
    ];
  }
  if (!app.chosen.length) return ["No run is chosen", "Tick one in the list."];
  if (!app.runs.length)
    return ["No chosen run matches the filter", "Change the expression above the list of runs."];
  if (!app.allLayers.length) return ["These runs describe no layers", ""];
  if (!app.layers.length && app.state.which === "found")
    return ["No layer has a finding", "Switch \u201cShow layers\u201d back to \u201cAll\u201d."];
  if (!app.layers.length)
    return ["No layer matches the filter", "Change the expression below \u201cLayers\u201d."];
  if (app.step === null)
    return ["No records yet", "The run has described its layers; the first record is on its way."];
  if (app.shown === null)
    return failed ? ["Nothing to show yet", ""] : ["Loading the histograms\u2026", ""];
  return null;
}
